"""The conversation side: messages, texts, understanding and channels. Imports nothing of visits or SQL."""
