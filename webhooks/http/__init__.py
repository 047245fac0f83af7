"""Shared by all routes: errors, headers, JSON bodies, limits, priority, language."""
