"""Ready: may this hub take webhooks now, and if not, why."""

from core.database import Unavailable
from core.gateway.hub import Hub
from core.migrations import is_current


def why_not_ready(hub: Hub) -> str:
    """The reason in words; empty when the database answers and has the shape this code expects."""
    try:
        with hub.database.engine.connect() as connection:
            return "" if is_current(connection) else "the database has another shape: run `referhub init`"
    except Unavailable:
        return "the database is not available"
