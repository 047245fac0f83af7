"""The web application: webhooks of providers, the pages of our links, the call API, the console."""
