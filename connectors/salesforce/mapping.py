"""What a record means as it stands now: rows of Salesforce become events.

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.facts import contact_facts, deal_facts
from connectors.salesforce.picking import (
    Body,
    amount,
    child,
    day,
    moment,
    record_id,
    required_id,
    required_moment,
    text,
)
from connectors.salesforce.schema import on_person_account
from referhub import (
    Contact,
    ContactErased,
    ContactReferred,
    ContactRestored,
    ContactSaved,
    ContactsMerged,
    DealReopened,
    DealWon,
    Event,
    Evidence,
    EvidenceKind,
    IdentityClaim,
    IdentityKind,
    Ignored,
    LeadQualified,
    Money,
    Order,
    OrderCancelled,
    OrderKind,
    OrderPaid,
    OrderPlaced,
)

CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
ACTIVATED = frozenset({"Activated", "A"})
CANCELLED = frozenset({"Canceled", "Cancelled", "C"})
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a translation depends on beside the rows."""

    config: SalesforceConfig
    zone: ZoneInfo


def contact_claim(row: Body) -> IdentityClaim:
    """Who a contact is: its own id, or the account's where that is the person (only that can be written)."""
    if row.get("IsPersonAccount") is True and record_id(row, "AccountId"):
        return IdentityClaim(IdentityKind.CONTACT, required_id(row, "AccountId"))
    return IdentityClaim(IdentityKind.CONTACT, required_id(row))


def _addresses(
    row: Body, email: str = "Email", phones: Sequence[str] = ("MobilePhone", "Phone")
) -> list[IdentityClaim]:
    address = text(row, email)
    phone = next((found for name in phones if (found := text(row, name))), None)
    claims = [IdentityClaim(IdentityKind.EMAIL, address)] if address else []
    return claims + ([IdentityClaim(IdentityKind.PHONE, phone)] if phone else [])


def contact_of(row: Body) -> Contact:
    """The person behind a contact's row."""
    return Contact(identities=(contact_claim(row), *_addresses(row)), name=text(row, "Name"))


def person_of(row: Body) -> Contact:
    """The person behind a person account's row."""
    claim = IdentityClaim(IdentityKind.CONTACT, required_id(row))
    addresses = _addresses(row, "PersonEmail", ("PersonMobilePhone", "Phone"))
    return Contact(identities=(claim, *addresses), name=text(row, "Name"))


def _lead(row: Body) -> Contact:
    claim = IdentityClaim(IdentityKind.LEAD, required_id(row))
    return Contact(identities=(claim, *_addresses(row)), name=text(row, "Name"))


def contact_events(row: Body, settings: Settings) -> Sequence[Event]:
    """A contact as it stands. That it is there undoes an earlier deletion, of which the row no longer tells."""
    return _person_events(row, contact_of(row), settings)


def _person_events(row: Body, contact: Contact, settings: Settings) -> Sequence[Event]:
    match _gone(row, contact.identities[0]):
        case []:
            return [ContactSaved(contact), ContactRestored(contact), *_referred(row, contact, settings)]
        case [ContactErased() as erased]:
            return [erased, *_referred(row, contact, settings)]
        case merged:
            return merged


def _referred(row: Body, contact: Contact, settings: Settings) -> list[ContactReferred]:
    """A contact with a referral code, where the connection tells of them; taken back once it is deleted."""
    found = evidence([(EvidenceKind.CONTACT_FIELD, row.get(settings.config.code_field))])
    if not settings.config.tells_contacts or not found:
        return []
    stamp = required_moment(row, "SystemModstamp")
    order = Order(
        source_id=required_id(row),
        name=contact.name or required_id(row),
        base=Money.zero(settings.config.currency),
        friend=contact,
        is_paid=True,
        is_test=False,
        placed_at=moment(row, "CreatedDate") or stamp,
        updated_at=stamp,
        cancelled_at=stamp if row.get("IsDeleted") is True else None,
        evidence=found,
        channel="contact",
        kind=OrderKind.CONTACT,
        fields=contact_facts(row, settings.config),
        is_current=True,
    )
    return [ContactReferred(order)]


def account_events(row: Body, settings: Settings) -> Sequence[Event]:
    """A person account as it stands; companies are nobody's friend."""
    if row.get("IsPersonAccount") is not True:
        return [Ignored("an account that is no person")]
    names = (settings.config.code_field, *settings.config.contact_fact_names)
    as_contact = {**row, **{name: row.get(on_person_account(name)) for name in names}}
    return _person_events(as_contact, person_of(row), settings)


def _gone(row: Body, claim: IdentityClaim) -> list[Event]:
    """What a deletion means: merged into another record, or gone; nothing for a living record."""
    if row.get("IsDeleted") is not True:
        return []
    master = record_id(row, "MasterRecordId")
    if master and claim.value == record_id(row, "Id"):
        return [ContactsMerged(kept=IdentityClaim(claim.kind, master), gone=claim)]
    return [ContactErased(claim)]


def lead_events(row: Body, settings: Settings) -> Sequence[Event]:
    """A lead as it stands. Converted, it is the contact from then on, and qualified.

    A converted lead that is deleted takes nothing back: admins clear them away, and the person lives on as a contact.
    """
    lead = _lead(row)
    gone = _gone(row, lead.identities[0])
    if gone:
        return gone
    contact_id = record_id(row, "ConvertedContactId")
    if row.get("IsConverted") is not True or contact_id is None:
        return [ContactSaved(lead), ContactRestored(lead)]
    kept = contact_claim({**child(row, "ConvertedContact"), "Id": contact_id})
    merged = ContactsMerged(kept=kept, gone=lead.identities[0])
    friend = Contact(identities=(kept, *lead.identities[1:]), name=lead.name)
    return [merged, LeadQualified(_qualified(row, friend, settings))]


def _qualified(row: Body, friend: Contact, settings: Settings) -> Order:
    stamp = required_moment(row, "SystemModstamp")
    return Order(
        source_id=required_id(row),
        name=text(row, "Name") or required_id(row),
        base=Money.zero(_currency(row, settings)),
        friend=friend,
        is_paid=True,
        is_test=False,
        placed_at=_within_day(day(row, "ConvertedDate"), stamp, settings.zone),
        updated_at=stamp,
        evidence=evidence([(EvidenceKind.CONTACT_FIELD, row.get(settings.config.code_field))]),
        kind=OrderKind.LEAD,
        is_current=True,
    )


def opportunity_events(row: Body, roles: Sequence[Body], settings: Settings) -> Sequence[Event]:
    """An opportunity as it stands: won it counts like a paid order, anything else like a cancelled one."""
    order = _deal(row, roles, settings)
    return [DealWon(order) if order.cancelled_at is None else DealReopened(order)]


def _deal(row: Body, roles: Sequence[Body], settings: Settings) -> Order:
    config = settings.config
    stamp = required_moment(row, "SystemModstamp")
    is_won = row.get("IsWon") is True
    friend, found = _who_bought(row, [role for role in roles if role.get("IsDeleted") is not True], config.code_field)
    if config.opportunity_code_field:
        found.insert(0, (EvidenceKind.DEAL_FIELD, row.get(config.opportunity_code_field)))
    # Won, then open or lost: what was earned by it is taken back, as with a cancelled order. A deal that was never
    # won is told the same way, which takes nothing back.
    is_standing = is_won and row.get("IsDeleted") is not True
    worth = amount(row.get("Amount"), _currency(row, settings))
    return Order(
        source_id=required_id(row),
        name=text(row, "Name") or required_id(row),
        base=worth,
        friend=friend,
        is_paid=is_won,
        is_test=False,
        placed_at=_closed_at(row, stamp, settings.zone) if is_won else moment(row, "CreatedDate") or stamp,
        updated_at=stamp,
        cancelled_at=None if is_standing else stamp,
        evidence=evidence(found),
        kind=OrderKind.DEAL,
        references=_references(row, config.opportunity_reference_field),
        fields=deal_facts(row, worth, config) | contact_facts(_buyer(row, roles), config),
        is_current=True,
    )


def _buyer(row: Body, roles: Sequence[Body]) -> Body:
    """The contact whose facts are the deal's: the one who bought."""
    ranked = _ranked([role for role in roles if role.get("IsDeleted") is not True])
    return next((child(role, "Contact") for role in ranked if record_id(role, "ContactId")), {})


def _ranked(roles: Sequence[Body]) -> list[Body]:
    return sorted(roles, key=lambda role: (role.get("IsPrimary") is not True, str(role.get("Id"))))


def _who_bought(row: Body, roles: Sequence[Body], code_field: str) -> tuple[Contact, list[tuple[EvidenceKind, Any]]]:
    """The friend and the codes on the contacts: the primary contact comes first, else the role that is oldest."""
    found: list[tuple[EvidenceKind, Any]] = []
    people: list[Contact] = []
    for role in _ranked(roles):
        contact_id = record_id(role, "ContactId")
        if contact_id:
            contact = child(role, "Contact")
            people.append(contact_of({**contact, "Id": contact_id}))
            kind = EvidenceKind.OTHER_CONTACT_FIELD if found else EvidenceKind.CONTACT_FIELD
            found.append((kind, contact.get(code_field)))
    return (people[0], found) if people else _person_behind(row, code_field)


def _person_behind(row: Body, code_field: str) -> tuple[Contact, list[tuple[EvidenceKind, Any]]]:
    """The person whose account bought, and the code there; nobody where the account is a company's."""
    account = child(row, "Account")
    if account.get("IsPersonAccount") is not True or not record_id(row, "AccountId"):
        return Contact(), []
    code = account.get(on_person_account(code_field))
    return person_of({**account, "Id": row.get("AccountId")}), [(EvidenceKind.CONTACT_FIELD, code)]


def order_events(row: Body, settings: Settings) -> Sequence[Event]:
    """An order as it stands: activated it counts like a paid one."""
    if record_id(row, "OpportunityId"):
        return [Ignored("the order of an opportunity, which tells of the same purchase")]
    order = _order(row, settings)
    if order.cancelled_at is not None:
        return [OrderCancelled(order)]
    return [OrderPaid(order) if order.is_paid else OrderPlaced(order)]


def _order(row: Body, settings: Settings) -> Order:
    stamp = required_moment(row, "SystemModstamp")
    friend, found = _who_is_billed(row, settings.config.code_field)
    is_over = row.get("IsDeleted") is True or text(row, "StatusCode") in CANCELLED
    return Order(
        source_id=required_id(row),
        name=text(row, "OrderNumber") or required_id(row),
        base=amount(row.get("TotalAmount"), _currency(row, settings)),
        friend=friend,
        is_paid=text(row, "StatusCode") in ACTIVATED,
        is_test=False,
        placed_at=moment(row, "ActivatedDate") or _within_day(day(row, "EffectiveDate"), stamp, settings.zone),
        updated_at=stamp,
        cancelled_at=stamp if is_over else None,
        evidence=evidence(found),
        is_current=True,
    )


def _who_is_billed(row: Body, code_field: str) -> tuple[Contact, list[tuple[EvidenceKind, Any]]]:
    contact, contact_id = child(row, "BillToContact"), record_id(row, "BillToContactId")
    if contact_id is None:
        return _person_behind(row, code_field)
    return contact_of({**contact, "Id": contact_id}), [(EvidenceKind.CONTACT_FIELD, contact.get(code_field))]


def _currency(row: Body, settings: Settings) -> str:
    return text(row, "CurrencyIsoCode") or settings.config.currency


def _closed_at(row: Body, stamp: datetime, zone: ZoneInfo) -> datetime:
    return _within_day(day(row, "CloseDate"), moment(row, "LastStageChangeDate") or stamp, zone)


def _within_day(on: date | None, about: datetime, zone: ZoneInfo) -> datetime:
    """The time closest to `about` on that day of the org: Salesforce tells only the day, and no zone may shift it."""
    if on is None or not 1 < on.year < 9999:
        return about
    begins, next_one = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (on, on + DAY))
    return max(begins, min(next_one - SECOND, about))


def evidence(found: Iterable[tuple[EvidenceKind, Any]]) -> tuple[Evidence, ...]:
    """The values that could be a code at all, each once, in the order found."""
    kept: dict[str, Evidence] = {}
    for kind, value in found:
        trimmed = value.strip() if isinstance(value, str) else ""
        if CODE.fullmatch(trimmed):
            kept.setdefault(trimmed, Evidence(kind, trimmed))
    return tuple(kept.values())


def _references(row: Body, field: str) -> tuple[str, ...]:
    found = text(row, field) if field else None
    return (found,) if found else ()
