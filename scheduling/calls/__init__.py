"""The call of a visit: who is in it, what its devices tell each other, and what it proves."""
