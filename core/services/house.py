"""The hub as the doors hand it on that serve the whole house: its operators belong to no single merchant."""

from core.gateway.hub import Hub as House

__all__ = ["House"]
