"""The connector that newcomers copy does what it says."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.demo.connector import Demo, DemoConfig
from referhub import (
    Absent,
    AnswerLost,
    BadSignature,
    Credit,
    Delivery,
    Evidence,
    EvidenceKind,
    HttpResponse,
    IdentityClaim,
    IdentityKind,
    Later,
    Money,
    NeedsAttention,
    NotSent,
    OrderPaid,
    Pushed,
    Receipt,
    Refused,
    TryLater,
    Undecided,
    Unreadable,
    Unsure,
    WebhookRequest,
    WrongSetting,
    abilities,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
BODY = (Path(__file__).parent / "payloads" / "order_paid.json").read_bytes()
CREDIT = Credit(
    push_id="push_1", kind="store_credit", amount=Money(1250, "EUR"), recipient="c7", note="Thanks", code="ABCD"
)


class ScriptedHttp:
    """Answers once, and remembers what it was asked."""

    def __init__(self, answer: HttpResponse | Exception | None = None) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, Any]] = []

    def request(self, method: str, url: str, *, json: Any = None, **_: Any) -> HttpResponse:
        self.asked.append((method, url, json))
        if isinstance(self.answer, HttpResponse):
            return self.answer
        raise self.answer or AssertionError("unexpected request")


def demo(answer: HttpResponse | Exception | None = None) -> Demo:
    return Demo(DemoConfig(secret="s3cret", credits_url="https://shop.example/credits"), ScriptedHttp(answer))


def request(body: bytes = BODY, **headers: str) -> WebhookRequest:
    signed = {
        "x-demo-signature": hmac.new(b"s3cret", body, hashlib.sha256).hexdigest(),
        "x-demo-topic": "order.paid",
        "x-demo-delivery": "d1",
    }
    given = {f"x-demo-{name}": value for name, value in headers.items()}
    return WebhookRequest("POST", "/hooks/1", "", signed | given, body, NOW)


def test_a_signed_webhook_is_one_delivery() -> None:
    (found,) = demo().receive(request()).deliveries
    assert (found.key, found.topic, found.body) == ("d1", "order.paid", BODY)


@pytest.mark.parametrize("signature", ["", "0" * 64, "é", "not hex"])
def test_an_unsigned_webhook_is_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        demo().receive(request(signature=signature))


def test_without_a_number_the_body_names_the_delivery() -> None:
    (found,) = demo().receive(request(delivery="")).deliveries
    assert found.key == hashlib.sha256(BODY).hexdigest()


def test_an_order_is_read() -> None:
    (event,) = demo().read(Delivery(key="d1", topic="order.paid", body=BODY))
    assert type(event) is OrderPaid
    assert event.order.base == Money(7900, "EUR")
    assert event.order.source_id == "1001"
    assert event.order.placed_at == datetime(2026, 11, 20, 9, 15, 30, tzinfo=UTC)
    assert event.order.friend.identities == (IdentityClaim(IdentityKind.CUSTOMER, "c9"),)
    assert event.order.evidence == (Evidence(EvidenceKind.CODE, "ALICE-8F2K"),)


def test_another_topic_is_not_for_us() -> None:
    assert demo().read(Delivery(key="d1", topic="cart.filled", body=b"{")) == []


@pytest.mark.parametrize(
    "change",
    [
        {"goods_total": 79.0},
        {"goods_total": "79,00"},
        {"currency": "euro"},
        {"paid_at": "2026-11-20T10:15:30"},
        {"paid_at": None},
        {"customer": None},
        {"codes": 3},
    ],
)
def test_a_spoilt_order_is_unreadable(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        demo().read(Delivery(key="d1", topic="order.paid", body=json.dumps(json.loads(BODY) | change).encode()))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_order_at_all_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        demo().read(Delivery(key="d1", topic="order.paid", body=body))


@pytest.mark.parametrize("status", [200, 201, 409])
def test_a_credit_is_posted_under_its_push_id(status: int) -> None:
    opened = demo(HttpResponse(status, body=b'{"id": "push_1"}'))
    assert opened.push([CREDIT]) == [Pushed(Receipt("push_1", Money(1250, "EUR")))]
    assert opened.http.asked == [  # type: ignore[attr-defined]
        (
            "POST",
            "https://shop.example/credits",
            {"id": "push_1", "customer": "c7", "amount": "12.50", "currency": "EUR"},
        )
    ]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NotSent("x"), Later),
        (AnswerLost("x"), Unsure),
        (HttpResponse(500), Unsure),
        (HttpResponse(200), Unsure),
        (HttpResponse(201, body=b'{"id": "push_2"}'), Unsure),
        (HttpResponse(409, body=b"[]"), Unsure),
        (HttpResponse(302), Unsure),
        (HttpResponse(429), Later),
        (HttpResponse(422), Refused),
    ],
)
def test_every_other_answer_says_what_to_do_next(answer: HttpResponse | Exception, outcome: type) -> None:
    (found,) = demo(answer).push([CREDIT])
    assert type(found) is outcome


@pytest.mark.parametrize(("status", "finding"), [(200, Receipt), (404, Absent), (500, Undecided)])
def test_a_lost_answer_is_looked_up(status: int, finding: type) -> None:
    opened = demo(HttpResponse(status, body=b'{"id": "push_1"}'))
    assert type(opened.find(CREDIT, frozenset())) is finding
    assert opened.http.asked[0][1] == "https://shop.example/credits/push_1"  # type: ignore[attr-defined]
    assert opened.is_recognisable(CREDIT)


def test_a_page_of_somebody_else_is_no_proof() -> None:
    assert type(demo(HttpResponse(200, body=b"<html>")).find(CREDIT, frozenset())) is Undecided


def test_a_webshop_that_no_longer_lets_us_in_needs_a_person() -> None:
    with pytest.raises(NeedsAttention):
        demo(HttpResponse(401)).push([CREDIT])


def test_another_kind_of_reward_is_refused() -> None:
    (found,) = demo().push([replace(CREDIT, kind="gift_card")])
    assert type(found) is Refused


def test_an_address_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(WrongSetting, match="credits_url"):
        DemoConfig(secret="s3cret", credits_url="shop.example")


def test_looking_up_without_a_connection_is_tried_later() -> None:
    with pytest.raises(TryLater):
        demo(NotSent("x")).find(CREDIT, frozenset())


def test_ping_says_whether_the_webshop_is_there() -> None:
    assert demo(HttpResponse(200)).ping().name == "Demo webshop"
    with pytest.raises(NeedsAttention):
        demo(HttpResponse(404)).ping()
    for trouble in (AnswerLost("x"), NotSent("x"), HttpResponse(503), HttpResponse(429)):
        with pytest.raises(TryLater):
            demo(trouble).ping()


def test_it_declares_what_it_can_do_and_stays_short() -> None:
    assert abilities(Demo) == ["pushes", "finds"]
    source = Path(__file__).parents[3] / "connectors" / "demo" / "connector.py"
    assert len(source.read_text(encoding="utf-8").splitlines()) <= 140


def test_its_page_names_everything_a_connector_must_say_of_itself() -> None:
    folder = Path(__file__).parents[3] / "connectors" / "demo"
    page = (folder / "README.md").read_text(encoding="utf-8")
    said = [
        line.split(":")[0].strip()
        for line in (folder / "connector.py").read_text().splitlines()
        if ": ClassVar[" in line
    ]
    assert len(said) == 5
    assert [name for name in said if f"**`{name}`**" not in page] == []
