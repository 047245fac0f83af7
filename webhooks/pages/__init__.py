"""What a family opens on a phone: the page to pay and the page to join."""
