"""Visitors, attorneys and staff, and the links that they are given."""
