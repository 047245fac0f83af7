"""The dialogues of visitors and attorneys."""
