"""Video gateways: each file holds everything about one way to carry a call."""
