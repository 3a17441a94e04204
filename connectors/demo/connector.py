"""The hello-world of connectors: a webshop that posts signed JSON and takes credits at a URL."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import referhub as hub


@dataclass(frozen=True)
class DemoConfig:
    """What the connect form asks for."""

    secret: str = hub.setting("The webshop signs its webhooks with it", secret=True)
    credits_url: str = hub.setting("Where credits are posted, such as https://shop.example/credits")

    def __post_init__(self) -> None:
        if not self.credits_url.startswith(("https://", "http://")):
            raise hub.WrongSetting("credits_url must begin with https:// (http:// only on this computer)")


class Demo(hub.Connector):
    """Receives, reads and pushes; `find` makes a lost answer harmless."""

    key: ClassVar[str] = "demo"
    label: ClassVar[str] = "Demo webshop"
    config_class: ClassVar[type] = DemoConfig
    reward_kinds: ClassVar[frozenset[str]] = frozenset({"store_credit"})
    batch_size: ClassVar[int] = 1

    def ping(self) -> hub.SourceAccount:
        try:
            answer = self.http.request("GET", self.config.credits_url)
        except (hub.NotSent, hub.AnswerLost):
            raise hub.TryLater("the webshop does not answer") from None
        if answer.status == 429 or answer.status >= 500:
            raise hub.TryLater(f"the webshop answers HTTP {answer.status}")
        if answer.status != 200:
            raise hub.NeedsAttention(f"the webshop answers HTTP {answer.status}: check credits_url")
        return hub.SourceAccount(source_id=self.config.credits_url, name="Demo webshop")

    def receive(self, request: hub.WebhookRequest) -> hub.Reception:
        expected = hmac.new(self.config.secret.encode(), request.body, hashlib.sha256).hexdigest()
        given = request.headers.get("x-demo-signature", "")
        if not hmac.compare_digest(expected.encode(), given.encode()):  # bytes: a header may hold anything
            raise hub.BadSignature("the webhook is not signed with this connection's secret")
        # The same on every retry. Where a sender numbers nothing, a hash of the body will do.
        key = request.headers.get("x-demo-delivery") or hashlib.sha256(request.body).hexdigest()
        topic = request.headers.get("x-demo-topic", "")
        return hub.Reception((hub.Delivery(key=key, topic=topic, body=request.body),))

    def read(self, delivery: hub.Delivery) -> Sequence[hub.Event]:
        if delivery.topic != "order.paid":
            return []
        try:
            return [hub.OrderPaid(_order(json.loads(delivery.body)))]
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            raise hub.Unreadable("this is not an order as the webshop describes them") from None

    def push(self, credits: Sequence[hub.Credit]) -> Sequence[hub.Outcome]:
        return [self._push(credit) for credit in credits]

    def _push(self, credit: hub.Credit) -> hub.Outcome:
        if credit.kind not in self.reward_kinds or not credit.gives:
            return hub.Refused("the demo webshop gives store credit, and takes nothing back")
        amount = credit.amount
        wanted = {
            "id": credit.push_id,
            "customer": credit.recipient,
            "amount": amount.text(),
            "currency": amount.currency,
        }
        try:
            answer = self.http.request("POST", self.config.credits_url, json=wanted)
        except hub.NotSent:
            return hub.Later("the webshop does not answer")
        except hub.AnswerLost:
            return hub.Unsure("the webshop's answer was lost")
        # 409: this id is there already, so it was given before. The status alone proves nothing: any proxy can say 200.
        if answer.status in (200, 201, 409) and _names(answer, credit):
            return hub.Pushed(hub.Receipt(credit.push_id, amount))
        if answer.status in (401, 403):
            raise hub.NeedsAttention(f"the webshop lets us in no longer (HTTP {answer.status}): connect it again")
        if answer.status == 429:
            return hub.Later("the webshop asks us to slow down")
        if 400 <= answer.status < 500 and answer.status != 409:
            return hub.Refused(f"the webshop said no (HTTP {answer.status})")
        return hub.Unsure(f"the webshop's answer proves nothing (HTTP {answer.status})")

    def find(self, credit: hub.Credit, claimed: frozenset[str]) -> hub.Finding:
        try:
            answer = self.http.request("GET", f"{self.config.credits_url}/{credit.push_id}")
        except (hub.NotSent, hub.AnswerLost):
            raise hub.TryLater("the webshop does not answer") from None
        if answer.status == 200 and _names(answer, credit):
            return hub.Receipt(credit.push_id, credit.amount)
        return hub.Absent() if answer.status == 404 else hub.Undecided(f"HTTP {answer.status}")

    def is_recognisable(self, credit: hub.Credit) -> bool:
        return True  # the push id is the shop's own key: sending twice cannot give twice


def _names(answer: hub.HttpResponse, credit: hub.Credit) -> bool:
    try:
        return bool(json.loads(answer.body)["id"] == credit.push_id)
    except (ValueError, TypeError, LookupError, RecursionError):
        return False


def _order(body: dict[str, Any]) -> hub.Order:
    told_at = datetime.fromisoformat(body["paid_at"])
    if told_at.tzinfo is None:
        raise ValueError("a time without an offset")
    paid_at = told_at.astimezone(UTC)
    customer = hub.IdentityClaim(hub.IdentityKind.CUSTOMER, _text(body["customer"]["id"]))
    return hub.Order(
        source_id=_text(body["id"]),
        name=_text(body["name"]),
        base=hub.Money.parse(body["goods_total"], body["currency"]),
        friend=hub.Contact(identities=(customer,), name=_text(body["customer"]["name"])),
        is_paid=True,
        is_test=bool(body.get("test")),
        placed_at=paid_at,
        updated_at=paid_at,
        evidence=tuple(hub.Evidence(hub.EvidenceKind.CODE, _text(code)) for code in body.get("codes", [])),
    )


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
        raise ValueError("neither a text nor a number")
    return str(value)
