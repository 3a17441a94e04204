"""Who cannot prove anything is told to wait, in bounded memory, and never costs a genuine sender anything."""

from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response

from core.clock import system_clock
from core.contract.webhooks import Reply
from core.services.receive import NoSuchConnection
from tests.doors.knocking import BODY, Door
from tests.support.hooks import signature
from webhooks.routes import WebhookDoor
from webhooks.strangers import MOST_ADDRESSES, REFUSALS_AT_ONCE, Strangers, sender


class Clock:
    at = 1_000.0

    def __call__(self) -> float:
        return self.at


def test_an_address_has_its_bucket_and_time_empties_it() -> None:
    clock = Clock()
    strangers = Strangers(clock)
    assert [strangers.note("1.2.3.4") for _ in range(REFUSALS_AT_ONCE)] == [False] * REFUSALS_AT_ONCE
    assert strangers.note("1.2.3.4")
    assert strangers.is_over("1.2.3.4")
    assert not strangers.is_over("1.2.3.5")
    clock.at += 30
    assert not strangers.is_over("1.2.3.4")
    assert not strangers.note("1.2.3.4")


def test_however_many_addresses_come_only_so_many_are_remembered() -> None:
    strangers = Strangers()
    for number in range(MOST_ADDRESSES + 50):
        strangers.note(str(number))
    assert len(strangers) == MOST_ADDRESSES


@pytest.mark.parametrize(
    ("peer", "forwarded", "meant"),
    [
        ("198.51.100.1", "", "198.51.100.1"),
        ("9.9.9.9", "1.1.1.1", "9.9.9.9"),  # nobody's proxy: what it says of others is its own invention
        ("127.0.0.1", "1.1.1.1", "1.1.1.1"),
        ("10.0.0.2", "6.6.6.6, 1.1.1.1", "1.1.1.1"),  # the stranger wrote 6.6.6.6 himself
        ("127.0.0.1", "<script>", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("::1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),  # whoever has one has the whole network
        ("", "", ""),
    ],
)
def test_a_sender_is_the_address_that_the_nearest_proxy_has_seen(peer: str, forwarded: str, meant: str) -> None:
    environ: dict[str, Any] = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}
    assert sender(environ) == meant


def test_a_flood_without_proof_is_told_to_wait_and_a_genuine_webhook_is_taken_all_the_same(door: Door) -> None:
    """S12: unproven requests are limited per address; what is proven is never refused for them."""
    flood = {"X-Forwarded-For": f"203.0.113.{len(door.stored()) % 200 + 1}"}
    forged = flood | {"X-Shopify-Hmac-Sha256": signature("another", BODY)}
    heard = [door.post(door.signed() | forged) for _ in range(REFUSALS_AT_ONCE + 30)]
    assert heard[:REFUSALS_AT_ONCE] == [401] * REFUSALS_AT_ONCE
    assert 429 in heard
    key = str(uuid4())
    assert door.post(door.signed(key=key) | flood) == 200
    assert key in door.stored()
    guessed = [door.post(door.signed() | flood, path=f"/hooks/{uuid4().hex}") for _ in range(5)]
    assert 429 in guessed
    assert door.post(door.signed() | {"X-Forwarded-For": "203.0.113.250"}, path=f"/hooks/{uuid4().hex}") == 404


class Asked:
    """A receiver that knows one connection, and remembers what it was asked to look up."""

    def __init__(self) -> None:
        self.received: list[str] = []

    def knows(self, address: str) -> bool:
        return address == "known"

    def receive(self, address: str, _request: object) -> Reply:
        self.received.append(address)
        if address == "known":
            return Reply()
        raise NoSuchConnection(address)


def test_whoever_guesses_addresses_is_soon_answered_without_a_look_into_the_database() -> None:
    """S12, S17: and the one that is known is tried all the same."""
    asked = Asked()
    behind = Response("not here", 500)
    client = Client(WebhookDoor(asked, system_clock, behind))  # type: ignore[arg-type]
    statuses = [client.post(f"/hooks/guess{number}").status_code for number in range(REFUSALS_AT_ONCE + 50)]
    assert statuses[:REFUSALS_AT_ONCE] == [404] * REFUSALS_AT_ONCE
    assert statuses.count(429) > 40
    assert len(asked.received) < REFUSALS_AT_ONCE + 10
    assert client.post("/hooks/known").status_code == 200
    assert asked.received[-1] == "known"
