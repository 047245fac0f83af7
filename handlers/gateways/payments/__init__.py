"""Payment gateways: each file holds everything about one payment provider."""
