"""Usage: how much of what a source allows is used up stands on its connection, as the source last said."""

from core.contract.parts import Meters
from core.gateway.hub import Hub
from core.models import Connection


def note_usage(hub: Hub, connection: Connection) -> None:
    """The connection says what its connector heard last; nothing is written while that is the same."""
    connector = hub.connector(connection)
    heard = connector.usage() if isinstance(connector, Meters) else None
    if heard is None:
        return
    told = {"used": heard.used, "limit": heard.limit, "words": heard.words}
    if told == connection.usage:
        return
    with hub.database.transaction() as session:
        session.get_one(Connection, connection.id).usage = told
