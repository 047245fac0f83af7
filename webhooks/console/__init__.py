"""The operators' console: the log of all requests in and messages out."""
