"""Texts to officers: cards, answer codes, request lists, flags, alerts, and the outcome of their decisions."""
