"""Signs: what an order tells of how and by whom it was bought is kept as keyed hashes, beside the order."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from core.contract.events import SHARED_KINDS, IdentityClaim, Order
from core.contract.signals import SignalKind
from core.gateway.hub import Hub
from core.models import StoredOrder, StoredSignal
from core.rules.fraud.facts import Key, Sign
from core.rules.fraud.signs import NAME, signs_of, spelt
from core.services.book import Book
from core.services.people import People

# An order has a handful; what tells more is not a shop.
MOST = 30
# How something was bought does not change afterwards: whoever told it first is right, whoever is asked later.
OF_THE_MOMENT = frozenset({SignalKind.IP, SignalKind.USER_AGENT, SignalKind.BROWSER, SignalKind.CAME_FROM})


@dataclass(frozen=True, slots=True)
class Bought:
    """An order as a connection told it, and the row in which it is kept."""

    connection_id: str
    row: StoredOrder
    order: Order
    is_new: bool = False


def keep_signs(book: Book, people: People, told: Sequence[Bought]) -> None:
    """The signs of these orders are kept, whichever way they were told; telling them again changes nothing.

    What an anonymous or forgotten buyer left is not kept.
    """
    signer, known = _Signer(book, people), _known(book, told)
    new: list[dict[str, object]] = []
    for one in told:
        news = _news(signer.signs(one), known[one.row.id])
        known[one.row.id] |= news
        new += [_values(one.row, *sign) for sign in sorted(news)]
    if new:
        book.session.connection().execute(insert(StoredSignal), new)


def _known(book: Book, told: Sequence[Bought]) -> dict[str, set[Sign]]:
    known: dict[str, set[Sign]] = defaultdict(set)
    for row in book.rows(StoredSignal.order_id, {one.row.id for one in told if not one.is_new}):
        known[row.order_id].add((row.kind, row.digest))
    return known


def _news(signs: Iterable[Sign], known: set[Sign]) -> set[Sign]:
    """What is not known of the order yet."""
    settled = {kind for kind, _ in known} & OF_THE_MOMENT
    return {sign for sign in signs if sign[0] not in settled} - known


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
