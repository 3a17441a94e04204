"""Restore: yesterday's hub comes back, and nothing that it did since yesterday is done twice (F62)."""

from pathlib import Path

import pytest
from sqlalchemy import delete, select

from core.contract.events import OrderPaid
from core.contract.parts import Page
from core.contract.webhooks import Delivery
from core.gateway.strongbox import BoxBroken, Lock
from core.models import AuditEntry, Connection, HubState, Lease, Push, StoredDelivery, SyncedRecord, Visit
from core.models.operator import Operator
from core.services.backup import BadBackup, back_up, kept_backup
from core.services.carried_rows import OtherShape
from core.services.connections import pause
from core.services.look import decide
from core.services.lost_time import lost_times
from core.services.restore import restore, verify
from tests.support.hub import DAY, HOUR, MINUTE, Scene, friend, order, refund, refunded, scene

EXPIRING = {"advocate": {"expires_days": 365}, "friend": {"expires_days": 90}}


def backed_up(stage: Scene, folder: Path, name: str = "night.backup") -> Path:
    """The hub as it is now, in a file."""
    return back_up(stage.hub, folder / name, Lock(stage.hub.vault)).path


def restored(stage: Scene, file: Path) -> None:
    """The hub is as the file says, and everything due is done, with time enough for two looks."""
    restore(stage.hub, file, Lock(stage.hub.vault), over=True)
    for _ in range(4):
        stage.work()
        stage.watch.forward(3 * MINUTE)
    stage.work()


def given(stage: Scene, code_seed: str) -> int:
    """What the shop gave under that name, minor units."""
    return sum(effect.minor for effect in stage.shop.held(code_seed))


def test_a_hub_comes_back_as_it_was(stage: Scene, tmp_path: Path) -> None:
    stage.pay(order())
    stage.tell(OrderPaid(order("1002", buyer=friend("ben"))))
    before, rows = stage.facts(), len(stage.all(AuditEntry))
    file = backed_up(stage, tmp_path)
    stage.tell(refunded("1001", refund()), OrderPaid(order("1003", buyer=friend("cem"))))
    assert stage.facts() != before
    came = restore(stage.hub, file, Lock(stage.hub.vault), over=True, actor="cli:ops")
    assert stage.facts() == before
    assert stage.violations() == {}
    assert (came.made_at, came.restored_at, came.pushes_to_look_up) == (stage.watch.at, stage.watch.at, 0)
    acts = [(entry.actor, entry.detail) for entry in stage.all(AuditEntry, verb="restore")]
    assert len(acts) == 2, "one for the house and one for the merchant"
    assert all(actor == "cli:ops" and "from the backup of" in (words or "") for actor, words in acts)
    assert len(stage.all(AuditEntry)) == rows + 2


def test_what_was_paid_since_the_backup_is_not_paid_again(stage: Scene, tmp_path: Path) -> None:
    """F62: rewards that were held or due in the backup, and paid after it, are found at the shop."""
    stage.stands(order())
    stage.tell(OrderPaid(order()))
    file = backed_up(stage, tmp_path)
    stage.watch.forward(15 * DAY)
    stage.work()
    paid = {push.code_seed: push.remote_id for push in stage.all(Push)}
    sent, total = len(stage.shop.credits), stage.shop.total()
    assert len(paid) == 2
    restored(stage, file)
    assert (len(stage.shop.credits), stage.shop.total()) == (sent, total)
    assert {push.code_seed: push.remote_id for push in stage.all(Push)} == paid
    assert set(stage.states().values()) == {"pushed"}
    assert all("the hub was restored" in push.story[0]["words"] for push in stage.all(Push))
    assert stage.violations() == {}


def test_what_was_due_and_not_paid_is_paid_once_the_shop_was_asked_twice(stage: Scene, tmp_path: Path) -> None:
    stage.stands(order())
    stage.tell(OrderPaid(order()))
    stage.watch.forward(15 * DAY)
    file = backed_up(stage, tmp_path)
    restored(stage, file)
    assert set(stage.states().values()) == {"pushed"}
    assert stage.shop.total() == 1500
    assert all("looked up twice" in str(push.story) for push in stage.all(Push))


def test_an_order_that_came_after_the_backup_is_heard_of_again_and_not_paid_again(stage: Scene, tmp_path: Path) -> None:
    """F62: the sweep imports it once more; its reward goes by the same name as before, and is found."""
    file = backed_up(stage, tmp_path)
    stage.pay(order())
    total = stage.shop.total()
    assert total == 1500
    restore(stage.hub, file, Lock(stage.hub.vault), over=True)
    body = b"news again"
    stage.shop.news["news again"] = [OrderPaid(order())]
    stage.shop.pages.append(Page((Delivery(key="again", topic="news", body=body),), "later"))
    for _ in range(4):
        stage.work()
        stage.watch.forward(3 * MINUTE)
    assert stage.states() == {("1001", "advocate"): "pushed", ("1001", "friend"): "pushed"}
    assert stage.shop.total() == total


@pytest.mark.parametrize("fate", ["given", "lost_before", "lost_after", "later"])
def test_a_push_that_was_under_way_is_looked_up_before_anything_else(stage: Scene, tmp_path: Path, fate: str) -> None:
    """F62: all that is intended, sent or unknown in the backup is verified first."""
    stage.shop.fates.extend([fate, fate])
    stage.pay(order())
    kinds = {"given": "confirmed", "later": "intended"}
    assert {push.state for push in stage.all(Push)} == {kinds.get(fate, "unknown")}
    file = backed_up(stage, tmp_path)
    stage.watch.forward(HOUR)
    stage.work()
    came = restore(stage.hub, file, Lock(stage.hub.vault), over=True)
    assert came.pushes_to_look_up == (0 if fate == "given" else 2)
    restored(stage, file)
    assert stage.shop.total() == 1500
    assert {push.state for push in stage.all(Push)} == {"confirmed"}


def test_where_nothing_proves_what_was_given_a_person_is_asked(stage: Scene, tmp_path: Path) -> None:
    """F62: without a fingerprint an equal credit proves nothing, and neither does its absence."""
    stage.shop.is_recognisable = False
    stage.stands(order())
    stage.tell(OrderPaid(order()))
    file = backed_up(stage, tmp_path)
    stage.watch.forward(15 * DAY)
    stage.work()
    total = stage.shop.total()
    restored(stage, file)
    assert stage.shop.total() == total
    assert {push.state for push in stage.all(Push)} == {"parked"}
    for push in stage.all(Push):
        decide(stage.hub, push.id, remote_id=stage.shop.held(push.code_seed)[0].remote_id, evidence="seen in the shop")
    assert set(stage.states().values()) == {"pushed"}
    assert stage.violations() == {}


def test_what_was_asked_back_since_is_not_asked_back_twice(stage: Scene, tmp_path: Path) -> None:
    stage.pay(order())
    file = backed_up(stage, tmp_path)
    stage.stands(order(refunds=[refund(at=DAY)]))
    stage.tell(refunded("1001", refund(at=DAY)))
    stage.work()
    assert stage.shop.total() == 0
    restore(stage.hub, file, Lock(stage.hub.vault), over=True)
    stage.tell(refunded("1001", refund(at=DAY)))
    for _ in range(4):
        stage.work()
        stage.watch.forward(3 * MINUTE)
    assert stage.shop.total() == 0
    back = stage.all(Push, gives=False)
    assert [push.state for push in back] == ["parked", "parked"]
    taken = {effect.recipient: effect.remote_id for effect in stage.shop.effects if effect.minor < 0}
    for push in back:
        decide(stage.hub, push.id, remote_id=taken[push.recipient], evidence="seen in the shop")
    assert set(stage.states().values()) == {"clawed_back"}
    assert (stage.shop.total(), stage.violations()) == (0, {})


def test_new_rewards_are_paid_as_ever(stage: Scene, tmp_path: Path) -> None:
    restored(stage, backed_up(stage, tmp_path))
    stage.pay(order(placed=DAY))
    assert set(stage.states().values()) == {"pushed"}
    assert all("intended" in push.story[0]["words"] for push in stage.all(Push))


def test_everybody_is_signed_out_and_every_source_asked(stage: Scene, tmp_path: Path) -> None:
    with stage.hub.database.transaction() as session:
        told = {"email_key": "k", "email": b"sealed", "name": b"Ada", "uniquifier": "u", "passkey_handle": "h"}
        operator = Operator(id="o" * 32, created_at=stage.watch.at, code_counter=0, recovery_codes=b"", **told)
        session.add(operator)
        visit = Visit(digest="d" * 64, operator_id=operator.id, proof="password")
        visit.begun_at = visit.seen_at = stage.watch.at
        session.add(visit)
    stage.work()
    file = backed_up(stage, tmp_path)
    restore(stage.hub, file, Lock(stage.hub.vault), over=True)
    assert stage.one(Operator).uniquifier != "u", "nothing that a library remembers lets anybody in"
    with stage.hub.database.reading() as session:
        assert session.scalars(select(Visit.digest)).all() == []
        assert {row.owner for row in session.scalars(select(Lease))} <= {""}
        (row,) = session.scalars(select(Connection)).all()
    assert row.next_poll_at == stage.watch.at


def test_a_hub_that_holds_something_is_not_written_over_by_mistake(stage: Scene, tmp_path: Path) -> None:
    file = backed_up(stage, tmp_path)
    with pytest.raises(BadBackup, match="--over"):
        restore(stage.hub, file, Lock(stage.hub.vault))
    stage.tell(OrderPaid(order()))
    digest = stage.digest()
    came = restore(stage.hub, file, Lock(stage.hub.vault), over=True)
    assert came.safety is not None
    assert stage.digest() != digest
    restore(stage.hub, came.safety, Lock(stage.hub.vault), over=True)
    assert stage.digest() == digest


def test_nothing_is_restored_while_a_worker_is_at_work(stage: Scene, tmp_path: Path) -> None:
    file = backed_up(stage, tmp_path)
    stage.work()
    with stage.hub.database.transaction() as session:
        for row in session.scalars(select(Lease)):
            row.owner, row.until_at = "somebody", stage.watch.at + 3650 * DAY
    with pytest.raises(BadBackup, match="a worker is at work"):
        restore(stage.hub, file, Lock(stage.hub.vault), over=True)


@pytest.mark.parametrize("cut", [1, 5, 1000])
def test_a_backup_that_was_cut_or_changed_changes_nothing(stage: Scene, tmp_path: Path, cut: int) -> None:
    stage.pay(order())
    file = backed_up(stage, tmp_path)
    whole, before = file.read_bytes(), stage.digest()
    for broken in (whole[:-cut], whole[: len(whole) - cut] + bytes([whole[-cut] ^ 1]) + whole[len(whole) - cut + 1 :]):
        file.write_bytes(broken)
        with pytest.raises(BoxBroken):
            restore(stage.hub, file, Lock(stage.hub.vault), over=True)
        with pytest.raises(BoxBroken):
            verify(file, Lock(stage.hub.vault))
        assert stage.digest() == before
        assert stage.violations() == {}


def test_a_backup_of_another_shape_is_refused(stage: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.services.backup.shape", lambda: "another")
    file = backed_up(stage, tmp_path)
    with pytest.raises(OtherShape, match="restore it with that version"):
        restore(stage.hub, file, Lock(stage.hub.vault), over=True)


def test_a_hub_moves_from_sqlite_to_postgresql_and_back(sqlite_url: str, postgresql_url: str, tmp_path: Path) -> None:
    small = scene(sqlite_url).campaign(**EXPIRING)
    small.advocate()
    small.pay(order())
    small.tell(OrderPaid(order("1002", buyer=friend("ben"))))
    file = backed_up(small, tmp_path)
    large = scene(postgresql_url, watch=small.watch)
    with large.hub.database.transaction() as session:
        session.execute(delete(Lease))
    restore(large.hub, file, Lock(large.hub.vault), over=True)
    large.shop, large.connection = small.shop, small.connection
    assert large.facts() == small.facts()
    assert large.violations() == {}
    back = backed_up(large, tmp_path, "back.backup")
    assert (kept_backup(file).database, kept_backup(back).database) == ("sqlite", "postgresql")
    restore(small.hub, back, Lock(small.hub.vault), over=True)
    assert small.facts() == large.facts()
    large.hub.database.close()
    small.hub.database.close()


def test_every_row_and_value_travels(stage: Scene, tmp_path: Path) -> None:
    """Nothing is left behind, and nothing comes back as something else."""
    stage.pay(order())
    stage.deliver(OrderPaid(order("1003", buyer=friend("cem"))))
    pause(stage.hub, stage.connection.id, "a hint with ‹letters› and 'quotes'")
    kept = (Push, StoredDelivery, SyncedRecord, AuditEntry)

    def all_of(model: type) -> list[dict[str, object]]:
        return [{c.key: getattr(row, c.key) for c in row.__table__.columns} for row in stage.all(model)]

    before = {model.__name__: all_of(model) for model in kept}
    restore(stage.hub, backed_up(stage, tmp_path), Lock(stage.hub.vault), over=True)
    for model in kept:
        now, then = all_of(model), before[model.__name__]
        if model is AuditEntry:
            now = [row for row in now if row["verb"] != "restore"]
        if model is SyncedRecord:
            assert all(row["is_dirty"] for row in now)
            continue
        assert now == then
    with stage.hub.database.reading() as session:
        assert len(lost_times(session)) == 1
        assert session.get(HubState, "last_check_at") is None
