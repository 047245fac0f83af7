"""Payment gateways: one file for each payment provider."""
