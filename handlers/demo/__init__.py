"""The demonstration: its clock, the chat in a terminal, and the transcript."""
