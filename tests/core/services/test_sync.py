"""Sync: the source's fields say what the hub knows, written only when different, and nothing echoes."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from core.contract.credits import Later, Outcome, Record, Refused
from core.contract.events import OrderPaid
from core.models import StoredOrder, SyncedRecord
from core.services.judge_reward import void_reward
from tests.support.hub import DAY, MINUTE, Scene, friend, order, refund, refunded
from tests.support.shop import ShopConnector


def written(stage: Scene) -> dict[str, Record]:
    """The last record that each person at the source got."""
    return {record.source_id: record for record in stage.shop.written}


def row(stage: Scene, source_id: str) -> SyncedRecord:
    """What the hub remembers of a person's fields."""
    found: SyncedRecord = stage.one(SyncedRecord, source_id=source_id)
    return found


def test_advocate_and_friend_carry_their_part_in_the_programme(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    stage.work()
    mira, anna = written(stage)["customer-mira"], written(stage)["anna"]
    assert (mira.fields["code"], mira.fields["friends_brought"]) == ("MIRA", 1)
    assert str(mira.fields["rewards_pending"]) == "EUR 10.00"
    assert mira.tags == ("referral-advocate",)
    assert (anna.fields["referred_by"], anna.tags) == ("MIRA", ("referral-friend",))


def test_values_are_absolute_and_follow_every_change(stage: Scene) -> None:
    stage.pay(order())
    assert str(written(stage)["customer-mira"].fields["rewards_earned"]) == "EUR 10.00"
    stage.shop.fates.extend(["refused", "refused"])
    stage.tell(refunded("1001", refund(amount="40.00")))
    stage.work()
    assert str(written(stage)["customer-mira"].fields["rewards_earned"]) == "EUR 6.00"


def test_what_did_not_change_is_not_written_again(stage: Scene) -> None:
    """The same order told again makes people dirty; their fields are compared and left alone."""
    stage.tell(OrderPaid(order()))
    stage.work()
    count = len(stage.shop.written)
    stage.tell(OrderPaid(order()))
    assert row(stage, "customer-mira").is_dirty
    stage.work()
    assert len(stage.shop.written) == count
    assert not row(stage, "customer-mira").is_dirty
    assert stage.work() == 0


def test_nobody_outside_the_programme_is_written_to(stage: Scene) -> None:
    stage.tell(OrderPaid(order(code=None)))
    stage.work()
    assert "anna" not in written(stage)


def test_a_refused_record_is_parked_with_its_reason_until_something_changes(stage: Scene) -> None:
    stage.shop.write_fates.extend([Refused("the field is read-only"), None])
    stage.tell(OrderPaid(order()))
    stage.work()
    (refused,) = [one for one in stage.all(SyncedRecord) if one.reason]
    assert (refused.is_dirty, refused.reason, refused.written) == (False, "the field is read-only", {})
    count = len(stage.shop.written)
    stage.watch.forward(DAY)
    stage.work()
    assert len(stage.shop.written) == count
    stage.tell(OrderPaid(order()))
    stage.work()
    assert len(stage.shop.written) == count, "nothing new is to be said"
    stage.pay(order())
    assert row(stage, refused.source_id).reason is None


def test_a_record_that_may_not_be_written_now_is_written_later_and_alone(stage: Scene) -> None:
    stage.shop.write_fates.extend([Later("locked", timedelta(minutes=5)), None])
    stage.tell(OrderPaid(order()))
    stage.work()
    count = len(stage.shop.written)
    stage.watch.forward(5 * MINUTE)
    stage.work()
    assert len(stage.shop.written) == count + 1
    assert not any(one.is_dirty for one in stage.all(SyncedRecord))


def test_what_changes_while_fields_are_written_is_written_too(stage: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = type(stage.hub.connector(stage.connection))
    write = kind.write

    def slowly(connector: ShopConnector, records: Sequence[Record]) -> Sequence[Outcome | None]:
        if stage.all(StoredOrder, source_id="1002") == []:
            stage.watch.forward(MINUTE)
            stage.tell(OrderPaid(order("1002", buyer=friend("ben"))))
        return write(connector, records)

    stage.tell(OrderPaid(order()))
    monkeypatch.setattr(kind, "write", slowly)
    stage.work()
    assert written(stage)["customer-mira"].fields["friends_brought"] == 2
    assert not row(stage, "customer-mira").is_dirty


def test_what_a_person_decides_about_a_reward_reaches_the_source_too(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    stage.work()
    assert str(written(stage)["customer-mira"].fields["rewards_pending"]) == "EUR 10.00"
    void_reward(stage.hub, stage.reward().id, "by hand")
    stage.work()
    assert str(written(stage)["customer-mira"].fields["rewards_pending"]) == "EUR 0.00"
