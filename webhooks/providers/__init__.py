"""The webhooks of providers."""
