"""The routes that providers post to."""
