"""The JSON interface of a device in a call."""
