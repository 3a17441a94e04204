"""Steering the database to its indexes of work: they begin with the connection, then the state."""

from typing import Any

from sqlalchemy import ColumnElement, select

from core.models import Connection, Push, Reward, StoredDelivery

# The states in which most rows end: walking the newest rows finds a page of them sooner than any index.
COMMON = frozenset({"read", "ignored", "pushed", "confirmed"})
Work = type[StoredDelivery] | type[Reward] | type[Push]


def in_state(work: Work, state: str) -> ColumnElement[bool]:
    """The rows in that state; few among many are found without reading the many."""
    is_so: ColumnElement[bool] = work.state == state
    return is_so if state in COMMON else of_any_connection(work.connection_id) & is_so


def of_any_connection(connection_id: Any) -> ColumnElement[bool]:
    """Always true, and said so that an index which begins with the connection can be used."""
    found: ColumnElement[bool] = connection_id.in_(select(Connection.id))
    return found
