"""Contacts and deals as the API shows them, translated into the hub's own words.

https://developers.hubspot.com/docs/api-reference/crm-deals-v3/guide
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.facts import asked_of_contacts, asked_of_deals, contact_facts, deal_facts
from connectors.hubspot.hints import FIRST_MOMENT, LAST_MOMENT
from connectors.hubspot.records import Associated, Row, emails_of
from referhub import (
    Contact,
    ContactsMerged,
    DealReopened,
    DealWon,
    Evidence,
    EvidenceKind,
    IdentityClaim,
    IdentityKind,
    Money,
    Order,
    OrderEvent,
    OrderKind,
    Signal,
    SignalKind,
    Unreadable,
)

DEAL_PREFIX, CONTACT_PREFIX, REFERRED_PREFIX = "deal/", "contact/", "referred/"
NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
STAMP = re.compile(r"-?[0-9]{1,15}", re.ASCII)
MOST = 10**12
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal with the contacts that are associated with it, in no order."""

    row: Row
    contacts: Mapping[str, Row]
    associated: tuple[Associated, ...] = ()


def contact_properties(config: HubSpotConfig) -> list[str]:
    """What has to be read of a contact."""
    stages = [_stage_property(stage) for stage in sorted(config.stages)]
    own = [config.referred_by_property] if config.referred_by_property else []
    return list(dict.fromkeys([*CONTACT_PROPERTIES, *own, *stages, *asked_of_contacts(config)]))


def deal_properties(config: HubSpotConfig) -> list[str]:
    """What has to be read of a deal."""
    own = (config.deal_code_property, config.deal_reference_property)
    return list(dict.fromkeys([*DEAL_PROPERTIES, *(name for name in own if name), *asked_of_deals(config)]))


CONTACT_PROPERTIES = (
    "email",
    "hs_additional_emails",
    "phone",
    "address",
    "zip",
    "city",
    "country",
    "firstname",
    "lastname",
    "lifecyclestage",
    "createdate",
    "lastmodifieddate",
)
DEAL_PROPERTIES = (
    "dealname",
    "amount",
    "deal_currency_code",
    "hs_is_closed_won",
    "closedate",
    "createdate",
    "hs_lastmodifieddate",
)


def contact(row: Row) -> Contact:
    """The person; the contact's id is what outlives a change of address."""
    claims = [
        IdentityClaim(IdentityKind.CONTACT, row.id),
        *(IdentityClaim(IdentityKind.EMAIL, email) for email in emails_of(row)),
    ]
    if row.text("phone"):
        claims.append(IdentityClaim(IdentityKind.PHONE, row.text("phone")))
    name = " ".join(filter(None, (row.text("firstname"), row.text("lastname"))))
    return Contact(identities=tuple(claims), name=name[:LONGEST] or None)


def living(row: Row) -> tuple[Signal, ...]:
    """Where the contact lives, as far as it says; kept by the hub as keyed hashes only."""
    street, postcode = row.text("address"), row.text("zip")
    if not street or not postcode:
        return ()
    country = row.text("country")
    address = ", ".join(filter(None, (street, postcode, row.text("city"), country)))
    return Signal(SignalKind.ADDRESS, address), Signal(SignalKind.POSTCODE, f"{country} {postcode}")


def merges(row: Row, also: Iterable[str] = ()) -> list[ContactsMerged]:
    """Every id that the contact went by before means the contact of today."""
    former = sorted({*row.former_ids, *also} - {row.id})
    kept = IdentityClaim(IdentityKind.CONTACT, row.id)
    return [ContactsMerged(kept=kept, gone=IdentityClaim(IdentityKind.CONTACT, record_id)) for record_id in former]


def deal_event(order: Order) -> OrderEvent:
    """What the state of a deal means, whatever told it."""
    return DealWon(order) if order.cancelled_at is None else DealReopened(order)


def deal_order(deal: Deal, config: HubSpotConfig, currency: str) -> Order:
    """The deal as it stands: won it counts like a paid order, anything else like a cancelled one. Raises `Unreadable`.

    Stages are never compared: other pipelines have other ones, and only HubSpot knows which of them is won.
    """
    row = deal.row
    worth = _amount(row, row.text("deal_currency_code") or currency)
    created_at = _moment(row, "createdate")
    updated_at = _moment(row, "hs_lastmodifieddate") or created_at
    is_won = row.text("hs_is_closed_won") == "true"
    placed_at = (_moment(row, "closedate") if is_won else None) or created_at or updated_at
    if placed_at is None or updated_at is None:
        raise Unreadable("nothing says when the deal was made")
    friend = _friend(deal, config)
    return Order(
        source_id=f"{DEAL_PREFIX}{row.first_id}",
        name=row.text("dealname")[:LONGEST] or f"Deal {row.id}",
        base=worth,
        friend=contact(friend) if friend else Contact(),
        is_paid=is_won,
        is_test=False,
        placed_at=placed_at,
        updated_at=updated_at,
        # Won before and open, lost or deleted now: what was earned by it is taken back. A deal that was never won is
        # told the same way, which takes nothing back.
        cancelled_at=None if is_won and not row.is_archived else _ended_at(row, updated_at),
        evidence=tuple(_evidence(deal, friend, config)),
        channel="deal",
        kind=OrderKind.DEAL,
        references=_references(row, config),
        total=worth,
        signals=living(friend) if friend else (),
        fields=deal_facts(row, worth, config) | (contact_facts(friend, config) if friend else {}),
        is_current=True,
    )


def vanished_deal(record_id: str, currency: str, at: datetime) -> Order:
    """A deal of which HubSpot shows nothing any more."""
    return Order(
        source_id=f"{DEAL_PREFIX}{record_id}",
        name=f"Deal {record_id}",
        base=Money.zero(currency),
        friend=Contact(),
        is_paid=False,
        is_test=False,
        placed_at=at,
        updated_at=at,
        cancelled_at=at,
        channel="deal",
        kind=OrderKind.DEAL,
        is_current=True,
    )


def lead_order(row: Row, config: HubSpotConfig, currency: str) -> Order:
    """The contact as a lead. Raises `Unreadable`."""
    reached = [at for stage in config.stages if (at := _moment(row, _stage_property(stage)))]
    is_qualified = row.text("lifecyclestage") in config.stages and not row.is_archived
    order = _contact_order(row, config, currency, min(reached, default=None))
    return replace(
        order,
        source_id=f"{CONTACT_PREFIX}{row.first_id}",
        is_paid=is_qualified,
        cancelled_at=None if is_qualified else _ended_at(row, order.updated_at),
        channel="lead",
        kind=OrderKind.LEAD,
    )


def referred_order(row: Row, config: HubSpotConfig, currency: str) -> Order:
    """The contact as something that counts since it was created. Raises `Unreadable`."""
    order = _contact_order(row, config, currency)
    return replace(order, cancelled_at=_ended_at(row, order.updated_at) if row.is_archived else None)


def _contact_order(row: Row, config: HubSpotConfig, currency: str, since: datetime | None = None) -> Order:
    """A contact as what can count, from when it was created unless something else made it count."""
    updated_at = _moment(row, "lastmodifieddate")
    placed_at = since or _moment(row, "createdate") or updated_at
    if placed_at is None or updated_at is None:
        raise Unreadable("nothing says when the contact was made")
    person = contact(row)
    return Order(
        source_id=f"{REFERRED_PREFIX}{row.first_id}",
        name=person.name or f"Contact {row.id}",
        base=Money.zero(currency),
        friend=person,
        is_paid=True,
        is_test=False,
        placed_at=placed_at,
        updated_at=updated_at,
        evidence=tuple(_code_of(row, config, EvidenceKind.CONTACT_FIELD)),
        channel="contact",
        kind=OrderKind.CONTACT,
        signals=living(row),
        fields=contact_facts(row, config),
        is_current=True,
    )


def is_referred(row: Row, config: HubSpotConfig) -> bool:
    """True when the contact says that somebody referred them."""
    return any(_code_of(row, config, EvidenceKind.CONTACT_FIELD))


def parsed_moment(written: str) -> datetime | None:
    """A time as HubSpot writes it, ISO or milliseconds of the epoch; None for none, and for nonsense."""
    try:
        if STAMP.fullmatch(written):
            milliseconds = int(written)
            is_sane = FIRST_MOMENT <= milliseconds <= LAST_MOMENT
            return datetime.fromtimestamp(milliseconds / 1000, UTC) if is_sane else None
        at = datetime.fromisoformat(written)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        return at if FIRST_MOMENT <= at.timestamp() * 1000 <= LAST_MOMENT else None
    except (ValueError, OverflowError):
        return None


def _moment(row: Row, name: str) -> datetime | None:
    return parsed_moment(row.text(name))


def _ended_at(row: Row, updated_at: datetime) -> datetime:
    """When it stopped counting. A deletion is no change of the record, nor is a restore: `updated_at` stays."""
    return parsed_moment(row.archived_at) or updated_at


def _amount(row: Row, currency: str) -> Money:
    """What the deal is worth; one without an amount, or below zero, is worth nothing."""
    written = row.text("amount")
    if not written:
        return Money.zero(currency)
    exact = Decimal(written) if NUMBER.fullmatch(written) else None  # calculated numbers come as 1.25E4
    if exact is None or abs(exact) >= MOST:
        raise Unreadable("the deal's amount is not a sensible number")
    return Money.from_decimal(max(exact, Decimal(0)), currency)


def _friend(deal: Deal, config: HubSpotConfig) -> Row | None:
    """Who buys: the primary contact, else the only one, else the only one with a code, else the one known longest."""
    primary = [deal.contacts[one.id] for one in deal.associated if one.is_primary and one.id in deal.contacts]
    everybody = [
        deal.contacts[record_id]
        for record_id in sorted(deal.contacts, key=lambda record_id: (len(record_id), record_id))
    ]
    coded = [row for row in everybody if is_referred(row, config)]
    for candidates in (primary, everybody, coded):
        if len(candidates) == 1:
            return candidates[0]
    return next(iter(everybody), None)


def _evidence(deal: Deal, friend: Row | None, config: HubSpotConfig) -> Iterable[Evidence]:
    if config.deal_code_property and (code := deal.row.text(config.deal_code_property)[:LONGEST]):
        yield Evidence(EvidenceKind.DEAL_FIELD, code)
    for row in deal.contacts.values():
        is_friend = friend is not None and row.id == friend.id
        yield from _code_of(row, config, EvidenceKind.CONTACT_FIELD if is_friend else EvidenceKind.OTHER_CONTACT_FIELD)


def _code_of(row: Row, config: HubSpotConfig, kind: EvidenceKind) -> Iterable[Evidence]:
    if config.referred_by_property and (code := row.text(config.referred_by_property)[:LONGEST]):
        yield Evidence(kind, code)


def _references(row: Row, config: HubSpotConfig) -> tuple[str, ...]:
    told = row.text(config.deal_reference_property)[:LONGEST] if config.deal_reference_property else ""
    return (told,) if told else ()


def _stage_property(stage: str) -> str:
    return f"hs_lifecyclestage_{stage}_date"
