"""Where talk meets truth: one thing happened = one function = one transaction."""
