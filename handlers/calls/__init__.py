"""Calls: joining, signaling, kiosks, and supervision by staff."""
