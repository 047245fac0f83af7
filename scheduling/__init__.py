"""What is true: visits, places, people, money. No web, no chat, no network, no clock, no sentences."""
