"""Facilities as stored, and the facility file that changes them."""
