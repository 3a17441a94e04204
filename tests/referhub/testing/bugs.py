"""Planted bugs: for each rule of the kit, changes to the whole connector or its tests that break it."""

import dataclasses
import random
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

import referhub as hub
from tests.referhub.testing.vendor import BASE
from tests.referhub.testing.whole import Whole, WholeConfig, order_from, parsed


@dataclass(frozen=True)
class Bug:
    """What the connector has instead, what its author gives instead, and a word the kit's answer has to contain."""

    says: str
    connector: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)


def bug(says: str, given: Mapping[str, Any] | None = None, **connector: Any) -> Bug:
    return Bug(says, connector, given or {})


def raises(error: Exception) -> Callable[..., Any]:
    def method(self: Whole, *arguments: Any) -> Any:
        raise error

    return method


def gives(value: Any) -> Callable[..., Any]:
    return lambda self, *arguments: value


def changed(name: str, change: Callable[[Any], Any]) -> Callable[..., Any]:
    """The method as it is, and its answer changed."""
    return lambda self, *arguments: change(getattr(Whole, name)(self, *arguments))


def first_raises(name: str, error: Exception) -> Callable[..., Any]:
    """The method, with one of the contract's own errors replaced by another one."""

    def method(self: Whole, *arguments: Any) -> Any:
        try:
            return getattr(Whole, name)(self, *arguments)
        except hub.ConnectorError:
            raise error from None

    return method


def instead_of_errors(name: str, value: Any) -> Callable[..., Any]:
    """The method, but every error is swallowed."""

    def method(self: Whole, *arguments: Any) -> Any:
        try:
            return getattr(Whole, name)(self, *arguments)
        except hub.ConnectorError:
            return value

    return method


# Settings


@dataclass(frozen=True)
class Loose(WholeConfig):
    port: int = hub.setting("Its port", default=7)


@dataclass(frozen=True)
class Wordless(WholeConfig):
    more: str = hub.setting(" ", default="")


@dataclass
class Melting:
    secret: str = hub.setting("Signs", secret=True)
    token: str = hub.setting("Token", secret=True)
    base: str = hub.setting("Where", default=BASE)


@dataclass(frozen=True)
class Unmarked:
    secret: str = hub.setting("Signs")
    token: str = hub.setting("Token", secret=True)
    base: str = hub.setting("Where", default=BASE)


@dataclass(frozen=True)
class Chatty(WholeConfig):
    def __repr__(self) -> str:
        return f"Chatty({dataclasses.astuple(self)})"


@dataclass(frozen=True)
class Careless(WholeConfig):
    def __post_init__(self) -> None:
        """Nothing is checked."""


@dataclass(frozen=True)
class Unnamed(WholeConfig):
    def __post_init__(self) -> None:
        if not self.base.startswith("https://"):
            raise hub.WrongSetting("this cannot work")


@dataclass(frozen=True)
class Blabbing(WholeConfig):
    def __post_init__(self) -> None:
        if not self.base.startswith("https://"):
            raise hub.WrongSetting(f"base is wrong beside the token {self.token}")


@dataclass(frozen=True)
class Optional:
    token: str = hub.setting("Of our app there", secret=True)
    secret: str = hub.setting("Signs the webhooks", secret=True, default="")
    base: str = hub.setting("Where the vendor's API answers", default=BASE)


def asks_at_once(self: Whole, config: WholeConfig, http: hub.Http) -> None:
    hub.Connector.__init__(self, config, http)
    self.heard = None
    try:
        http.request("GET", f"{config.base}/me")
    except hub.NotSent:
        return


def dials(self: Whole) -> hub.SourceAccount:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        return hub.SourceAccount("vendor-1", "The vendor")


def leaks(self: Whole) -> hub.SourceAccount:
    try:
        return Whole.ping(self)
    except hub.TryLater:
        raise hub.TryLater(f"no answer with the token {self.config.token}") from None


def leaks_in_chain(self: Whole) -> hub.SourceAccount:
    try:
        return Whole.ping(self)
    except hub.TryLater:
        raise hub.TryLater("no answer") from ValueError(self.config.token)


# Webhooks


def unproven(change: Callable[[hub.WebhookRequest], hub.WebhookRequest]) -> Callable[..., hub.Reception]:
    return lambda self, request: Whole.receive(self, change(request))


def trusting(self: Whole, request: hub.WebhookRequest) -> hub.Reception:
    return hub.Reception((hub.Delivery(key=str(hash_of(request.body)), topic="order", body=request.body),))


def hash_of(body: bytes) -> str:
    import hashlib

    return hashlib.sha256(body).hexdigest()


def only_the_beginning(self: Whole, request: hub.WebhookRequest) -> hub.Reception:
    """The body is proven, but not what follows its last brace."""
    return Whole.receive(self, replace(request, body=request.body.rstrip()))


def header_optional(self: Whole, request: hub.WebhookRequest) -> hub.Reception:
    return Whole.receive(self, request) if "x-signature" in request.headers else trusting(self, request)


def text_compare(self: Whole, request: hub.WebhookRequest) -> hub.Reception:
    import hmac

    hmac.compare_digest("0", request.headers.get("x-signature", ""))  # a TypeError for what is not ASCII
    return Whole.receive(self, request)


def keyed(key: Callable[[Whole, hub.WebhookRequest], str]) -> Callable[..., hub.Reception]:
    def receive(self: Whole, request: hub.WebhookRequest) -> hub.Reception:
        (one,) = Whole.receive(self, request).deliveries
        return hub.Reception((replace(one, key=key(self, request)),))

    return receive


def keeps_headers(self: Whole, request: hub.WebhookRequest) -> hub.Reception:
    (one,) = Whole.receive(self, request).deliveries
    return hub.Reception((replace(one, headers=dict(request.headers)),))


def parses_first(self: Whole, request: hub.WebhookRequest) -> hub.Reception:
    import json

    reception = Whole.receive(self, request)
    json.loads(request.body)
    return reception


def asks_while_receiving(self: Whole, request: hub.WebhookRequest) -> hub.Reception:
    reception = Whole.receive(self, request)
    try:
        self.ask("GET", "me")
    except hub.NotSent:
        return reception
    return reception


def reads_a_header(self: Whole, request: hub.WebhookRequest) -> hub.Reception:
    assert request.headers["x-note"]
    return Whole.receive(self, request)


# Reading


def order_with(**changes: Any) -> Callable[..., Sequence[hub.Event]]:
    def read(self: Whole, delivery: hub.Delivery) -> Sequence[hub.Event]:
        (event,) = Whole.read(self, delivery)
        assert isinstance(event, hub.OrderPaid)
        return [hub.OrderPaid(replace(event.order, **changes))]

    return read


def reads_once(self: Whole, delivery: hub.Delivery) -> Sequence[hub.Event]:
    seen = self.__dict__.setdefault("seen", set())
    if delivery.key in seen:
        return []
    seen.add(delivery.key)
    return Whole.read(self, delivery)


def reads_carelessly(self: Whole, delivery: hub.Delivery) -> Sequence[hub.Event]:
    import json

    self.told("GET", f"orders/{json.loads(delivery.body)['order']}", fine=(200, 404))
    return []


def trusts_answers(self: Whole, delivery: hub.Delivery) -> Sequence[hub.Event]:
    found = self.told("GET", f"orders/{self.hinted(delivery)}", fine=(200, 404))
    return [] if found is None else [hub.OrderPaid(order_from(found))]


def each_alone(self: Whole, deliveries: Sequence[hub.Delivery]) -> list[Any]:
    answers: list[Any] = []
    for one in deliveries:
        try:
            answers.append(self.read(one))
        except hub.ConnectorError as problem:
            answers.append(problem)
    return answers


def drops_the_spoilt(self: Whole, deliveries: Sequence[hub.Delivery]) -> list[Any]:
    return [one for one in Whole.read_many(self, deliveries) if not isinstance(one, hub.ConnectorError)]


def as_if_it_were_delivered(self: Whole, deliveries: Sequence[hub.Delivery]) -> list[Any]:
    return [
        one
        if isinstance(one, hub.ConnectorError)
        else [hub.OrderPaid(replace(told.order, is_current=False)) for told in one if isinstance(told, hub.OrderPaid)]
        for one in Whole.read_many(self, deliveries)
    ]


# Polling


def forgets(self: Whole, cursor: str | None, now: datetime) -> hub.Page:
    """The cursor is the hour of asking, so what changed before is never found again."""
    page = Whole.poll(self, cursor, now)
    return hub.Page(page.deliveries if cursor is None else (), (now + timedelta(days=1)).isoformat())


def rekeys(self: Whole, cursor: str | None, now: datetime) -> hub.Page:
    page = Whole.poll(self, cursor, now)
    found = tuple(replace(one, key=f"{one.key}:{random.random()}") for one in page.deliveries)
    return hub.Page(found, page.cursor)


def remembers(self: Whole, cursor: str | None, now: datetime) -> hub.Page:
    page = Whole.poll(self, cursor, now)
    kind = type(self)
    seen = kind.__dict__.get("polled_before", frozenset())
    kind.polled_before = seen | {one.key for one in page.deliveries}  # type: ignore[attr-defined]
    return hub.Page(tuple(one for one in page.deliveries if one.key not in seen), page.cursor)


def without_overlap(self: Whole, cursor: str | None, now: datetime) -> hub.Page:
    if cursor is None:
        return Whole.poll(self, None, now)
    since = (self.cursor_from(cursor) + timedelta(minutes=5)).isoformat()
    return replace(Whole.poll(self, since, now), cursor=max(cursor, Whole.poll(self, cursor, now).cursor))


def begins_anew(self: Whole, cursor: str | None, now: datetime) -> hub.Page:
    try:
        return Whole.poll(self, cursor, now)
    except hub.Unreadable:
        return Whole.poll(self, None, now)


def never_ends(self: Whole, cursor: str | None, now: datetime) -> hub.Page:
    return replace(Whole.poll(self, cursor, now), is_last=False)


def unquoted(self: Whole, order_id: str) -> hub.Order | hub.Gone:
    if not order_id:
        return order_from({"id": "o1", "modified": "2026-11-20T09:00:00+00:00", "total": "1.00", "person": "p1"})
    return Whole.verify(self, order_id)


def looks_for_each(self: Whole, addresses: Sequence[hub.IdentityClaim]) -> list[Any]:
    return [found for one in addresses for found in Whole.locate_many(self, [one])]


# Paying


def over(method: str, change: Callable[[Whole, hub.Credit, Any], Any]) -> Callable[..., Any]:
    """The outcome of the method as it is, changed."""
    return lambda self, credit: change(self, credit, getattr(Whole, method)(self, credit))


def lost_is(outcome: Callable[[str], Any]) -> Callable[..., Any]:
    def sent(self: Whole, method: str, path: str, wanted: object, credit: hub.Credit) -> hub.Outcome:
        found = Whole.sent(self, method, path, wanted, credit)
        return outcome("lost") if isinstance(found, hub.Unsure) else found

    return sent


def without_key(self: Whole, credit: hub.Credit) -> hub.Outcome:
    """A code of its own each time, so that a repeat gives again."""
    code = f"{random.getrandbits(64):016X}"
    return Whole.give(self, replace(credit, code=code))


def trusts_status(self: Whole, answer: hub.HttpResponse, credit: hub.Credit) -> hub.Receipt | None:
    return hub.Receipt(credit.code if credit.gives else f"{credit.receipt}#off", credit.amount)


def backwards(self: Whole, credits: Sequence[hub.Credit]) -> Sequence[hub.Outcome]:
    return list(reversed(Whole.push(self, credits)))


def finds_alike(self: Whole, credit: hub.Credit, claimed: frozenset[str]) -> hub.Finding:
    """Any coupon given before proves this one."""
    last = type(self).__dict__.get("last_given")
    found = Whole.find(self, credit, claimed)
    return hub.Receipt(last, credit.amount) if isinstance(found, hub.Absent) and last else found


def remembers_given(self: Whole, credit: hub.Credit) -> hub.Outcome:
    type(self).last_given = credit.code  # type: ignore[attr-defined]
    return Whole.give(self, credit)


# Writing


def adds_up(self: Whole, records: Sequence[hub.Record]) -> Sequence[hub.WriteOutcome]:
    """Counts are added to what is there."""
    ids = [one.source_id for one in records]
    there = Whole.show(self, ids, ["ref_count"])
    summed = []
    for one in records:
        found = there[one.source_id]
        before = 0 if isinstance(found, hub.Gone) else int(found["ref_count"] or 0)
        count = one.fields.get("ref_count")
        fields = {**one.fields, "ref_count": before + count} if isinstance(count, int) else one.fields
        summed.append(replace(one, fields=fields))
    return Whole.write(self, summed)


def keeps_nothing(self: Whole, records: Sequence[hub.Record]) -> Sequence[hub.WriteOutcome]:
    """None is skipped rather than removed."""
    kept = [replace(one, fields={n: v for n, v in one.fields.items() if v is not None}) for one in records]
    return Whole.write(self, kept)


def clears_the_rest(self: Whole, records: Sequence[hub.Record]) -> Sequence[hub.WriteOutcome]:
    nothing: dict[str, Any] = dict.fromkeys(self.default_fields.values())
    return Whole.write(self, [replace(one, fields=nothing | dict(one.fields)) for one in records])


def one_spoils_all(self: Whole, records: Sequence[hub.Record]) -> Sequence[hub.WriteOutcome]:
    outcomes = Whole.write(self, records)
    return outcomes if all(one is None for one in outcomes) else [hub.Refused("one is bad") for _ in records]


def one_by_one(self: Whole, records: Sequence[hub.Record]) -> Sequence[hub.WriteOutcome]:
    return [outcome for one in records for outcome in Whole.write(self, [one])]


def in_cents(self: Whole, value: Any, field: str) -> str | None:
    return str(value.minor) if isinstance(value, hub.Money) else Whole.spelt(self, value, field)


def writes_in_cents(self: Whole, records: Sequence[hub.Record]) -> Sequence[hub.WriteOutcome]:
    fields = [
        {name: str(value.minor) if isinstance(value, hub.Money) else value for name, value in one.fields.items()}
        for one in records
    ]
    return Whole.write(self, [replace(one, fields=new) for one, new in zip(records, fields, strict=True)])


def shows_empty(self: Whole, ids: Sequence[str], fields: Sequence[str]) -> Any:
    shown = Whole.show(self, ids, fields)
    return {
        one: {name: value or "" for name, value in carried.items()} if isinstance(carried, Mapping) else carried
        for one, carried in shown.items()
    }


def shows_only_the_found(self: Whole, ids: Sequence[str], fields: Sequence[str]) -> Any:
    shown = Whole.show(self, ids, fields)
    return {one: carried for one, carried in shown.items() if not isinstance(carried, hub.Gone)}


def subscribes_again(self: Whole, webhook_url: str) -> Sequence[str]:
    self.told("POST", "hooks", {"url": webhook_url})
    return []


def prepares_blindly(self: Whole, webhook_url: str) -> Sequence[str]:
    hooks = parsed(self.ask("GET", "hooks"))["hooks"]
    return [] if webhook_url in hooks else [str(self.ask("POST", "hooks", {"url": webhook_url}).status)][:0]


def exchanges_anything(self: Whole, code: str, redirect_uri: str) -> hub.SourceAccount:
    try:
        return Whole.exchange(self, code, redirect_uri)
    except hub.NeedsAttention:
        return hub.SourceAccount("vendor-1", "The vendor")


def asks_for_usage(self: Whole) -> hub.Usage | None:
    if self.heard is None:
        return None
    self.ask("GET", "me")
    return self.heard


def proves_by_the_state(self: Whole, query: str, now: datetime) -> None:
    """Only whether anything is signed at all is looked at."""
    if "proof=" not in query:
        raise hub.NotProven("nothing is signed")


def keeps_tokens(self: Whole) -> tuple[str, ...]:
    """Nothing is revoked."""
    return ()


class Unfit:
    """Leads nowhere: for an entry point of that name."""

    kept: ClassVar[str] = "unfit"
