"""Checkouts, payment events and receipts of a visit."""
