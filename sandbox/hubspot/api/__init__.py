"""The API as apps see it: one module per family of endpoints, each with its routes."""
