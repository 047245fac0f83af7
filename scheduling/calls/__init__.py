"""The call of a visit: its devices, their signaling messages, and the evidence of attendance."""
