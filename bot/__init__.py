"""How we talk: messages, texts, understanding, channels. Knows no visits and no SQL."""
