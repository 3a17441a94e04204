"""The desk under /_sandbox/: where a test or the demo makes things happen in a portal and reads the truth."""

from sandbox.hubspot.desk import people, post, world
from sandbox.hubspot.desk.routing import Desk

ROUTES = people.ROUTES + post.ROUTES + world.ROUTES

__all__ = ["ROUTES", "Desk"]
