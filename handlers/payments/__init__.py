"""Checkouts, payment events, refunds and receipts."""
