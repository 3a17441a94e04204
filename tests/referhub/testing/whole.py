"""A connector that declares every part of the contract and keeps every rule: planted bugs are subclasses of it."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlencode

import referhub as hub
from tests.referhub.testing.vendor import BASE, proof_of

OVERLAP = timedelta(minutes=5)


@dataclass(frozen=True)
class WholeConfig:
    """What the vendor needs to know of us."""

    secret: str = hub.setting("Signs the webhooks", secret=True)
    token: str = hub.setting("Of our app there", secret=True)
    base: str = hub.setting("Where the vendor's API answers", default=BASE)

    def __post_init__(self) -> None:
        if not self.base.startswith("https://"):
            raise hub.WrongSetting("base must begin with https://")


class Whole(hub.Connector):
    """Everything, over one little JSON API."""

    key: ClassVar[str] = "whole"
    label: ClassVar[str] = "Whole vendor"
    config_class: ClassVar[type] = WholeConfig
    reward_kinds: ClassVar[frozenset[str]] = frozenset({"discount_code"})
    facts: ClassVar[Mapping[str, hub.FactField]] = {"order.tags": hub.FactField(hub.FactKind.LIST, "the tags")}
    batch_size: ClassVar[int] = 10
    read_batch_size: ClassVar[int] = 100
    record_batch_size: ClassVar[int] = 100
    locate_batch_size: ClassVar[int] = 50
    bulk_above = 1_000
    bulk_batch_size: ClassVar[int] = 5_000
    shared_fields: ClassVar[frozenset[str]] = frozenset({"referred_by"})
    default_fields: ClassVar[Mapping[str, str]] = {
        "code": "ref_code",
        "link": "ref_link",
        "referred_by": "ref_by",
        "status": "ref_status",
        "friends_brought": "ref_count",
        "revenue_brought": "ref_revenue",
        "rewards_earned": "ref_earned",
        "rewards_pending": "ref_pending",
        "currency": "ref_currency",
        "last_referral_at": "ref_last_at",
        "last_reward_at": "ref_reward_at",
        "trace": "ref_trace",
        "hub_id": "ref_hub",
    }

    def __init__(self, config: WholeConfig, http: hub.Http) -> None:
        super().__init__(config, http)
        self.heard: hub.Usage | None = None

    # The network

    def ask(self, method: str, path: str, wanted: object = None) -> hub.HttpResponse:
        token = self.keep.get("token")
        headers = {"authorization": f"Bearer {self.config.token if token is None else token}"}
        answer = self.http.request(method, f"{self.config.base}/{path}", headers=headers, json=wanted)
        if answer.headers.get("x-limit"):
            self.heard = hub.Usage(int(answer.headers["x-used"]), int(answer.headers["x-limit"]))
        return answer

    def told(self, method: str, path: str, wanted: object = None, *, fine: Sequence[int] = (200, 201)) -> Any:
        """The object answered; None for 404 if that is fine."""
        try:
            answer = self.ask(method, path, wanted)
        except (hub.NotSent, hub.AnswerLost):
            raise hub.TryLater("the vendor does not answer") from None
        if answer.status in (401, 403):
            raise hub.NeedsAttention("the vendor lets us in no longer: connect again")
        if answer.status not in fine:
            raise hub.TryLater(f"the vendor answers HTTP {answer.status}")
        return None if answer.status == 404 else parsed(answer)

    # Who

    def ping(self) -> hub.SourceAccount:
        with odd_answers_wait():
            me = self.told("GET", "me")
            return hub.SourceAccount(text(me["id"]), text(me["name"]))

    def usage(self) -> hub.Usage | None:
        return self.heard

    def is_installed(self) -> bool:
        return self.keep.get("token") != ""

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        return f"{self.config.base}/agree?{urlencode({'state': state, 'redirect_uri': redirect_uri})}"

    def exchange(self, code: str, redirect_uri: str) -> hub.SourceAccount:
        try:
            answer = self.ask("POST", "token", {"code": code})
        except (hub.NotSent, hub.AnswerLost):
            raise hub.TryLater("the vendor does not answer") from None
        if answer.status != 200:
            raise hub.NeedsAttention("the vendor does not know this code: connect again")
        token = text(parsed(answer)["token"])
        self.keep.change("token", lambda _old: token)
        return self.ping()

    def prove_return(self, query: str, now: datetime) -> None:
        told = dict(parse_qsl(query))
        proof = told.pop("proof", "")
        if not hmac.compare_digest(proof.encode(), proof_of(told, self.config.secret).encode()):
            raise hub.NotProven("the vendor did not sign this address")
        if now - moment(told["at"]) > timedelta(hours=1):
            raise hub.NotProven("that was too long ago")

    def renew(self) -> None:
        if self.keep.get("renewed"):
            return
        self.ping()
        self.keep.change("renewed", lambda _old: "yes")

    def revoke(self) -> Sequence[str]:
        found: list[str] = []
        try:
            self.told("DELETE", "me", {"token": self.keep.get("token")})
        except hub.ConnectorError as problem:
            found = [f"remove the app there: {problem}"]
        self.keep.change("token", lambda _old: "")
        return found

    # What comes

    def receive(self, request: hub.WebhookRequest) -> hub.Reception:
        expected = hmac.new(self.config.secret.encode(), request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), request.headers.get("x-signature", "").encode()):
            raise hub.BadSignature("not signed")
        key = hashlib.sha256(request.body).hexdigest()
        return hub.Reception((hub.Delivery(key=key, topic="order", body=request.body),))

    def read(self, delivery: hub.Delivery) -> Sequence[hub.Event]:
        order_id = self.hinted(delivery)
        with odd_answers_wait():
            found = self.told("GET", f"orders/{quote(order_id, safe='')}", fine=(200, 404))
            return [] if found is None else [hub.OrderPaid(order_from(found))]

    def read_many(self, deliveries: Sequence[hub.Delivery]) -> Sequence[Sequence[hub.Event] | hub.ConnectorError]:
        hints: list[str | hub.ConnectorError] = [self.hint_or_problem(one) for one in deliveries]
        ids = [one for one in hints if isinstance(one, str)]
        with odd_answers_wait():
            told = self.told("GET", f"orders?{urlencode({'ids': ','.join(ids)})}")["orders"]
            orders = {order.source_id: order for order in map(order_from, told)}
        return [
            one if isinstance(one, hub.ConnectorError) else [hub.OrderPaid(orders[one])] if one in orders else []
            for one in hints
        ]

    def hint_or_problem(self, delivery: hub.Delivery) -> str | hub.ConnectorError:
        try:
            return self.hinted(delivery)
        except hub.ConnectorError as problem:
            return problem

    def hinted(self, delivery: hub.Delivery) -> str:
        try:
            return text(json.loads(delivery.body)["order"])
        except (ValueError, TypeError, LookupError, RecursionError):
            raise hub.Unreadable("no hint of an order") from None

    # What is asked

    def poll(self, cursor: str | None, now: datetime) -> hub.Page:
        since = START_OF_TIME if cursor is None else self.cursor_from(cursor)
        with odd_answers_wait():
            told = self.told("GET", f"orders?{urlencode({'since': (since - OVERLAP).isoformat()})}")["orders"]
            changed = [(text(one["id"]), moment(one["modified"])) for one in told]
        found = tuple(self.polled(order_id, at) for order_id, at in changed)
        return hub.Page(found, max([since, *(at for _order_id, at in changed)]).isoformat())

    def polled(self, order_id: str, at: datetime) -> hub.Delivery:
        body = json.dumps({"order": order_id}).encode()
        return hub.Delivery(key=f"poll:{order_id}:{at.isoformat()}", topic="order", body=body)

    def cursor_from(self, cursor: str) -> datetime:
        try:
            return moment(cursor)
        except ValueError:
            raise hub.Unreadable("the polling cursor is not one of ours") from None

    def verify(self, order_id: str) -> hub.Order | hub.Gone:
        with odd_answers_wait():
            found = self.told("GET", f"orders/{quote(order_id, safe='')}", fine=(200, 404))
            return hub.Gone("the vendor no longer has it") if found is None else order_from(found)

    def locate(self, identity: hub.IdentityClaim) -> str | None:
        if identity.kind is not hub.IdentityKind.EMAIL:
            return None
        with odd_answers_wait():
            people = self.told("GET", f"people?{urlencode({'email': identity.value or '-'})}")["people"]
            return text(people[0]["id"]) if people else None

    def locate_many(self, addresses: Sequence[hub.IdentityClaim]) -> Sequence[hub.IdentityClaim | None]:
        with odd_answers_wait():
            emails = ",".join(one.value for one in addresses)
            people = self.told("GET", f"people?{urlencode({'emails': emails})}")["people"]
            found = {text(one["email"]): hub.IdentityClaim(hub.IdentityKind.CONTACT, text(one["id"])) for one in people}
            return [found.get(one.value) for one in addresses]

    # What is paid

    def push(self, credits: Sequence[hub.Credit]) -> Sequence[hub.Outcome]:
        return [self.give(credit) if credit.gives else self.take_back(credit) for credit in credits]

    def give(self, credit: hub.Credit) -> hub.Outcome:
        if credit.kind not in self.reward_kinds:
            return hub.Refused(f"no reward of the kind {credit.kind}")
        wanted = {
            "code": credit.code,
            "push": credit.push_id,
            "person": credit.recipient,
            "amount": credit.amount.text(),
            "currency": credit.amount.currency,
        }
        return self.sent("POST", "coupons", wanted, credit)

    def take_back(self, credit: hub.Credit) -> hub.Outcome:
        return self.sent("DELETE", f"coupons/{credit.receipt}", None, credit)

    def sent(self, method: str, path: str, wanted: object, credit: hub.Credit) -> hub.Outcome:
        try:
            answer = self.ask(method, path, wanted)
        except hub.NotSent:
            return hub.Later("the vendor does not answer")
        except hub.AnswerLost:
            return hub.Unsure("the answer was lost")
        if answer.status in (401, 403):
            raise hub.NeedsAttention("the vendor lets us in no longer: connect again")
        if answer.status == 429:
            return hub.Later("slow down")
        if answer.status in (400, 404, 422):
            return hub.Refused("the vendor said no")
        receipt = self.receipt(answer, credit)
        return hub.Pushed(receipt) if receipt and answer.status in (200, 201, 409) else hub.Unsure("no proof")

    def receipt(self, answer: hub.HttpResponse, credit: hub.Credit) -> hub.Receipt | None:
        """The proof in an answer that shows the coupon as it should now be."""
        try:
            body = parsed(answer)
            if body["is_on"] != credit.gives or body["code"] != (credit.code if credit.gives else credit.receipt):
                return None
            return hub.Receipt(body["code"] if credit.gives else f"{body['code']}#off", credit.amount)
        except (hub.ConnectorError, LookupError, TypeError):
            return None

    def find(self, credit: hub.Credit, claimed: frozenset[str]) -> hub.Finding:
        code = credit.code if credit.gives else str(credit.receipt)
        try:
            answer = self.ask("GET", f"coupons/{code}")
        except (hub.NotSent, hub.AnswerLost):
            raise hub.TryLater("the vendor does not answer") from None
        if answer.status == 404:
            return hub.Absent()
        receipt = self.receipt(answer, credit)
        if receipt:
            return receipt
        if not credit.gives and answer.status == 200 and self.receipt(answer, as_given(credit)):
            return hub.Absent("it is still on")
        raise hub.TryLater("the vendor's answer proves nothing")

    def is_recognisable(self, credit: hub.Credit) -> bool:
        return True

    def watermark(self, credit: hub.Credit) -> str:
        return text(self.ping().source_id)

    # What is written

    def write(self, records: Sequence[hub.Record]) -> Sequence[hub.WriteOutcome]:
        wanted = [
            {"id": one.source_id, "fields": {name: self.spelt(v, name) for name, v in one.fields.items()}}
            for one in records
        ]
        try:
            results = self.told("POST", "people", {"records": wanted})["results"]
            return [self.result(one) for one in results] if len(results) == len(records) else self.later(records)
        except (hub.TryLater, hub.Unreadable, LookupError, TypeError):
            return self.later(records)

    def result(self, told: Any) -> hub.WriteOutcome:
        return None if told["status"] == "ok" else hub.NotThere("the vendor does not have this person")

    def later(self, records: Sequence[hub.Record]) -> Sequence[hub.WriteOutcome]:
        return [hub.Later("the vendor does not answer") for _ in records]

    def write_in_bulk(self, records: Sequence[hub.Record]) -> Sequence[hub.WriteOutcome]:
        return self.write(records)

    def show(
        self, source_ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[str, Mapping[str, str | None] | hub.Gone]:
        with odd_answers_wait():
            told = self.told("GET", f"people?{urlencode({'ids': ','.join(source_ids)})}")["people"]
            there = {text(one["id"]): one["fields"] for one in told}
            return {
                one: {name: there[one].get(name) for name in fields} if one in there else hub.Gone("not there")
                for one in source_ids
            }

    def spelt(self, value: Any, field: str) -> str | None:
        if isinstance(value, hub.Money):
            return value.text()
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat()
        return None if value is None else str(value)

    def check_fields(self, fields: Mapping[str, str]) -> Mapping[str, str]:
        with odd_answers_wait():
            there = set(self.told("GET", "fields")["fields"])
        return {name: f"make the field {name}" for name in fields.values() if name not in there}

    def prepare(self, webhook_url: str) -> Sequence[str]:
        with odd_answers_wait():
            if webhook_url not in self.told("GET", "hooks")["hooks"]:
                self.told("POST", "hooks", {"url": webhook_url})
        return []


START_OF_TIME = datetime(2020, 1, 1, tzinfo=UTC)


@contextmanager
def odd_answers_wait() -> Iterator[None]:
    """An answer of another shape than the vendor's is nobody's fault: try later."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, hub.Unreadable):
        raise hub.TryLater("the vendor's answer could not be read") from None


def parsed(answer: hub.HttpResponse) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise hub.Unreadable("no JSON") from None


def text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("no text")
    return value


def moment(value: str) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("naive")
    return at.astimezone(UTC)


def as_given(credit: hub.Credit) -> hub.Credit:
    from dataclasses import replace

    return replace(credit, gives=True, code=str(credit.receipt))


def order_from(told: Mapping[str, Any]) -> hub.Order:
    at = moment(told["modified"])
    return hub.Order(
        source_id=text(told["id"]),
        name=text(told["id"]),
        base=hub.Money.parse(told["total"], "EUR"),
        friend=hub.Contact(identities=(hub.IdentityClaim(hub.IdentityKind.CUSTOMER, text(told["person"])),)),
        is_paid=True,
        is_test=False,
        placed_at=at,
        updated_at=at,
        is_current=True,
    )
