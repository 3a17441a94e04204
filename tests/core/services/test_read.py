"""Reading: what cannot be read is set aside, and never blocks what can."""

import pytest

from core.contract.errors import NeedsAttention, TryLater
from core.contract.events import ContactSaved, Ignored, OrderPaid
from core.models import Connection, Conversion, Identity, StoredDelivery
from core.rules.retrying import MOST_READS
from core.services import convert as deciding
from core.services.connections import NotFound
from core.services.connections import test_connection as try_connection
from core.services.ledger import Ledger
from core.services.replay import replay
from tests.support.hub import DAY, MINUTE, Scene, beside, friend, order
from tests.support.shop import unreadable


def states(stage: Scene) -> list[str]:
    """What became of the deliveries, in their order."""
    return [row.state for row in stage.all(StoredDelivery)]


def test_a_delivery_is_read_once_and_marked(stage: Scene) -> None:
    stage.deliver(OrderPaid(order()))
    stage.work()
    row = stage.one(StoredDelivery)
    assert (row.state, row.attempts, row.read_at, row.reason) == ("read", 1, stage.watch.at, None)
    assert stage.order().delivery_id == row.id
    assert stage.work() == 0
    assert len(stage.all(Conversion)) == 1


def test_a_delivery_that_means_nothing_to_us_is_ignored(stage: Scene) -> None:
    stage.deliver()
    stage.work()
    assert states(stage) == ["ignored"]


def test_what_is_unreadable_is_set_aside_with_its_reason(stage: Scene) -> None:
    stage.deliver(problem=unreadable())
    stage.deliver(OrderPaid(order()))
    stage.work()
    assert states(stage) == ["unreadable", "read"]
    assert stage.all(StoredDelivery)[0].reason == "this is not an order"


def test_a_connectors_bug_is_one_deliverys_trouble(stage: Scene) -> None:
    """I5 and F28: tried again with growing waits, then set aside; its neighbours went on at once."""
    stage.deliver(problem=ZeroDivisionError("token=abc"))
    stage.deliver(OrderPaid(order()))
    stage.work()
    assert states(stage) == ["stored", "read"]
    for attempt in range(2, MOST_READS + 1):
        assert stage.all(StoredDelivery)[0].attempts == attempt - 1
        stage.watch.forward(60 * MINUTE)
        stage.work()
    poison = stage.all(StoredDelivery)[0]
    assert (poison.state, poison.attempts) == ("unreadable", MOST_READS)
    assert poison.reason == "ZeroDivisionError: token=[hidden]"


def test_the_wait_between_tries_is_kept(stage: Scene) -> None:
    stage.deliver(problem=TryLater("busy", 5 * MINUTE))
    stage.work()
    stage.watch.forward(4 * MINUTE)
    stage.work()
    assert stage.one(StoredDelivery).attempts == 1
    stage.watch.forward(MINUTE)
    stage.work()
    assert stage.one(StoredDelivery).attempts == 2


def test_an_event_that_cannot_be_decided_does_not_undo_its_neighbours(stage: Scene) -> None:
    """F28 in our own code: the batch is gone through one by one."""
    real = deciding._Converter._decide

    def decide(self: object, buyer: str, campaign: object) -> None:
        if any(one.base_minor == 6_666 for one in self.loaded.orders[buyer]):  # type: ignore[attr-defined]
            raise ArithmeticError("a bug in a rule")
        real(self, buyer, campaign)  # type: ignore[arg-type]

    stage.deliver(OrderPaid(order("1001")))
    stage.deliver(OrderPaid(order("1002", "66.66", buyer=friend("ben"))))
    stage.deliver(OrderPaid(order("1003", buyer=friend("carl"))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deciding._Converter, "_decide", decide)
        stage.work()
    assert states(stage) == ["read", "stored", "read"]
    assert sorted(row.order_source_id for row in stage.all(Conversion)) == ["1001", "1003"]
    assert stage.violations() == {}
    stage.watch.forward(DAY)
    stage.work()
    assert len(stage.all(Conversion)) == 3


def test_a_conversion_without_its_rewards_is_never_seen(stage: Scene) -> None:
    """F23: one transaction, both or none."""

    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("killed")

    stage.deliver(OrderPaid(order()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Ledger, "post", refuse)
        stage.work()
    assert stage.all(Conversion) == []
    assert states(stage) == ["stored"]
    stage.watch.forward(DAY)
    stage.work()
    assert len(stage.all(Conversion)) == 1


def test_a_source_that_needs_a_person_stops_reading_and_keeps_everything(stage: Scene) -> None:
    stage.deliver(problem=NeedsAttention("connect again"))
    stage.deliver(OrderPaid(order()))
    stage.work()
    assert states(stage) == ["stored", "stored"]
    assert stage.one(Connection).hint == "connect again"
    stage.shop.news = {body: [OrderPaid(order())] for body in stage.shop.news}
    try_connection(stage.hub, stage.connection.id)
    stage.work()
    assert states(stage) == ["read", "read"]


def test_a_body_that_was_moved_to_another_row_is_not_read(stage: Scene) -> None:
    stage.deliver(OrderPaid(order()))
    with stage.hub.database.transaction() as session:
        session.get_one(StoredDelivery, stage.one(StoredDelivery).id).key = "another"
    stage.work()
    assert stage.all(Conversion) == []
    assert "moved or changed" in stage.one(StoredDelivery).reason


def test_only_people_of_the_programme_are_kept(stage: Scene) -> None:
    before = len(stage.all(Identity))
    stage.deliver(ContactSaved(friend("stranger", "stranger@example.com")))
    stage.work()
    assert len(stage.all(Identity)) == before


def test_a_replayed_delivery_is_read_again_and_counts_once(stage: Scene) -> None:
    delivery_id = stage.deliver(OrderPaid(order()))
    stage.work()
    before = stage.digest()
    replay(stage.hub, delivery_id)
    assert stage.one(StoredDelivery).state == "stored"
    stage.work()
    assert (stage.one(StoredDelivery).state, stage.digest()) == ("read", before)


def test_an_unreadable_delivery_can_be_read_once_the_fault_is_mended(stage: Scene) -> None:
    delivery_id = stage.deliver(problem=unreadable())
    stage.work()
    stage.shop.news = {body: [OrderPaid(order())] for body in stage.shop.news}
    woken: list[str] = []
    stage.hub.wake = woken.append
    replay(stage.hub, delivery_id)
    stage.work()
    row = stage.one(StoredDelivery)
    assert (row.state, row.attempts, row.reason, woken) == ("read", 1, None, [stage.connection.id])
    assert len(stage.all(Conversion)) == 1


def test_a_delivery_that_waits_already_can_be_replayed_harmlessly(stage: Scene) -> None:
    delivery_id = stage.deliver(OrderPaid(order()))
    assert replay(stage.hub, delivery_id).state == "stored"
    with pytest.raises(NotFound, match="no delivery 'nope'"):
        replay(stage.hub, "nope")


def test_thin_hints_are_read_together_and_each_keeps_its_own_trouble(stage: Scene) -> None:
    crm = beside(stage)
    for number in range(4):
        crm.deliver(OrderPaid(order(f"d{number}")))
    crm.deliver(problem=unreadable())
    crm.deliver(problem=TryLater("busy", 5 * MINUTE))
    crm.work()
    assert crm.shop.read_together == [3, 3]
    assert states(stage) == ["read", "read", "read", "read", "unreadable", "stored"]
    assert stage.all(StoredDelivery)[4].reason == "this is not an order"


def test_a_crash_of_the_common_reading_is_found_out_one_by_one(stage: Scene) -> None:
    crm = beside(stage)
    crm.deliver(OrderPaid(order("d1")))
    crm.deliver(problem=ZeroDivisionError("a bug"))
    crm.work()
    assert states(stage) == ["read", "stored"]
    assert stage.all(StoredDelivery)[1].reason == "ZeroDivisionError: a bug"


def test_one_hint_that_needs_a_person_pauses_and_leaves_all_as_they_were(stage: Scene) -> None:
    crm = beside(stage)
    crm.deliver(OrderPaid(order("d1")))
    crm.deliver(problem=NeedsAttention("renew the token"))
    crm.work()
    assert states(stage) == ["stored", "stored"]
    assert stage.one(Connection, id=crm.connection.id).hint == "renew the token"


def test_an_ignored_delivery_says_why(stage: Scene) -> None:
    stage.deliver(Ignored("echo of our own write"))
    stage.deliver(Ignored("half of it"), OrderPaid(order()))
    stage.work()
    assert [(row.state, row.reason) for row in stage.all(StoredDelivery)] == [
        ("ignored", "echo of our own write"),
        ("read", None),
    ]
