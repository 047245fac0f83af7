"""The chat providers: each file knows all of one provider, and only that one."""
