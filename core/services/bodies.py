"""Bodies: the raw text that a source handed over, opened, and emptied for good."""

from datetime import datetime

from core.gateway.hub import Hub, body_context
from core.models import StoredDelivery


def body_of(hub: Hub, row: StoredDelivery) -> bytes:
    """The body in the clear. Raises `SealBroken`."""
    return hub.vault.open(row.body, body_context(row.connection_id, row.key))


def empty(hub: Hub, row: StoredDelivery, why: str, now: datetime) -> None:
    """The body and headers are gone for good, and the row says why; one that was not read is not read any more."""
    clear(hub, row)
    row.reason = why
    if row.state in ("stored", "unreadable"):
        row.state, row.read_at = "ignored", now


def clear(hub: Hub, row: StoredDelivery) -> None:
    """The body and headers are gone for good; the row stays, and its key refuses a repetition."""
    row.body = hub.vault.seal(b"", body_context(row.connection_id, row.key))
    row.size, row.headers = 0, {}


def is_emptied(row: StoredDelivery) -> bool:
    """True when there is nothing left to read again; a source may also have sent nothing, which nobody can read."""
    return row.size == 0 and row.state in ("read", "ignored")
