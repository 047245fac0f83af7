"""The chat providers. Each provider is known to its own files only."""
