"""The demonstration: its clock, the terminal chat, the transcript."""
