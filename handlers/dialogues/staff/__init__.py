"""The commands of officers."""
