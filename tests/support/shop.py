"""A pretend shop for tests of core: it keeps its own truth about money, and does as each test tells it."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.metadata import EntryPoint
from typing import ClassVar

from core.contract.connector import Connector, SourceAccount
from core.contract.credits import (
    Absent,
    Credit,
    Finding,
    Later,
    Outcome,
    Pushed,
    Receipt,
    Record,
    Refused,
    Undecided,
    WriteOutcome,
)
from core.contract.credits import Unsure as NoAnswer
from core.contract.errors import BadSignature, ConnectorError, NeedsAttention, NotAccepted, TryLater, Unreadable
from core.contract.events import Event, IdentityClaim, IdentityKind, Order
from core.contract.facts import FactField, FactKind
from core.contract.http import Http
from core.contract.money import Money
from core.contract.parts import Gone, Page
from core.contract.settings import setting
from core.contract.webhooks import Delivery, Reception, WebhookRequest
from core.gateway import registry
from tests.support.markers import secret

SIGNED = b"signed:"
FIELDS = (
    "code link referred_by status friends_brought revenue_brought rewards_earned rewards_pending currency "
    "last_referral_at last_reward_at trace hub_id"
).split()


@dataclass(frozen=True)
class Effect:
    """What really happened to an account here: `minor` units given, or (negative) taken back."""

    remote_id: str
    push_id: str
    recipient: str
    minor: int


@dataclass
class PretendShop:
    """The outside world of one connection. A push uses up one of `fates`, a look one of `looks`; then all goes well."""

    name: str
    currency: str | None = "EUR"
    news: dict[str, Sequence[Event] | Exception] = field(default_factory=dict)
    orders: dict[str, Order | Gone | Exception] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    fates: deque[str] = field(default_factory=deque)
    looks: deque[str] = field(default_factory=deque)
    write_fates: deque[WriteOutcome] = field(default_factory=deque)
    written: list[Record] = field(default_factory=list)
    pages: deque[Page | Exception] = field(default_factory=deque)
    cursors: list[str | None] = field(default_factory=list)
    prepared: list[str] = field(default_factory=list)
    read_together: list[int] = field(default_factory=list)
    located: list[list[str]] = field(default_factory=list)
    locate_problem: Exception | None = None
    codes: dict[str, str] = field(default_factory=dict)
    revoked: list[str | None] = field(default_factory=list)
    revoke_problem: Exception | None = None
    ping_problem: Exception | None = None
    is_recognisable: bool = True
    secret: bytes = b""

    def held(self, push_id: str) -> list[Effect]:
        """Everything here that came from that push."""
        return [effect for effect in self.effects if effect.push_id == push_id]

    def total(self) -> int:
        """What all accounts together hold, minor units."""
        return sum(effect.minor for effect in self.effects)

    def apply(self, credit: Credit) -> Receipt:
        """The credit takes effect, however often it is asked for: nothing here recognises a repeat."""
        minor = credit.amount.minor if credit.gives else -credit.amount.minor
        effect = Effect(f"{self.name}/{len(self.effects) + 1}", credit.push_id, credit.recipient, minor)
        self.effects.append(effect)
        return Receipt(effect.remote_id, credit.amount)


SHOPS: dict[str, PretendShop] = {}


# A pretend source tells whatever a test lets it tell.
ANYTHING = {f"{owner}.*": FactField(FactKind.TEXT, owner) for owner in ("order", "line", "customer", "deal", "contact")}


@dataclass(frozen=True)
class ShopSettings:
    """What a connection to a pretend shop asks for."""

    shop: str = setting("The name of the shop")
    token: str = setting("The access token", secret=True, default=secret("shpat"))


class PlainConnector(Connector):
    """The four required parts and pushing, nothing else: a source that can never be asked what happened."""

    key: ClassVar[str] = "plain"
    label: ClassVar[str] = "Plain shop"
    config_class: ClassVar[type] = ShopSettings
    reward_kinds: ClassVar[frozenset[str]] = frozenset({"store_credit"})
    facts: ClassVar[Mapping[str, FactField]] = ANYTHING
    batch_size: ClassVar[int] = 1

    def __init__(self, config: ShopSettings, http: Http) -> None:
        super().__init__(config, http)
        self.shop = SHOPS[config.shop]

    def ping(self) -> SourceAccount:
        if self.shop.ping_problem:
            raise self.shop.ping_problem
        return SourceAccount(self.shop.name, self.shop.name.title(), self.shop.currency)

    def receive(self, request: WebhookRequest) -> Reception:
        if not request.body.startswith(SIGNED):
            raise BadSignature("not signed")
        return Reception((Delivery(key=request.headers["key"], topic="news", body=request.body),))

    def read(self, delivery: Delivery) -> Sequence[Event]:
        told = self.shop.news[delivery.body.decode()]
        if isinstance(told, Exception):
            raise told
        return told

    def push(self, credits: Sequence[Credit]) -> Sequence[Outcome]:
        self.shop.credits += credits
        return [FATES[self.shop.fates.popleft() if self.shop.fates else "given"](self.shop, one) for one in credits]


class ShopConnector(PlainConnector):
    """Everything a connector can do."""

    key: ClassVar[str] = "pretend"
    duty_topics: ClassVar[frozenset[str]] = frozenset({"duty"})
    label: ClassVar[str] = "Pretend shop"
    reward_kinds: ClassVar[frozenset[str]] = frozenset({"store_credit", "gift_card"})
    record_batch_size: ClassVar[int] = 2
    default_fields: ClassVar[Mapping[str, str]] = {name: name for name in FIELDS}

    def verify(self, order_id: str) -> Order | Gone:
        found = self.shop.orders.get(order_id, Gone("deleted"))
        if isinstance(found, Exception):
            raise found
        return found

    def locate(self, identity: IdentityClaim) -> str | None:
        return self.shop.accounts.get(identity.value)

    def watermark(self, credit: Credit) -> str:
        return str(len(self.shop.effects))

    def find(self, credit: Credit, claimed: frozenset[str]) -> Finding:
        return LOOKS[self.shop.looks.popleft() if self.shop.looks else "truth"](self.shop, credit, claimed)

    def is_recognisable(self, credit: Credit) -> bool:
        return self.shop.is_recognisable

    def poll(self, cursor: str | None, now: datetime) -> Page:
        self.shop.cursors.append(cursor)
        page = self.shop.pages.popleft() if self.shop.pages else Page((), cursor or "start")
        if isinstance(page, Exception):
            raise page
        return page

    def write(self, records: Sequence[Record]) -> Sequence[WriteOutcome]:
        self.shop.written += records
        return [self.shop.write_fates.popleft() if self.shop.write_fates else None for _ in records]

    def prepare(self, webhook_url: str) -> Sequence[str]:
        self.shop.prepared.append(webhook_url)
        return ["one field is new"]


def _lost(shop: PretendShop, credit: Credit) -> Outcome:
    shop.apply(credit)
    return NoAnswer("the connection broke after the effect")


def _raised(shop: PretendShop, credit: Credit) -> Outcome:
    shop.apply(credit)
    raise RuntimeError("a bug after the effect")


def _whole(shop: PretendShop, credit: Credit) -> Outcome:
    return Pushed(Receipt(shop.apply(credit).remote_id, Money(credit.amount.minor + 600, credit.amount.currency)))


def _needs_attention(shop: PretendShop, credit: Credit) -> Outcome:
    raise NeedsAttention("the token was revoked: connect again")


def _try_later(shop: PretendShop, credit: Credit) -> Outcome:
    raise TryLater("slow down", timedelta(seconds=10))


class CrmConnector(ShopConnector):
    """A CRM: it tells, is asked, and carries fields; it reads hints together; it pays nothing."""

    key: ClassVar[str] = "crm"
    label: ClassVar[str] = "Pretend CRM"
    reward_kinds: ClassVar[frozenset[str]] = frozenset()
    read_batch_size: ClassVar[int] = 3
    push = None  # type: ignore[assignment]  # so that it is not taken for one that pays

    def read_many(self, deliveries: Sequence[Delivery]) -> Sequence[Sequence[Event] | ConnectorError]:
        self.shop.read_together.append(len(deliveries))
        return [self._told(delivery) for delivery in deliveries]

    def receive(self, request: WebhookRequest) -> Reception:
        """One delivery per line of the body: the account it belongs to, and its key."""
        if self.shop.secret not in request.body:
            raise BadSignature("not signed with this account's own secret")
        told = [line.split() for line in request.body.decode().removeprefix("signed:").splitlines()]
        if request.path.endswith("/wrong"):
            raise NotAccepted(404, "a wrong token")
        super().receive(replace(request, headers={"key": "any"}))
        return Reception(tuple(Delivery(key=key, topic="news", body=b"", source=source) for source, key in told))

    locate_batch_size: ClassVar[int] = 2

    def locate_many(self, addresses: Sequence[IdentityClaim]) -> Sequence[IdentityClaim | None]:
        if self.shop.locate_problem:
            raise self.shop.locate_problem
        self.shop.located.append([claim.value for claim in addresses])
        found = [self.shop.accounts.get(claim.value) for claim in addresses]
        return [IdentityClaim(IdentityKind.CONTACT, one) if one else None for one in found]

    def _told(self, delivery: Delivery) -> Sequence[Event] | ConnectorError:
        try:
            return self.read(delivery)
        except ConnectorError as problem:
            return problem


class PortalConnector(CrmConnector):
    """A CRM whose admin has to agree; `codes` of the shop say as whom each code lets us in."""

    key: ClassVar[str] = "portal"
    label: ClassVar[str] = "Pretend portal"

    def is_installed(self) -> bool:
        return self.keep.get("tokens") is not None

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        return f"https://portal.example/agree?state={state}&back={redirect_uri}"

    def exchange(self, code: str, redirect_uri: str) -> SourceAccount:
        account = self.shop.codes.pop(code, None)
        if account is None:
            raise NeedsAttention("the code is used up: begin again")
        self.keep.change("tokens", lambda _known: f"tokens of {account}")
        return SourceAccount(account, account.title())

    def revoke(self) -> Sequence[str]:
        self.shop.revoked.append(self.keep.get("tokens"))
        if self.shop.revoke_problem:
            raise self.shop.revoke_problem
        self.keep.change("tokens", lambda _known: "")
        return ["remove the app from the list of apps"]


FATES: dict[str, Callable[[PretendShop, Credit], Outcome]] = {
    "given": lambda shop, credit: Pushed(shop.apply(credit)),
    "refused": lambda shop, credit: Refused("the account is closed"),
    "later": lambda shop, credit: Later("busy", timedelta(seconds=10)),
    "try_later": _try_later,
    "lost_after": _lost,
    "lost_before": lambda shop, credit: NoAnswer("the connection broke before the effect"),
    "raises": _raised,
    "whole": _whole,
    "needs_attention": _needs_attention,
}


def _truth(shop: PretendShop, credit: Credit, claimed: frozenset[str]) -> Finding:
    found = [effect for effect in shop.held(credit.push_id) if effect.remote_id not in claimed]
    if len(found) > 1:
        return Undecided(f"{len(found)} effects of one push")
    return Receipt(found[0].remote_id, Money(abs(found[0].minor), credit.amount.currency)) if found else Absent()


def _busy(shop: PretendShop, credit: Credit, claimed: frozenset[str]) -> Finding:
    raise TryLater("the index is being rebuilt")


LOOKS: dict[str, Callable[[PretendShop, Credit, frozenset[str]], Finding]] = {
    "truth": _truth,
    "absent": lambda shop, credit, claimed: Absent("not there"),
    "undecided": lambda shop, credit, claimed: Undecided("two credits look alike"),
    "busy": _busy,
}


def install_pretend_shops() -> None:
    """The hub finds these connectors as it finds any other: by their entry points."""
    for kind in (PlainConnector, ShopConnector, CrmConnector, PortalConnector):
        point = EntryPoint(kind.key, f"tests.support.shop:{kind.__name__}", registry.GROUP)
        registry._found().setdefault(kind.key, point)


def unreadable() -> Unreadable:
    """What `read` raises for a body that means nothing."""
    return Unreadable("this is not an order")
