"""Signs: how an order was bought is kept as keyed hashes only, once, for so long as is set; it goes with the person."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from core.contract.events import Contact, Order, OrderPaid, PersonErased
from core.contract.signals import Signal, SignalKind
from core.gateway.keeping import Keeping
from core.models import StoredSignal
from core.services.retention import keep_within_time
from tests.support.hub import DAY, Scene, customer, email, friend, order

IP = Signal(SignalKind.IP, "198.51.100.7")
STREET = Signal(SignalKind.ADDRESS, "Musterstra\u00dfe 1, 10115 Berlin")


def seen(*signals: Signal, name: str | None = None, **changes: Any) -> Order:
    """An order with these signals, by somebody of that name."""
    told = order(code=None, **changes)
    return replace(told, signals=signals, friend=replace(told.friend, name=name))


def kept(stage: Scene) -> list[StoredSignal]:
    """All signs that are kept."""
    with stage.hub.database.reading() as session:
        return list(session.scalars(select(StoredSignal).order_by(StoredSignal.order_id, StoredSignal.kind)))


def one(stage: Scene) -> StoredSignal:
    """The only sign that is kept."""
    (row,) = kept(stage)
    return row


def test_what_a_source_saw_is_kept_as_a_keyed_hash_and_never_in_the_clear(stage: Scene) -> None:
    stage.tell(OrderPaid(seen(IP, STREET, name="Anna Schmidt")))
    rows = {row.kind: row.digest for row in kept(stage)}
    assert set(rows) == {"ip", "address", "name"}
    assert rows["ip"] == stage.hub.vault.lookup("ip:198.51.100.7", stage.connection.merchant_id)
    assert {row.seen_at for row in kept(stage)} == {stage.order().placed_at}


def test_telling_it_again_or_otherwise_spelt_adds_nothing(stage: Scene) -> None:
    stage.tell(OrderPaid(seen(IP, STREET)))
    again = seen(IP, Signal(SignalKind.ADDRESS, "MUSTERSTRASSE 1  10115 berlin"))
    stage.tell(OrderPaid(again), OrderPaid(again))
    assert sorted(row.kind for row in kept(stage)) == ["address", "ip"]


def test_asking_for_an_order_after_its_webhook_adds_nothing_of_how_it_was_bought(stage: Scene) -> None:
    """The first visit is one site and the last another; where it is sent to may be put right later."""
    told, asked = (
        Signal(SignalKind.CAME_FROM, site) for site in ("https://www.tea.example/a", "https://other.example")
    )
    stage.tell(OrderPaid(seen(IP, told, STREET)))
    before = {(row.kind, row.digest) for row in kept(stage)}
    assert sorted(kind for kind, _ in before) == ["address", "came_from", "ip"]
    elsewhere = Signal(SignalKind.IP, "203.0.113.9")
    stage.tell(OrderPaid(seen(elsewhere, asked)), OrderPaid(seen()), OrderPaid(seen(asked)))
    assert {(row.kind, row.digest) for row in kept(stage)} == before
    stage.tell(OrderPaid(seen(Signal(SignalKind.ADDRESS, "Gartenweg 1, 10115 Berlin"))))
    assert len(kept(stage)) == len(before) + 1


def test_what_only_the_last_look_before_a_reward_tells_is_kept_too(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    assert kept(stage) == []
    stage.stands(replace(order(), signals=(STREET,)))
    stage.watch.forward(15 * DAY)
    stage.work()
    assert [row.kind for row in kept(stage)] == ["address"]


def test_an_address_is_kept_only_where_it_leads_to_somebody_else(stage: Scene) -> None:
    stage.tell(OrderPaid(order("1", code=None, buyer=friend("anna", "anna@gmail.com"))))
    assert kept(stage) == [], "the person's own identities carry it"
    stage.tell(OrderPaid(order("2", code=None, placed=DAY, buyer=friend("anna-2", "an.na+x@gmail.com"))))
    row = one(stage)
    assert (row.kind, row.order_id) == ("email", stage.order("2").id)
    assert row.digest == stage.hub.vault.lookup("email:anna@gmail.com", stage.connection.merchant_id)


def test_nobodys_order_leaves_no_sign(stage: Scene) -> None:
    stage.tell(OrderPaid(seen(IP, buyer=Contact())))
    assert kept(stage) == []


def test_the_signs_of_somebody_erased_are_gone_and_do_not_come_back(stage: Scene) -> None:
    anna = Contact(identities=(customer("anna"), email("anna@example.com")))
    stage.tell(OrderPaid(seen(IP, buyer=anna)))
    erased = PersonErased(contact=anna, asked_at=stage.watch.at)
    stage.tell(erased)
    assert kept(stage) == []
    stage.tell(OrderPaid(seen(IP, STREET, buyer=anna)))
    assert kept(stage) == []


def test_signs_and_the_erasure_in_one_breath_leave_nothing(stage: Scene) -> None:
    stage.tell(OrderPaid(seen(IP)), PersonErased(contact=friend(), asked_at=stage.watch.at))
    assert kept(stage) == []


def test_signs_are_kept_for_so_long_as_is_set(stage: Scene) -> None:
    stage.hub.keeping = Keeping(signals=30 * DAY)
    stage.tell(OrderPaid(seen(IP)), OrderPaid(seen(IP, source_id="2", placed=DAY)))
    stage.watch.forward(30 * DAY + DAY / 2)
    keep_within_time(stage.hub)
    assert [row.order_id for row in kept(stage)] == [stage.order("2").id]
    stage.hub.keeping = Keeping(signals=0 * DAY)
    stage.watch.forward(4_000 * DAY)
    keep_within_time(stage.hub)
    assert len(kept(stage)) == 1, "zero keeps for ever"
