"""Hints become events: the records they name are read again, many in few calls, and only what stands there counts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from connectors.hubspot import records
from connectors.hubspot.answers import MissingScopes
from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.counting import counted, tells_of_the_code
from connectors.hubspot.hints import Hint, hint_of
from connectors.hubspot.mapping import (
    Deal,
    contact,
    contact_properties,
    deal_event,
    deal_order,
    deal_properties,
    is_referred,
    lead_order,
    merges,
    vanished_deal,
)
from connectors.hubspot.records import CONTACTS, DEALS, Associated, Row
from connectors.hubspot.sdk import Portal
from referhub import (
    ConnectorError,
    ContactErased,
    ContactForgotten,
    ContactRestored,
    ContactSaved,
    Delivery,
    Event,
    Gone,
    IdentityClaim,
    IdentityKind,
    Ignored,
    Order,
    TryLater,
    Unreadable,
)

ECHO = "echo of our own write"
OWN_FIELD = "echo of our own write: only the hub writes this property"
NOT_OURS = "nothing that concerns referrals"
WITHOUT_ID = "the event names no record"
FORGET = "privacyDeletion"
POLLED, DELETED_POLLED = "polled", "deletionPolled"  # our own: found by asking
ANY_CHANGE = frozenset({"merge", "restore", POLLED})  # behind these a code may have come or gone
ACTIONS = frozenset(
    {"associationChange", "creation", "deletion", "merge", FORGET, "propertyChange", "restore", POLLED, DELETED_POLLED}
)
AFTER_A_PERSON_ACTED = timedelta(hours=1)
Answer = Sequence[Event] | ConnectorError


@dataclass
class Known:
    """What was read for one batch, by the ids that were asked for."""

    contacts: dict[str, Row] = field(default_factory=dict)
    deals: dict[str, Row] = field(default_factory=dict)
    contacts_of: dict[str, tuple[Associated, ...]] = field(default_factory=dict)
    deals_of: dict[str, tuple[Associated, ...]] = field(default_factory=dict)
    refused: dict[str, MissingScopes] = field(default_factory=dict)


class Reader:
    """Translates the deliveries of one portal; `own_fields` are properties that nobody but the hub writes."""

    def __init__(
        self,
        config: HubSpotConfig,
        api: Portal,
        currency: Callable[[], str],
        own_fields: frozenset[str],
    ) -> None:
        self._config = config
        self._api = api
        self._currency = currency
        self._own_fields = own_fields
        self._tellings: Mapping[str, Callable[[Hint, Known], Sequence[Event]]] = {
            "contact": self._contact,
            "deal": self._deal,
        }

    def read_many(self, deliveries: Sequence[Delivery]) -> list[Answer]:
        """For each delivery its events, or why not. Raises `TryLater` or `NeedsAttention` for all of them."""
        hints = [_hint(delivery) for delivery in deliveries]
        answers = [hint if isinstance(hint, ConnectorError) else self._at_once(hint) for hint in hints]
        waiting = [
            hint for hint, answer in zip(hints, answers, strict=True) if isinstance(hint, Hint) and answer is None
        ]
        known = self._fetched(waiting)
        return [
            answer if answer is not None else self._told(hint, known)
            for hint, answer in zip(hints, answers, strict=True)
        ]

    def order(self, hint: Hint, as_what: Callable[[Row, HubSpotConfig, str], Order] = lead_order) -> Order | Gone:
        """The deal that a hint names, or the contact `as_what` it counts. Raises `TryLater`, `NeedsAttention` or
        `Unreadable`."""
        known = self._fetched([hint])
        if hint.record in known.refused:
            raise TryLater(known.refused[hint.record].hint, AFTER_A_PERSON_ACTED)
        row = (known.deals if hint.record == "deal" else known.contacts).get(hint.id)
        if row is None or row.is_archived:
            return Gone(f"HubSpot no longer has this {hint.record}")
        if hint.id != row.first_id:
            return Gone(f"this {hint.record} was merged into another one")
        if hint.record == "contact":
            return as_what(row, self._config, self._currency())
        return self._order(row, known)

    def _at_once(self, hint: Hint) -> Sequence[Event] | None:
        """The events of a hint for which nothing has to be read, else None."""
        if hint.action == "propertyChange" and hint.property_name in self._own_fields:
            return [Ignored(OWN_FIELD)]
        if hint.action == "propertyChange" and self._is_own_write(hint):
            return [Ignored(ECHO)]
        if hint.record not in self._tellings or hint.action not in ACTIONS:
            return [Ignored(NOT_OURS)]
        if not hint.id:
            return [Ignored(WITHOUT_ID)]
        if hint.action == FORGET:
            return [ContactForgotten(_claim(hint.id))]
        return None

    def _is_own_write(self, hint: Hint) -> bool:
        """Our app's name alone proves nothing: another tool may use its token. The hub writes no other property."""
        is_by_us = bool(self._config.app_id) and hint.is_by_integration and hint.source_id == self._config.app_id
        return is_by_us and hint.property_name == self._config.referred_by_property

    def _fetched(self, hints: Sequence[Hint]) -> Known:
        known = Known()
        contact_ids = {record_id for hint in hints if hint.record == "contact" for record_id in (hint.id, *hint.merged)}
        deal_ids = {record_id for hint in hints if hint.record == "deal" for record_id in (hint.id, *hint.merged)}
        if contact_ids:
            known.contacts = records.read(self._api, CONTACTS, contact_ids, contact_properties(self._config))
        try:
            self._fetch_deals(known, hints, deal_ids)
        except MissingScopes as problem:
            known.refused["deal"] = problem
        return known

    def _fetch_deals(self, known: Known, hints: Sequence[Hint], deal_ids: set[str]) -> None:
        buyers = [row.id for hint in hints if (row := self._buyer(hint, known))]
        if buyers:
            known.deals_of = records.associated(self._api, CONTACTS, buyers, DEALS)
            deal_ids |= {deal.id for deals in known.deals_of.values() for deal in deals}
        if not deal_ids:
            return
        known.deals = records.read(self._api, DEALS, deal_ids, deal_properties(self._config))
        current = {row.id for row in known.deals.values()}
        known.contacts_of = records.associated(self._api, DEALS, current, CONTACTS) if current else {}
        people = {one.id for ones in known.contacts_of.values() for one in ones} - known.contacts.keys()
        if people:
            known.contacts |= records.read(self._api, CONTACTS, people, contact_properties(self._config))

    def _buyer(self, hint: Hint, known: Known) -> Row | None:
        """The hint's contact, if what it says of who referred them may be news for their deals.

        That somebody took the code away is news as well.
        """
        row = known.contacts.get(hint.id) if hint.record == "contact" else None
        if row is None or row.is_archived:
            return None
        if hint.action == "propertyChange":
            return row if tells_of_the_code(hint, self._config) else None
        return row if hint.action in ANY_CHANGE or is_referred(row, self._config) else None

    def _told(self, hint: Hint | ConnectorError, known: Known) -> Answer:
        if isinstance(hint, ConnectorError):
            return hint
        if hint.record in known.refused:
            return TryLater(known.refused[hint.record].hint, AFTER_A_PERSON_ACTED)
        try:
            return self._tellings[hint.record](hint, known)
        except Unreadable as problem:
            return problem

    def _contact(self, hint: Hint, known: Known) -> Sequence[Event]:
        row = known.contacts.get(hint.id)
        if row is None:
            return [ContactErased(_claim(record_id)) for record_id in sorted({hint.id, *hint.merged})]
        former = [*hint.merged, *([hint.id] if hint.id != row.id else [])]
        counts = self._config.stages or self._config.tells_contacts
        told = counted(row, former, hint, self._config, self._currency()) if counts else []
        if row.is_archived:
            gone = {*former, row.id, *row.former_ids}
            return [*(ContactErased(_claim(record_id)) for record_id in sorted(gone)), *told]
        saved = ContactRestored(contact(row)) if hint.action == "restore" else ContactSaved(contact(row))
        return [*merges(row, former), saved, *told, *self._deals_of(row, known)]

    def _deals_of(self, row: Row, known: Known) -> Iterable[Event]:
        for one in known.deals_of.get(row.id, ()):
            deal = known.deals.get(one.id)
            if deal is not None:
                yield deal_event(self._order(deal, known))

    def _deal(self, hint: Hint, known: Known) -> Sequence[Event]:
        row = known.deals.get(hint.id)
        if row is None:
            at = hint.happened_at or datetime.now(UTC)
            return [deal_event(vanished_deal(hint.id, self._currency(), at))]
        order = self._order(row, known)
        # A merged deal goes on as the eldest of those that became one: as the others it must not count as well.
        former = sorted({*row.former_ids, *hint.merged, hint.id} - {row.id, row.first_id})
        gone = [deal_event(vanished_deal(record_id, order.base.currency, order.updated_at)) for record_id in former]
        return [*gone, deal_event(order)]

    def _order(self, row: Row, known: Known) -> Order:
        return deal_order(self._whole(row, known), self._config, self._currency())

    def _whole(self, row: Row, known: Known) -> Deal:
        associated = known.contacts_of.get(row.id, ())
        people = [known.contacts[one.id] for one in associated if one.id in known.contacts]
        return Deal(row, {person.id: person for person in people if not person.is_archived}, associated)


def _hint(delivery: Delivery) -> Hint | ConnectorError:
    try:
        return hint_of(delivery)
    except Unreadable as problem:
        return problem


def _claim(record_id: str) -> IdentityClaim:
    return IdentityClaim(IdentityKind.CONTACT, record_id)
