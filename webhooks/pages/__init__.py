"""What a family opens on a phone (the page to pay, the page to join), an officer (the calls), and a screen in a unit."""
