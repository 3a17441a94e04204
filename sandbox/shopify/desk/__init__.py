"""The desk under /_sandbox/: where a test or the demo makes things happen in the shop and reads the truth."""

from sandbox.shopify.desk import post, trade, world
from sandbox.shopify.desk.routing import Desk

ROUTES = trade.ROUTES + post.ROUTES + world.ROUTES

__all__ = ["ROUTES", "Desk"]
