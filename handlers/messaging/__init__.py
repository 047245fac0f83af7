"""What goes out and what the phone shows: sending, open prompts, notices about visits, delivery receipts."""
