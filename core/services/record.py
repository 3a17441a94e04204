"""Record: what events say is kept as state (orders, refunds, identities); nothing is decided here.

State and not event decides later, so deliveries may come twice, late, or in any order.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.contract.events import (
    SHARED_KINDS,
    Contact,
    ContactErased,
    ContactForgotten,
    ContactReferred,
    ContactRestored,
    ContactSaved,
    ContactsMerged,
    DataRequested,
    DealReopened,
    DealWon,
    Event,
    IdentityClaim,
    IdentityKind,
    Ignored,
    LeadQualified,
    Order,
    OrderCancelled,
    OrderKind,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
    PersonErased,
    Refund,
    SourceChanged,
    SourceErased,
    SourceRemoved,
)
from core.models import Connection, ConnectionStatus, Push, Reward, StoredOrder, StoredRefund, new_id
from core.services.abandon import abandon
from core.services.book import Book
from core.services.duties import end_source, keep_request
from core.services.erase import erase_contact
from core.services.forget import empty_bodies, forget
from core.services.order_state import STATED, as_it_counts, describe, is_newer, joined
from core.services.people import People
from core.services.reward import hold_again, route_elsewhere
from core.services.signs import Bought, keep_signs


@dataclass(frozen=True, slots=True)
class Told:
    """An event, the connection that told it, the delivery it came in, and when the source was asked for it."""

    connection: Connection
    event: Event
    delivery_id: str | None = None
    asked_at: datetime | None = None


def record(book: Book, told: Sequence[Told]) -> set[str]:
    """The events are kept as state; returns the ids of the people whose orders must be decided again."""
    return _Recorder(book, told).run()


class _Recorder:
    def __init__(self, book: Book, told: Sequence[Told]) -> None:
        self.book = book
        self.told = told
        self.people = People(book)
        self.orders: dict[tuple[str, str], StoredOrder] = {}
        self.refunds: dict[tuple[str, str], StoredRefund] = {}
        self.friends: set[str] = set()
        self.forgotten: dict[str, set[IdentityClaim]] = defaultdict(set)
        self.private: set[str] = set()
        self.bought: list[Bought] = []

    def run(self) -> set[str]:
        self._load()
        for one in self.told:
            KEEPERS[type(one.event)](self, one)
        keep_signs(self.book, self.people, self.bought)
        for connection_id, claims in self.forgotten.items():
            empty_bodies(self.book, connection_id, claims, self.private)
        friends = self.friends | self.people.touched
        return {self.book.living(friend) for friend in friends}

    def _load(self) -> None:
        self.people.load((one.connection.id, claim) for one in self.told for claim in _claims(one.event))
        order_ids = [order_id for one in self.told if (order_id := _order_id(one.event))]
        refund_ids = [refund.source_id for one in self.told for refund in _refunds(one.event)]
        self.orders = {
            (row.connection_id, row.source_id): row for row in self.book.rows(StoredOrder.source_id, order_ids)
        }
        self.refunds = {
            (row.connection_id, row.source_id): row for row in self.book.rows(StoredRefund.source_id, refund_ids)
        }

    def keep_order(self, one: Told) -> None:
        order = as_it_counts(one.event.order)  # type: ignore[union-attr]  # KEEPERS sends only order events here
        for refund in order.refunds:
            self._keep_refund(one.connection, order.source_id, refund)
        friend = self.people.person_of(one.connection.id, order.friend, at=order.placed_at)
        is_private = friend is None and self._is_private(one, order.friend, order.placed_at)
        row = self.orders.get((one.connection.id, order.source_id))
        is_new = row is None
        asked_at = one.asked_at if order.is_current else None
        is_news = row is None or is_newer(order, asked_at, row)
        if row is None:
            row = self._new_order(one, order, asked_at)
        elif is_news:
            describe(row, order, asked_at)
        if order.kind is not OrderKind.ORDER and is_private:
            row.name = row.source_id
        is_newest = is_news or row.friend_id is None
        if is_newest and self._is_silent_alias(one.connection, row, friend, order):
            is_newest = False
        row.evidence = joined(row.evidence, order, is_newest)
        self.bought.append(Bought(one.connection.id, row, order, is_new))
        # Whose link to the source was erased stays the friend: the account they come back by is a stranger's to us.
        is_settled = row.friend_id is not None and row.identity_id is None
        if friend and is_newest and not is_settled:
            if row.friend_id:
                self.friends.add(row.friend_id)
            row.friend_id, row.identity_id = friend, self._identity_id(one.connection, order)
        if row.friend_id:
            self.friends.add(row.friend_id)
        else:
            row.reasons = {"*": [FORGOTTEN if is_private else NOBODY]}

    def _identity_id(self, connection: Connection, order: Order) -> str | None:
        identity = self.people.identity_of(connection.id, order.friend)
        return identity.id if identity else None

    def _is_silent_alias(self, connection: Connection, row: StoredOrder, friend: str | None, order: Order) -> bool:
        """True when the contact was merged into another one, whose own field says nothing: that corrects nothing."""
        if friend is None or row.friend_id is None or row.identity_id is None:
            return False
        is_same_person = self.book.living(row.friend_id) == friend
        speaks = any(one.kind in STATED for one in order.evidence)
        return is_same_person and not speaks and row.identity_id != self._identity_id(connection, order)

    def _is_private(self, one: Told, contact: Contact, at: datetime | None = None) -> bool:
        """True for news of somebody who was forgotten; what it came in is emptied at the end."""
        if not self.people.is_forgotten(one.connection.id, contact, at):
            return False
        self.forgotten[one.connection.id] |= {claim for claim in contact.identities if claim.kind not in SHARED_KINDS}
        if one.delivery_id:
            self.private.add(one.delivery_id)
        return True

    def _new_order(self, one: Told, order: Order, asked_at: datetime | None) -> StoredOrder:
        row = StoredOrder(
            id=new_id(),
            merchant_id=self.book.merchant.id,
            connection_id=one.connection.id,
            source_id=order.source_id,
            delivery_id=one.delivery_id,
            evidence=[],
            reasons={},
        )
        describe(row, order, asked_at)
        self.book.session.add(row)
        self.orders[one.connection.id, order.source_id] = row
        return row

    def keep_refund(self, one: Told) -> None:
        event: OrderRefunded = one.event  # type: ignore[assignment]
        self._keep_refund(one.connection, event.order_id, event.refund)
        row = self.orders.get((one.connection.id, event.order_id))
        if row is not None and row.friend_id:
            self.friends.add(row.friend_id)

    def _keep_refund(self, connection: Connection, order_id: str, refund: Refund) -> None:
        known = self.refunds.get((connection.id, refund.source_id))
        if known is not None:
            # A refund that was pending is told again with its money; it never shrinks.
            known.amount_minor = max(known.amount_minor, refund.amount.minor)
            return
        row = StoredRefund(
            id=new_id(),
            merchant_id=self.book.merchant.id,
            connection_id=connection.id,
            source_id=refund.source_id,
            order_source_id=order_id,
            amount_minor=refund.amount.minor,
            currency=refund.amount.currency,
            refunded_at=refund.refunded_at,
        )
        self.book.session.add(row)
        self.refunds[connection.id, refund.source_id] = row

    def keep_contact(self, one: Told) -> None:
        event: ContactSaved | ContactRestored = one.event  # type: ignore[assignment]
        # Only people the programme knows already: the rest of the shop's customers are none of our business.
        person = self.people.person_of(one.connection.id, event.contact, make=False)
        if person:
            self.friends.add(person)
        self._is_private(one, event.contact)

    def keep_erasure(self, one: Told) -> None:
        event: ContactErased = one.event  # type: ignore[assignment]
        identity = self.people.find(one.connection.id, event.identity)
        if identity:
            identity.is_gone = True

    def keep_return(self, one: Told) -> None:
        event: ContactRestored = one.event  # type: ignore[assignment]
        identities = [self.people.find(one.connection.id, claim) for claim in event.contact.identities]
        for identity in identities:
            if identity and identity.is_gone and not identity.is_blocked:
                identity.is_gone = False
        self.keep_contact(one)

    def keep_oblivion(self, one: Told) -> None:
        event: ContactForgotten = one.event  # type: ignore[assignment]
        self.friends |= forget(self.book, self.people, one.connection.id, event.identity)
        self._is_private(one, Contact(identities=(event.identity,)))

    def keep_person_erased(self, one: Told) -> None:
        event: PersonErased = one.event  # type: ignore[assignment]
        eraser = erase_contact(self.book, self.people, one.connection.id, event.contact, event.asked_at)
        eraser.orders(one.connection.id, event.order_ids)
        eraser.finish()
        self.friends |= eraser.erased
        self._hide(one)

    def keep_source_erased(self, one: Told) -> None:
        event: SourceErased = one.event  # type: ignore[assignment]
        if event.asked_at >= one.connection.connected_at:
            end_source(self.book, self.people, one.connection.id, event.asked_at)
        self._hide(one)

    def keep_request(self, one: Told) -> None:
        event: DataRequested = one.event  # type: ignore[assignment]
        keep_request(self.book, self.people, one.connection.id, event)
        self._hide(one)

    def _hide(self, one: Told) -> None:
        """What a duty came in names the person, and is not needed any more."""
        if one.delivery_id:
            self.forgotten[one.connection.id] |= set()  # so that the connection's deliveries are looked at
            self.private.add(one.delivery_id)

    def keep_merge(self, one: Told) -> None:
        event: ContactsMerged = one.event  # type: ignore[assignment]
        contact, other = (Contact(identities=(claim,)) for claim in (event.kept, event.gone))
        if self._is_private(one, contact):
            self.friends |= forget(self.book, self.people, one.connection.id, event.gone)
        # Whoever is not known yet is known as the other one.
        self.people.person_of(one.connection.id, Contact(identities=(event.kept, event.gone)))
        kept = self.people.person_of(one.connection.id, contact)
        gone = self.people.person_of(one.connection.id, other)
        identity = self.people.find(one.connection.id, event.gone)
        if kept is None or gone is None or identity is None:
            return
        # A shop has moved the money of the two, so it is followed; a CRM has only moved what is written about them.
        asks = event.kept.kind is not IdentityKind.CUSTOMER
        why = f"merged at {one.connection.label}"
        survivor = self.people.meet(kept, gone, why, one.connection.id, asks=asks)
        identity.is_gone = event.kept != event.gone
        if not self.people.collisions.is_kept_apart(survivor, gone):
            self.people.give(identity, survivor)
        self._redirect(one.connection.id, event)

    def _redirect(self, connection_id: str, event: ContactsMerged) -> None:
        for reward in self.book.rows(Reward.recipient, [event.gone.value], Reward.connection_id == connection_id):
            reward.recipient = event.kept.value
            if reward.state == "rejected":
                hold_again(self.book, reward)
                reward.reason = "the account was merged into another one"
        self.book.session.flush()
        unsent = Push.state == "intended"
        for push in self.book.rows(Push.recipient, [event.gone.value], Push.connection_id == connection_id, unsent):
            abandon(self.book, push, "not sent: the account was merged into another one")

    def keep_removal(self, one: Told) -> None:
        event: SourceRemoved = one.event  # type: ignore[assignment]
        # A late uninstall notice must not remove a newer installation.
        if event.removed_at >= one.connection.connected_at:
            connection = self.book.connections[one.connection.id]
            connection.status = ConnectionStatus.REMOVED
            connection.hint = "the source removed the app: install it again to go on"
            self.book.session.flush()
            route_elsewhere(self.book, connection.id)

    def keep_change(self, one: Told) -> None:
        self.book.connections[one.connection.id].account = None

    def keep_nothing(self, one: Told) -> None:
        """The delivery itself is kept, and says why nothing follows."""


FORGOTTEN = {"rule": "friend", "passed": False, "words": "the friend was forgotten for privacy's sake"}
NOBODY = {"rule": "friend", "passed": False, "words": "the order names no customer, so nobody can be the friend"}
KEEPERS: dict[type[Any], Callable[[_Recorder, Told], None]] = {
    OrderPlaced: _Recorder.keep_order,
    OrderPaid: _Recorder.keep_order,
    OrderCancelled: _Recorder.keep_order,
    DealWon: _Recorder.keep_order,
    DealReopened: _Recorder.keep_order,
    LeadQualified: _Recorder.keep_order,
    ContactReferred: _Recorder.keep_order,
    OrderRefunded: _Recorder.keep_refund,
    ContactSaved: _Recorder.keep_contact,
    ContactErased: _Recorder.keep_erasure,
    ContactForgotten: _Recorder.keep_oblivion,
    ContactRestored: _Recorder.keep_return,
    ContactsMerged: _Recorder.keep_merge,
    PersonErased: _Recorder.keep_person_erased,
    SourceErased: _Recorder.keep_source_erased,
    DataRequested: _Recorder.keep_request,
    SourceRemoved: _Recorder.keep_removal,
    SourceChanged: _Recorder.keep_change,
    Ignored: _Recorder.keep_nothing,
}


def _claims(event: Event) -> Iterable[IdentityClaim]:
    match event:
        case ContactSaved(contact) | ContactRestored(contact):
            return contact.identities
        case ContactErased(identity) | ContactForgotten(identity):
            return (identity,)
        case ContactsMerged(kept, gone):
            return (kept, gone)
        case PersonErased(contact=contact) | DataRequested(contact=contact):
            return contact.identities
        case OrderRefunded() | SourceRemoved() | SourceChanged() | SourceErased() | Ignored():
            return ()
        case _:
            return event.order.friend.identities


def _order_id(event: Event) -> str | None:
    if isinstance(event, OrderRefunded):
        return event.order_id
    order: Order | None = getattr(event, "order", None)
    return order.source_id if order else None


def _refunds(event: Event) -> Iterable[Refund]:
    if isinstance(event, OrderRefunded):
        return (event.refund,)
    order: Order | None = getattr(event, "order", None)
    return order.refunds if order else ()
