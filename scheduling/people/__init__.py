"""Visitors, attorneys and staff, their addresses, and their links."""
