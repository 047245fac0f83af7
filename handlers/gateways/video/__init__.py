"""Video gateways: one file for each way to carry a call."""
