"""Payers: which connection pays a reward: the one of the purchase where it can, or else one that can."""

from datetime import datetime

from core.contract.errors import WrongSetting
from core.gateway.registry import connector_class
from core.models import Connection, ConnectionStatus, Identity
from core.services.book import Book


def can_pay(connection: Connection, kind: str) -> bool:
    """True when that kind of reward can be given at the connection's source."""
    if connection.status == ConnectionStatus.REMOVED:
        return False
    try:
        return kind in connector_class(connection.connector).reward_kinds
    except WrongSetting:  # its package is broken or gone
        return False


def payer_of(book: Book, connection_id: str, kind: str, person_id: str, currency: str) -> str:
    """Where a reward of that kind for something that happened at `connection_id` is paid to that person.

    A CRM pays nothing itself: the shop where the person has an account does, and else the one connected first; of
    several such shops one with the reward's currency.
    Nobody can: the connection itself, where the reward will wait for a person to decide.
    """
    if can_pay(book.connections[connection_id], kind):
        return connection_id
    return any_payer(book, kind, person_id, currency) or connection_id


def any_payer(book: Book, kind: str, person_id: str, currency: str) -> str | None:
    """Where that person is best paid a reward of that kind, whatever it is for; None when no source can pay it."""
    able = [one for one in book.connections.values() if can_pay(one, kind)]
    accounts = _with_account(book, person_id) if len(able) > 1 else set()

    def rank(one: Connection) -> tuple[bool, bool, datetime, str]:
        return one.id not in accounts, _is_foreign(one, currency), one.connected_at, one.id

    return min(able, key=rank).id if able else None


def _is_foreign(connection: Connection, currency: str) -> bool:
    told = (connection.account or {}).get("currency")
    return told is not None and told != currency


def _with_account(book: Book, person_id: str) -> set[str]:
    rows = book.rows(Identity.person_id, [person_id], Identity.is_gone.is_(False))
    return {row.scope for row in rows}
