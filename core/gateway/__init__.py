"""How the hub reaches a connector: registry, HTTP client, tokens, vault."""
