"""Where the web gets in: webhooks of providers, the pages behind our links, the console."""
