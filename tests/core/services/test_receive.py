"""Receiving: acknowledged means stored, once; what is not proven leaves no trace."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from core.contract.errors import BadSignature, NotAccepted
from core.contract.webhooks import Delivery, Reply, WebhookRequest
from core.models import Connection, StoredDelivery
from core.services import receive as receiving
from core.services.inbox import Busy, Inbox
from core.services.receive import NoSuchConnection, Receiver
from tests.support.hub import Scene, beside


@pytest.fixture
def inbox(bare: Scene) -> Iterator[Inbox]:
    """The inbox of a connected hub."""
    opened = Inbox(bare.hub)
    yield opened
    opened.close()


def request(bare: Scene, key: str = "k1", body: bytes = b"signed:order") -> WebhookRequest:
    """A webhook of the pretend shop."""
    return WebhookRequest("POST", "/hooks/x", "", {"key": key}, body, bare.watch.at)


def test_what_is_acknowledged_is_stored_sealed_and_due(bare: Scene, inbox: Inbox) -> None:
    """I1."""
    woken: list[str] = []
    bare.hub.wake = woken.append
    assert Receiver(bare.hub, inbox).receive(bare.connection.id, request(bare)) == Reply()
    row = bare.one(StoredDelivery)
    assert (row.state, row.key, row.size, row.received_at) == ("stored", "k1", 12, bare.watch.at)
    assert b"order" not in row.body
    inbox.close()
    assert woken == [bare.connection.id]


def test_what_is_not_signed_leaves_no_trace(bare: Scene, inbox: Inbox) -> None:
    """I4."""
    with pytest.raises(BadSignature):
        Receiver(bare.hub, inbox).receive(bare.connection.id, request(bare, body=b"forged"))
    assert bare.all(StoredDelivery) == []


@pytest.mark.parametrize("address", ["nobody", "0" * 32, "", "' OR 1=1 --", "x" * 100_000])
def test_an_unknown_address_is_nobodys(bare: Scene, inbox: Inbox, address: str) -> None:
    with pytest.raises(NoSuchConnection):
        Receiver(bare.hub, inbox).receive(address, request(bare))


def test_the_same_delivery_from_many_threads_is_stored_once(bare: Scene, inbox: Inbox) -> None:
    """F3."""
    receiver = Receiver(bare.hub, inbox)
    replies: list[Reply] = []
    threads = [
        threading.Thread(target=lambda: replies.append(receiver.receive(bare.connection.id, request(bare))))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert replies == [Reply()] * 20
    assert len(bare.all(StoredDelivery)) == 1


def test_a_delivery_that_was_read_is_not_stored_anew(bare: Scene, inbox: Inbox) -> None:
    """F2: the sender did not hear our answer and sends again."""
    receiver = Receiver(bare.hub, inbox)
    bare.shop.news["signed:order"] = []
    receiver.receive(bare.connection.id, request(bare))
    bare.work()
    receiver.receive(bare.connection.id, request(bare))
    assert bare.one(StoredDelivery).state == "ignored"


def lay(bare: Scene, inbox: Inbox, *deliveries: Delivery) -> dict[str, str]:
    """Each is laid down by a thread of its own; what each of them heard."""
    heard: dict[str, str] = {}

    def lay_one(delivery: Delivery) -> None:
        try:
            inbox.lay(bare.connection.id, [delivery], bare.watch.at)
            heard[delivery.key] = "stored"
        except Exception as problem:
            heard[delivery.key] = type(problem).__name__

    threads = [threading.Thread(target=lay_one, args=(delivery,)) for delivery in deliveries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return heard


def news(key: str, topic: str | None = "news") -> Delivery:
    """A delivery; without a topic no database takes it."""
    return Delivery(key=key, topic=topic, body=b"signed:order")  # type: ignore[arg-type]


def test_one_bad_row_does_not_refuse_its_neighbours(bare: Scene, inbox: Inbox) -> None:
    heard = lay(bare, inbox, news("k1"), news("bad", None), news("k2"), news("k3"))
    assert heard.pop("bad") != "stored"
    assert heard == dict.fromkeys(("k1", "k2", "k3"), "stored")
    assert sorted(row.key for row in bare.all(StoredDelivery)) == ["k1", "k2", "k3"]


def test_a_locked_database_means_busy_and_the_sender_tries_again(bare: Scene) -> None:
    """F14: the answer comes before the sender's patience ends."""
    inbox = Inbox(bare.hub, patience=0.3)
    try:
        with bare.hub.database.engine.connect() as other:
            other.execute(text("SELECT 1"))
            if not bare.hub.database.is_sqlite:
                other.execute(text("LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE"))
            with pytest.raises(Busy, match="in time"):
                Receiver(bare.hub, inbox).receive(bare.connection.id, request(bare))
    finally:
        inbox.close()


def test_a_full_inbox_means_busy_and_never_a_silent_loss(bare: Scene) -> None:
    inbox = Inbox(bare.hub, capacity=1, patience=5)
    heard = lay(bare, inbox, *(news(f"k{number}") for number in range(12)))
    inbox.close()
    assert set(heard.values()) <= {"stored", "Busy"}
    assert {key for key, answer in heard.items() if answer == "stored"} == {row.key for row in bare.all(StoredDelivery)}


def test_an_inbox_without_room_refuses_at_once(bare: Scene) -> None:
    inbox = Inbox(bare.hub, capacity=0)
    with pytest.raises(Busy, match="full"):
        inbox.lay(bare.connection.id, [news("k1")], bare.watch.at)
    inbox.close()
    assert bare.all(StoredDelivery) == []


def test_a_closed_inbox_takes_no_more(bare: Scene) -> None:
    inbox = Inbox(bare.hub)
    inbox.lay(bare.connection.id, [news("k1")], bare.watch.at)
    inbox.close()
    with pytest.raises(Busy, match="stopping"):
        inbox.lay(bare.connection.id, [news("k2")], bare.watch.at)
    assert len(bare.all(StoredDelivery)) == 1


def test_one_address_serves_the_accounts_of_its_kind_and_strangers_are_only_counted(bare: Scene, inbox: Inbox) -> None:
    """HS-10: events of three accounts in one request, one of them not connected."""
    ours, theirs = beside(bare), beside(bare, "crm", "The other CRM")
    body = f"signed:{ours.shop.name} k1\n{theirs.shop.name} k2\nnobody k3\n{bare.shop.name} k4".encode()
    assert Receiver(bare.hub, inbox).receive(ours.connection.id, request(bare, body=body)) == Reply()
    stored = {(row.connection_id, row.key) for row in bare.all(StoredDelivery)}
    assert stored == {(ours.connection.id, "k1"), (theirs.connection.id, "k2")}  # another kind is a stranger too
    row = bare.one(Connection, id=ours.connection.id)
    assert (row.refused_reason, row.refused_at) == ("events of an account that is not connected", bare.watch.at)


def test_who_holds_one_accounts_secret_does_not_speak_for_its_sibling(bare: Scene, inbox: Inbox) -> None:
    ours, theirs = beside(bare), beside(bare, "crm", "The other CRM")
    theirs.shop.secret = b"of another app"
    body = f"signed:{ours.shop.name} k1\n{theirs.shop.name} k2".encode()
    assert Receiver(bare.hub, inbox).receive(ours.connection.id, request(bare, body=body)) == Reply()
    assert [row.key for row in bare.all(StoredDelivery)] == ["k1"]
    assert bare.one(Connection, id=ours.connection.id).refused_count == 1


def test_what_the_connector_does_not_accept_is_counted_and_leaves_no_other_trace(bare: Scene, inbox: Inbox) -> None:
    crm = beside(bare)
    asked = WebhookRequest("POST", "/hooks/x/wrong", "", {}, b"signed:x k1", bare.watch.at)
    with pytest.raises(NotAccepted):
        Receiver(bare.hub, inbox).receive(f"{crm.connection.id}/wrong", asked)
    assert bare.all(StoredDelivery) == []
    row = bare.one(Connection, id=crm.connection.id)
    assert (row.refused_count, row.refused_reason) == (1, "a wrong token")


def test_a_flood_of_forgeries_is_counted_whole_but_not_written_each(
    bare: Scene, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver = Receiver(bare.hub, inbox)

    def forge() -> int:
        with pytest.raises(BadSignature):
            receiver.receive(bare.connection.id, request(bare, body=b"forged"))
        return int(bare.one(Connection).refused_count)

    assert [forge() for _ in range(5)] == [1, 1, 1, 1, 1]
    monkeypatch.setattr(receiving, "BETWEEN_COUNTS", -1.0)
    assert forge() == 6
