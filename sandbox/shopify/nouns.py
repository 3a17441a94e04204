"""What a shop holds: customers, orders and refunds, store credit, gift cards, codes and metafields."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

ZERO = Decimal(0)


@dataclass
class Noun:
    """Something with a number of its own; key() finds it by nature, stamp() orders it by time."""

    id: int

    def key(self) -> str | None:
        return None

    def stamp(self) -> str | None:
        return None

    @property
    def gid(self) -> str:
        return f"gid://shopify/{type(self).__name__}/{self.id}"


@dataclass
class Customer(Noun):
    created_at: datetime
    updated_at: datetime
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    state: str = "DISABLED"
    note: str | None = None
    tags: list[str] = field(default_factory=list)

    def key(self) -> str | None:
        return self.email.lower() if self.email else None


@dataclass
class LineItem(Noun):
    title: str
    price: Decimal
    quantity: int
    discount: Decimal
    tax: Decimal
    tax_rate: Decimal
    gift_card: bool = False
    sku: str | None = None
    removed: int = 0
    vendor: str = "Sandbox"

    @property
    def original(self) -> Decimal:
        return self.price * self.quantity

    @property
    def total(self) -> Decimal:
        """The line after all its discounts, with tax where the shop's prices include it."""
        return self.original - self.discount


@dataclass
class RefundLineItem(Noun):
    line_id: int
    quantity: int
    subtotal: Decimal
    tax: Decimal


@dataclass
class OrderAdjustment(Noun):
    kind: str
    amount: Decimal
    tax: Decimal


@dataclass
class OrderTransaction(Noun):
    kind: str
    status: str
    amount: Decimal
    created_at: datetime
    gateway: str = "shopify_payments"


@dataclass
class Refund(Noun):
    order_id: int
    created_at: datetime
    note: str | None
    lines: list[RefundLineItem]
    adjustments: list[OrderAdjustment]
    transactions: list[OrderTransaction]

    def key(self) -> str:
        return str(self.order_id)

    @property
    def money(self) -> Decimal:
        """What really went back to the buyer."""
        return sum((t.amount for t in self.transactions if t.status == "success"), ZERO)


@dataclass
class AppliedCode:
    code: str
    amount: Decimal
    type: str


@dataclass
class Attribute:
    name: str
    value: str | None


@dataclass
class Order(Noun):
    number: int
    created_at: datetime
    updated_at: datetime
    currency: str
    presentment_currency: str
    presentment_rate: Decimal
    taxes_included: bool
    lines: list[LineItem]
    shipping: Decimal
    shipping_tax: Decimal
    tip: Decimal
    customer_id: int | None
    email: str | None
    test: bool
    source_name: str
    landing_site: str | None
    referring_site: str | None
    codes: list[AppliedCode]
    attributes: list[Attribute]
    journey_ready: bool
    cart_token: str
    checkout_token: str
    tags: list[str] = field(default_factory=list)
    country: str = "DE"
    street: str = ""
    browser_ip: str = ""
    transactions: list[OrderTransaction] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None

    def key(self) -> str:
        return str(self.customer_id)

    def stamp(self) -> str:
        return self.updated_at.isoformat()

    @property
    def name(self) -> str:
        return f"#{self.number}"

    def line(self, line_id: int) -> LineItem | None:
        return next((line for line in self.lines if line.id == line_id), None)


@dataclass
class StoreCreditAccount(Noun):
    owner_id: int
    currency: str
    balance: Decimal

    def key(self) -> str:
        return str(self.owner_id)


@dataclass
class CreditMove(Noun):
    """One transaction of a store credit account; kind is credit, debit or expiration."""

    account_id: int
    kind: str
    amount: Decimal
    balance_after: Decimal
    created_at: datetime
    expires_at: datetime | None = None
    remaining: Decimal = ZERO
    event: str = "ADJUSTMENT"

    def key(self) -> str:
        return str(self.account_id)

    @property
    def typename(self) -> str:
        return f"StoreCreditAccount{self.kind.capitalize()}Transaction"

    @property
    def gid(self) -> str:
        return f"gid://shopify/{self.typename}/{self.id}"


@dataclass
class GiftCard(Noun):
    code: str
    currency: str
    initial: Decimal
    balance: Decimal
    created_at: datetime
    note: str | None = None
    expires_on: str | None = None
    customer_id: int | None = None
    deactivated_at: datetime | None = None

    def key(self) -> str:
        return self.code


@dataclass
class DiscountCodeNode(Noun):
    code: str
    title: str
    starts_at: datetime
    created_at: datetime
    ends_at: datetime | None = None
    usage_limit: int | None = None
    once_per_customer: bool = False
    amount: Decimal | None = None
    percentage: Decimal | None = None
    minimum_subtotal: Decimal | None = None
    customer_ids: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    used: int = 0

    def key(self) -> str:
        return self.code.casefold()


@dataclass
class Metafield(Noun):
    owner: str
    namespace: str
    name: str
    type: str
    value: str
    created_at: datetime
    updated_at: datetime

    def key(self) -> str:
        return self.owner


@dataclass
class MetafieldDefinition(Noun):
    owner_type: str
    namespace: str
    name: str
    type: str
    title: str

    def key(self) -> str:
        return f"{self.owner_type}/{self.namespace}/{self.name}"
