"""Texts to families and staff: sending, open questions, notices about visits, delivery receipts."""
