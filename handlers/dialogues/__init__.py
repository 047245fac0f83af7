"""One file per conversation. None imports another; the inbox knows them all."""
