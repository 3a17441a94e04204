"""What a delivery means, in our words: a closed union of frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.contract.facts import FieldValue
from core.contract.money import Money
from core.contract.signals import Signal


class IdentityKind(StrEnum):
    """The ways a source knows a person."""

    CUSTOMER = "customer"
    CONTACT = "contact"
    LEAD = "lead"
    EMAIL = "email"
    PHONE = "phone"


# These name a person everywhere; the others only inside the connection that uses them.
SHARED_KINDS = frozenset({IdentityKind.EMAIL, IdentityKind.PHONE})


@dataclass(frozen=True, slots=True)
class IdentityClaim:
    """The source says that this `value` of this `kind` belongs to the person."""

    kind: IdentityKind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person as one source describes them; `identities` may be empty (an anonymous sale)."""

    identities: tuple[IdentityClaim, ...] = ()
    name: str | None = None


class EvidenceKind(StrEnum):
    """What can connect an order to an advocate, strongest first."""

    CODE = "code"
    SIGNED_ATTRIBUTE = "signed_attribute"
    DEAL_FIELD = "deal_field"
    CONTACT_FIELD = "contact_field"
    LANDING_REF = "landing_ref"
    LAST_VISIT = "last_visit"
    FIRST_VISIT = "first_visit"
    OTHER_CONTACT_FIELD = "other_contact_field"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One trace of a referral on an order, as found: `value` may be forged, unknown or nobody's."""

    kind: EvidenceKind
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """One refund of an order: `amount` is its share of the order's base, zero or more."""

    source_id: str
    amount: Money
    refunded_at: datetime


class OrderKind(StrEnum):
    """What can count for a referral; the first of two that tell of one purchase is the one that counts."""

    ORDER = "order"
    DEAL = "deal"
    LEAD = "lead"
    CONTACT = "contact"


# Nobody has paid anything by being one of these.
WITHOUT_MONEY = frozenset({OrderKind.LEAD, OrderKind.CONTACT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order, deal, qualified lead or referred contact as it stands at `updated_at`.

    `base` is what counts for a reward: shop currency, after discounts and edits, without tax, shipping,
    tips and gift cards, before refunds. `refunds` may be incomplete: each is known by its own id.
    `references` are the names under which other sources may tell of the same purchase, and `total` is what was paid
    in all, both only to recognise it there. A lead and a contact have a base of zero. `fields` and `lines` are facts
    that terms may ask for, by their full names (`order.country`, `line.sku`) and declared in `Connector.facts`: nothing
    personal. `signals` are traces to compare, kept only as keyed hashes. `is_current` says that the source was asked
    for this state, and no delivery carried it: of two such states of one `updated_at` the one asked for later holds.
    """

    source_id: str
    name: str
    base: Money
    friend: Contact
    is_paid: bool
    is_test: bool
    placed_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None = None
    evidence: tuple[Evidence, ...] = ()
    refunds: tuple[Refund, ...] = ()
    channel: str = ""
    kind: OrderKind = OrderKind.ORDER
    references: tuple[str, ...] = ()
    total: Money | None = None
    fields: Mapping[str, FieldValue] = field(default_factory=dict, hash=False)
    lines: tuple[Mapping[str, FieldValue], ...] = field(default=(), hash=False)
    signals: tuple[Signal, ...] = ()
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """The order exists; it may not be paid yet."""

    order: Order


@dataclass(frozen=True, slots=True)
class OrderPaid:
    """The order is paid (perhaps partly refunded since)."""

    order: Order


@dataclass(frozen=True, slots=True)
class OrderCancelled:
    """The order is cancelled, paid or not."""

    order: Order


@dataclass(frozen=True, slots=True)
class OrderRefunded:
    """One refund, told on its own: the order itself may not be known yet."""

    order_id: str
    refund: Refund


@dataclass(frozen=True, slots=True)
class DealWon:
    """A deal or opportunity is won; it counts like a paid order."""

    order: Order


@dataclass(frozen=True, slots=True)
class DealReopened:
    """A won deal is open or lost again; it counts like a cancelled order."""

    order: Order


@dataclass(frozen=True, slots=True)
class LeadQualified:
    """A lead is good enough to be worked on; `order.kind` is LEAD. Told again when that is taken back (cancelled)."""

    order: Order


@dataclass(frozen=True, slots=True)
class ContactReferred:
    """A contact with a referral code exists; `order.kind` is CONTACT. Told again when they are gone (cancelled)."""

    order: Order


@dataclass(frozen=True, slots=True)
class ContactSaved:
    """A person was created or changed at the source."""

    contact: Contact


@dataclass(frozen=True, slots=True)
class ContactErased:
    """A person was deleted at the source; what they earned stays."""

    identity: IdentityClaim


@dataclass(frozen=True, slots=True)
class ContactForgotten:
    """A person has to be forgotten for privacy's sake: wins over whatever is told of them before or after."""

    identity: IdentityClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequested:
    """A person asked the source what is kept of them. `request_id` is the source's own name of that question."""

    request_id: str
    contact: Contact
    asked_at: datetime
    order_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased:
    """A person has to be erased, whichever of these identities names them; so have these orders, if they are known.

    Wins over whatever is told of them before or after; an identity that names nobody yet is erased in advance.
    """

    contact: Contact
    asked_at: datetime
    order_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceErased:
    """Everything personal that this source told has to go; not what a newer installation told since `asked_at`."""

    asked_at: datetime


@dataclass(frozen=True, slots=True)
class ContactRestored:
    """A person who was deleted at the source is back."""

    contact: Contact


@dataclass(frozen=True, slots=True)
class ContactsMerged:
    """Two of the source's persons became one; `gone` now means `kept`."""

    kept: IdentityClaim
    gone: IdentityClaim


@dataclass(frozen=True, slots=True)
class SourceRemoved:
    """The source no longer lets us in (uninstalled, revoked) since `removed_at`."""

    removed_at: datetime


@dataclass(frozen=True, slots=True)
class SourceChanged:
    """The source itself changed (its settings or the rights it grants): ping it again."""

    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Ignored:
    """Nothing follows from the delivery, and `reason` says why (such as an echo of our own write)."""

    reason: str


OrderEvent = OrderPlaced | OrderPaid | OrderCancelled | DealWon | DealReopened | LeadQualified | ContactReferred
ContactEvent = ContactSaved | ContactErased | ContactForgotten | ContactRestored | ContactsMerged
PrivacyEvent = DataRequested | PersonErased | SourceErased
Event = OrderEvent | OrderRefunded | ContactEvent | PrivacyEvent | SourceRemoved | SourceChanged | Ignored
