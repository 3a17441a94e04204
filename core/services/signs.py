"""Signs: what an order tells of how and by whom it was bought is kept as keyed hashes, beside the order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from core.contract.events import SHARED_KINDS, IdentityClaim, Order
from core.gateway.hub import Hub
from core.models import StoredOrder, StoredSignal
from core.rules.fraud.facts import Key, Sign
from core.rules.fraud.signs import NAME, signs_of, spelt
from core.services.book import Book
from core.services.people import People

# An order has a handful; what tells more is not a shop.
MOST = 30


@dataclass(frozen=True, slots=True)
class Bought:
    """An order as a connection told it, and the row in which it is kept."""

    connection_id: str
    row: StoredOrder
    order: Order
    is_new: bool = False


def keep_signs(book: Book, people: People, told: Sequence[Bought]) -> None:
    """The signs of these orders are kept; telling them again changes nothing.

    What an anonymous or forgotten buyer left is not kept.
    """
    signer = _Signer(book, people)
    rows = {one.row.id: one.row for one in told}
    wanted = {(one.row.id, *sign) for one in told for sign in signer.signs(one)}
    told_before = {one.row.id for one in told if not one.is_new}
    known = {(row.order_id, row.kind, row.digest) for row in book.rows(StoredSignal.order_id, told_before)}
    new = [_values(rows[order_id], kind, digest) for order_id, kind, digest in sorted(wanted - known)]
    if new:
        book.session.connection().execute(insert(StoredSignal), new)


def digest_by(hub: Hub, merchant_id: str) -> Key:
    """Turns a kind and what is compared into the merchant's own keyed hash of it; nothing where it says nothing."""

    def digest(kind: str, value: str) -> str:
        spelling = next(spelt(kind, value), "")
        return hub.vault.lookup(f"{kind}:{spelling}", merchant_id) if spelling else ""

    return digest


def drop_signs(session: Session, order_ids: Iterable[str]) -> None:
    """Nothing is left of how these orders were bought."""
    session.execute(delete(StoredSignal).where(StoredSignal.order_id.in_(list(order_ids))))


class _Signer:
    def __init__(self, book: Book, people: People) -> None:
        self._book = book
        self._people = people
        self._digests: dict[tuple[str, str], str] = {}

    def signs(self, told: Bought) -> Iterator[Sign]:
        """What the source saw, the name, and addresses that name somebody else than the buyer."""
        if not told.row.friend_id:
            return
        found = [sign for signal in told.order.signals[:MOST] for sign in signs_of(signal)]
        found += [(NAME, value) for value in spelt(NAME, told.order.friend.name or "")]
        for claim in self._elsewhere(told):
            found += [(claim.kind, value) for value in spelt(claim.kind, claim.value)]
        if found and self._people.is_forgotten(told.connection_id, told.order.friend, told.order.placed_at):
            return
        for kind, value in found:
            yield str(kind), self._digest(str(kind), value)

    def _digest(self, kind: str, value: str) -> str:
        """Many buy with the same kind of browser: each value is hashed once."""
        if (kind, value) not in self._digests:
            self._digests[kind, value] = self._book.hub.vault.lookup(f"{kind}:{value}", self._book.merchant.id)
        return self._digests[kind, value]

    def _elsewhere(self, told: Bought) -> Iterator[IdentityClaim]:
        """Addresses of the buyer that lead to another person: what leads to the buyer is known there already."""
        for claim in told.order.friend.identities:
            known = self._people.find(told.connection_id, claim) if claim.kind in SHARED_KINDS else None
            if known is not None and self._book.living(known.person_id) != self._book.living(told.row.friend_id or ""):
                yield claim


def _values(row: StoredOrder, kind: str, digest: str) -> dict[str, object]:
    return {
        "merchant_id": row.merchant_id,
        "order_id": row.id,
        "kind": kind,
        "digest": digest,
        "seen_at": row.placed_at,
    }
