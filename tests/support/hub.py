"""A hub for tests of core: a clock that stands still until it is turned, a pretend shop, and short ways to tell."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from core.contract.events import (
    Contact,
    Event,
    Evidence,
    EvidenceKind,
    IdentityClaim,
    IdentityKind,
    Order,
    OrderKind,
    OrderPaid,
    OrderRefunded,
    Refund,
)
from core.contract.money import Money
from core.contract.webhooks import Delivery
from core.database import Database
from core.gateway.hub import Hub, Timings
from core.gateway.vault import Keys, Vault
from core.models import Connection, Conversion, LedgerEntry, Push, Reward, StoredDelivery, StoredOrder
from core.queries.digest import digest, facts
from core.queries.invariants import INVARIANTS
from core.services.book import open_book
from core.services.campaigns import create_campaign, publish
from core.services.connections import connect
from core.services.convert import convert
from core.services.enroll import Advocate, enroll
from core.services.inbox import delivery_row
from core.services.record import Told, record
from core.worker import run_until_idle
from tests.support.shop import SHOPS, PretendShop, install_pretend_shops

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
KEYS = Keys(root=b"r" * 32, seals={b"\0\0\0\1": b"k" * 32})
TERMS: Mapping[str, Any] = {
    "campaign": {"slug": "friends", "name": "Friends"},
    "counts": {"currency": "EUR", "minimum": "30.00"},
    "hold": {"days": 14},
    "advocate": {"kind": "store_credit", "percent": "10"},
    "friend": {"kind": "store_credit", "amount": "5.00"},
}


@dataclass
class Watch:
    """A clock that shows what a test sets."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, by: timedelta) -> None:
        """It is later now."""
        self.at += by


def open_hub(url: str, watch: Watch, **options: Any) -> Hub:
    """A hub on a migrated database, with well-known keys and the test's own clock."""
    install_pretend_shops()
    options.setdefault("timings", Timings(quiet=2 * MINUTE, between_looks=MINUTE))
    return Hub(database=Database(url, pool_size=4), vault=Vault(KEYS), clock=watch, **options)


def terms(**changes: Any) -> dict[str, Any]:
    """The usual terms with some tables changed: `limits={"budget": "30.00"}`; None takes a table away."""
    body = {name: dict(table) for name, table in TERMS.items()}
    for name, change in changes.items():
        body[name] = {**body.get(name, {}), **(change or {})}
        if change is None:
            del body[name]
    return body


@dataclass
class Scene:
    """A hub connected to one pretend shop."""

    hub: Hub
    watch: Watch
    shop: PretendShop
    connection: Connection
    slug: str = "friends"
    told: list[Event] = field(default_factory=list)

    def beside(self, label: str, connector: str = "pretend") -> "Scene":
        """Another source of the same hub: a pretend shop of its own, under that label."""
        shop, connection = connected(self.hub, connector, label)
        return replace(self, shop=shop, connection=connection, told=[])

    def campaign(self, **changes: Any) -> "Scene":
        """The usual campaign is published, in force since long ago."""
        create_campaign(self.hub, terms(**changes))
        publish(self.hub, self.slug, effective_at=START - 400 * DAY)
        return self

    def advocate(self, code: str = "MIRA", *, email: str | None = None, customer: str | None = None) -> Advocate:
        """Somebody passes that code on; by default a customer of their own."""
        if email is None and customer is None:
            customer = f"customer-{code.lower()}"
        where = self.connection.id if customer else None
        return enroll(self.hub, self.slug, email=email, customer=customer, connection=where, code=code)

    def tell(self, *events: Event) -> None:
        """The events are recorded and decided in one transaction, as the reader does it."""
        with self.hub.database.transaction() as session:
            book = open_book(self.hub, session, self.connection.merchant_id)
            convert(book, record(book, [Told(self.connection, event) for event in events]))

    def deliver(self, *events: Event, key: str | None = None, problem: Exception | None = None) -> str:
        """A delivery that means these events (or cannot be read) lies in the inbox; its id is returned."""
        key = key or uuid4().hex
        self.shop.news[f"body of {key}"] = problem or list(events)
        row = delivery_row(
            self.hub,
            self.connection.id,
            Delivery(key=key, topic="news", body=f"body of {key}".encode()),
            self.watch.at,
        )
        with self.hub.database.transaction() as session:
            session.add(StoredDelivery(**row))
        return str(row["id"])

    def stands(self, *orders: Order) -> None:
        """The shop has these orders and says so when it is asked."""
        self.shop.orders |= {order.source_id: order for order in orders}

    def work(self) -> int:
        """Everything that is due now is done."""
        return run_until_idle(self.hub)

    def pay(self, *orders: Order) -> None:
        """The orders are told, stand at the shop, and their hold is over and done with."""
        self.stands(*orders)
        self.tell(*(OrderPaid(one) for one in orders))
        self.watch.forward(15 * DAY)
        self.work()

    def all(self, model: type[Any], **where: Any) -> list[Any]:
        """All rows of a table, as they were made."""
        with self.hub.database.reading() as session:
            return list(session.scalars(select(model).filter_by(**where).order_by(model.id)))

    def one(self, model: type[Any], **where: Any) -> Any:
        """The only such row."""
        (row,) = self.all(model, **where)
        return row

    def reward(self, order_id: str = "1001", side: str = "advocate") -> Reward:
        """One side's reward for an order."""
        with self.hub.database.reading() as session:
            query = select(Reward).join(Conversion, Conversion.id == Reward.conversion_id)
            return session.scalars(query.where(Conversion.order_source_id == order_id, Reward.side == side)).one()

    def conversion(self, order_id: str = "1001") -> Conversion:
        """The conversion of an order."""
        found: Conversion = self.one(Conversion, order_source_id=order_id)
        return found

    def order(self, order_id: str = "1001") -> StoredOrder:
        """The order as stored."""
        found: StoredOrder = self.one(StoredOrder, source_id=order_id)
        return found

    def push(self, **where: Any) -> Push:
        """The only push (of that description)."""
        found: Push = self.one(Push, **where)
        return found

    def states(self) -> dict[tuple[str, str], str]:
        """Every reward's state by order and side."""
        with self.hub.database.reading() as session:
            query = select(Conversion.order_source_id, Reward.side, Reward.state)
            rows = session.execute(query.join(Conversion, Conversion.id == Reward.conversion_id)).all()
        return {(order, side): state for order, side, state in rows}

    def balance(self, account: str) -> int:
        """What an account of the ledger holds according to its entries; `receivable` is everybody's together."""
        entries = self.all(LedgerEntry)
        return sum(entry.amount_minor for entry in entries if entry.account.partition(":")[0] == account)

    def facts(self) -> dict[str, list[list[object]]]:
        """What the hub believes about money."""
        with self.hub.database.reading() as session:
            return facts(session)

    def digest(self) -> str:
        """One hash of it."""
        with self.hub.database.reading() as session:
            return digest(session)

    def violations(self) -> dict[str, list[str]]:
        """The invariants that do not hold; empty when all is well."""
        with self.hub.database.reading() as session:
            found = {one.number: list(one.violations(session)) for one in INVARIANTS}
        return {number: words for number, words in found.items() if words}


def scene(url: str, *, connector: str = "pretend", watch: Watch | None = None, **options: Any) -> Scene:
    """A new pretend shop, connected."""
    watch = watch or Watch()
    hub = open_hub(url, watch, **options)
    return Scene(hub, watch, *connected(hub, connector, "The shop"))


def connected(hub: Hub, connector: str, label: str) -> tuple[PretendShop, Connection]:
    """A new pretend shop and the hub's connection to it."""
    shop = PretendShop(f"shop-{uuid4().hex[:8]}")
    SHOPS[shop.name] = shop
    connection, _, _ = connect(hub, connector, label, {"shop": shop.name})
    return shop, connection


def beside(first: Scene, connector: str = "crm", label: str = "The CRM") -> Scene:
    """One more pretend source, connected to the same hub."""
    shop = PretendShop(f"source-{uuid4().hex[:8]}")
    SHOPS[shop.name] = shop
    connection, _, _ = connect(first.hub, connector, label, {"shop": shop.name})
    return Scene(first.hub, first.watch, shop, connection)


def friend(customer: str | None = "anna", email: str | None = None) -> Contact:
    """A buyer, by customer id, by e-mail address, or both."""
    claims = [IdentityClaim(IdentityKind.CUSTOMER, customer)] if customer else []
    claims += [IdentityClaim(IdentityKind.EMAIL, email)] if email else []
    return Contact(identities=tuple(claims))


def order(
    source_id: str = "1001",
    base: str = "100.00",
    *,
    code: str | None = "MIRA",
    buyer: Contact | None = None,
    placed: timedelta = timedelta(),
    updated: timedelta = timedelta(),
    cancelled: timedelta | None = None,
    currency: str = "EUR",
    evidence: Iterable[Evidence] = (),
    refunds: Iterable[Refund] = (),
    is_paid: bool = True,
    is_test: bool = False,
) -> Order:
    """A paid order of EUR 100.00 by Anna with Mira's code; times are told from the start of the test."""
    placed_at = START + placed
    return Order(
        source_id=source_id,
        name=f"#{source_id}",
        base=Money.parse(base, currency),
        friend=buyer or friend(),
        is_paid=is_paid,
        is_test=is_test,
        placed_at=placed_at,
        updated_at=placed_at + updated,
        cancelled_at=None if cancelled is None else placed_at + cancelled,
        evidence=(*([Evidence(EvidenceKind.CODE, code)] if code else []), *evidence),
        refunds=tuple(refunds),
    )


def deal(source_id: str = "d1", base: str = "100.00", *, code: str | None = None, **changes: Any) -> Order:
    """A won deal of EUR 100.00 with Anna's contact; `code` stands in a field of the contact."""
    evidence = [Evidence(EvidenceKind.CONTACT_FIELD, code)] if code else []
    more = {name: changes.pop(name) for name in ("references", "total", "name", "kind") if name in changes}
    buyer = changes.pop("buyer", Contact(identities=(contact("c-anna"), email("anna@example.com"))))
    told = order(source_id, base, code=None, buyer=buyer, evidence=evidence, **changes)
    return replace(told, **{"kind": OrderKind.DEAL, "name": f"Deal {source_id}", **more})


def lead(source_id: str = "l1", *, code: str | None = None, **changes: Any) -> Order:
    """Anna as a qualified lead: no money yet."""
    return deal(source_id, "0.00", code=code, **{"kind": OrderKind.LEAD, "name": "Anna", **changes})


def refund(source_id: str = "r1", amount: str = "100.00", *, at: timedelta = DAY, currency: str = "EUR") -> Refund:
    """A refund, `at` after the start of the test."""
    return Refund(source_id=source_id, amount=Money.parse(amount, currency), refunded_at=START + at)


def refunded(order_id: str, told: Refund) -> OrderRefunded:
    """The refund as it is told on its own."""
    return OrderRefunded(order_id, told)


def customer(value: str) -> IdentityClaim:
    """The shop's own id of a person."""
    return IdentityClaim(IdentityKind.CUSTOMER, value)


def email(value: str) -> IdentityClaim:
    """An address."""
    return IdentityClaim(IdentityKind.EMAIL, value)


def contact(value: str) -> IdentityClaim:
    """A CRM's own id of a person."""
    return IdentityClaim(IdentityKind.CONTACT, value)
