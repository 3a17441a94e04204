"""The desk under /_sandbox/: where a test or the demo makes things happen in the org and reads the truth."""

from sandbox.salesforce.desk import people, post, setup, world
from sandbox.salesforce.desk.routing import Desk

ROUTES = people.ROUTES + setup.ROUTES + post.ROUTES + world.ROUTES

__all__ = ["ROUTES", "Desk"]
