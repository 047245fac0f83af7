"""The call of a visit: joining, signaling, the kiosk screen, supervision."""
