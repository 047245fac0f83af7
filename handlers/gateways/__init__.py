"""Providers of money and video, each behind the same seam."""
