"""Undo: what the last run wrote is taken back exactly, and nothing is written again before a person says so."""

import pytest
from sqlalchemy import update

from core.contract.credits import Record, Refused
from core.contract.errors import TryLater
from core.contract.events import OrderPaid
from core.models import Campaign, Code, WrittenChange
from core.services import undo as undoing
from core.services.connections import NotFound
from core.services.lease import Lane, lease
from core.services.undo import undo
from core.services.write_runs import RUNS_WITH_CHANGES
from tests.support.crm import CrmScene, connect_crm
from tests.support.hub import DAY, HOUR, Scene, order

ONE, TWO, THREE = "c-000000", "c-000001", "c-000002"
BEFORE = {
    ONE: {"ref_code": "AN-OLD-CODE", "ref_friends_brought": "07", "phone": "030 1234"},
    TWO: {},
    THREE: {"ref_last_referral_at": "some day", "ref_rewards_earned": "12.345"},
}


@pytest.fixture
def crm(stage: Scene) -> CrmScene:
    """A CRM whose three advocates carried something before the hub wrote."""
    made = connect_crm(stage)
    made.advocates(3, stage.one(Campaign).id)
    made.crm.people |= {source_id: dict(carried) for source_id, carried in BEFORE.items()}
    return made


def carried(crm: CrmScene) -> dict[str, dict[str, str]]:
    """What stands at the CRM, without what is empty."""
    return {one: {name: text for name, text in texts.items() if text} for one, texts in crm.crm.people.items()}


def test_exactly_what_stood_there_stands_there_again(crm: CrmScene) -> None:
    crm.sync()
    assert carried(crm)[ONE]["ref_code"] == "CODE-000000"
    undone = undo(crm.stage.hub, "The CRM")
    assert (undone.restored, undone.left_alone, undone.failed) == (3, 0, 0)
    assert carried(crm) == BEFORE


def test_nothing_is_written_again_before_a_person_says_so(crm: CrmScene) -> None:
    crm.sync()
    undo(crm.stage.hub, "The CRM")
    written = len(crm.crm.written)
    for _ in range(3):
        crm.stage.watch.forward(2 * DAY)
        crm.soil()
        crm.stage.work()
    assert len(crm.crm.written) == written
    crm.sync()
    assert carried(crm)[ONE]["ref_code"] == "CODE-000000"


def test_undo_is_a_run_itself_and_is_not_what_the_next_undo_takes_back(crm: CrmScene) -> None:
    crm.sync()
    crm.stage.watch.forward(HOUR)
    crm.stage.hub.base_url = "https://hub.example"
    crm.soil()
    crm.work()
    trace = carried(crm)[ONE]["ref_trace"]
    crm.stage.watch.forward(HOUR)
    undo(crm.stage.hub, "The CRM")
    assert carried(crm)[ONE]["ref_trace"] != trace
    assert carried(crm)[ONE]["ref_code"] == "CODE-000000"
    crm.stage.watch.forward(HOUR)
    undo(crm.stage.hub, "The CRM")
    assert carried(crm) == BEFORE
    assert [(run.kind, run.written, run.undone_at is not None) for run in crm.runs()] == [
        ("sync", 3, True), ("sync", 3, True), ("undo", 3, False), ("undo", 3, False)
    ]  # fmt: skip
    with pytest.raises(NotFound, match="nothing that the hub wrote at The CRM can be undone"):
        undo(crm.stage.hub, "The CRM")


def test_what_somebody_changed_since_is_left_alone(crm: CrmScene) -> None:
    crm.sync()
    crm.crm.people[TWO]["ref_code"] = "Corrected by hand"
    undone = undo(crm.stage.hub, "The CRM")
    assert (undone.restored, undone.left_alone) == (2, 1)
    assert carried(crm)[TWO] == {"ref_code": "Corrected by hand"}


def test_what_somebody_put_there_since_is_what_the_next_undo_restores(crm: CrmScene) -> None:
    crm.sync()
    crm.crm.people[TWO]["ref_code"] = "Corrected by hand"
    undo(crm.stage.hub, "The CRM")
    crm.stage.watch.forward(HOUR)
    crm.sync()
    crm.stage.watch.forward(HOUR)
    assert carried(crm)[TWO]["ref_code"] == "CODE-000001"
    undo(crm.stage.hub, "The CRM")
    assert carried(crm)[TWO] == {"ref_code": "Corrected by hand"}


def test_what_is_written_after_an_undo_that_was_broken_off_can_be_undone(crm: CrmScene) -> None:
    crm.sync()
    crm.stage.watch.forward(HOUR)
    crm.crm.raises.append(TryLater("busy"))
    with pytest.raises(TryLater):
        undo(crm.stage.hub, "The CRM")
    crm.crm.people[ONE]["ref_code"] = ""
    crm.stage.hub.base_url = "https://hub.example"
    crm.sync()
    trace = carried(crm)[TWO]["ref_trace"]
    crm.stage.watch.forward(HOUR)
    undo(crm.stage.hub, "The CRM")
    assert carried(crm)[TWO].get("ref_trace") != trace
    assert [run.kind for run in crm.runs()] == ["sync", "undo", "sync", "undo"]


def test_what_fails_is_told_and_taken_back_by_the_next_undo(crm: CrmScene) -> None:
    crm.sync()
    crm.crm.fates[ONE] = Refused("a validation rule")
    undone = undo(crm.stage.hub, "The CRM")
    assert (undone.restored, undone.failed, undone.reasons) == (2, 1, [f"{ONE}: a validation rule"])
    crm.crm.fates.clear()
    assert undo(crm.stage.hub, "The CRM").restored == 1
    assert carried(crm) == BEFORE


def test_one_record_written_twice_in_one_run_goes_back_to_the_very_first(crm: CrmScene) -> None:
    """While the run was under way, something else became true of everybody."""

    def change(_record: Record) -> None:
        crm.crm.on_write = lambda _record: None
        with crm.stage.hub.database.transaction() as session:
            session.execute(update(Code).values(text=Code.text + "-NEW"))
        crm.soil()

    crm.crm.on_write = change
    crm.sync()
    assert [run.written for run in crm.runs()] == [6]
    undo(crm.stage.hub, "The CRM")
    assert carried(crm) == BEFORE


def test_whoever_was_deleted_meanwhile_is_told(crm: CrmScene) -> None:
    crm.sync()
    crm.crm.gone[ONE] = "deleted"
    undone = undo(crm.stage.hub, "The CRM")
    assert (undone.restored, undone.reasons) == (2, [f"{ONE}: deleted"])


def test_while_a_worker_writes_undo_waits_and_stops_it(crm: CrmScene, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.sync()
    monkeypatch.setattr(undoing, "PATIENCE_SECONDS", 0.0)
    with lease(crm.stage.hub, crm.connection.id, Lane.PAY), pytest.raises(TryLater, match="a worker is writing"):
        undo(crm.stage.hub, "The CRM")
    assert crm.health().stage == "preview"
    assert undo(crm.stage.hub, "The CRM").restored == 3


def test_a_source_that_shows_nothing_gets_back_what_the_hub_wrote_before(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    stage.work()
    before = values(stage, "customer-mira")
    stage.pay(order())
    assert values(stage, "customer-mira") != before
    undo(stage.hub, "The shop")
    assert values(stage, "customer-mira") == before
    undo(stage.hub, "The shop")
    assert values(stage, "customer-mira") == {}


def values(stage: Scene, source_id: str) -> dict[str, object]:
    """What stands at the shop after all that was written."""
    found: dict[str, object] = {}
    for record in stage.shop.written:
        if record.source_id == source_id:
            found |= record.fields
    return {name: value for name, value in found.items() if value is not None}


def test_only_the_last_runs_can_be_undone_so_that_they_take_no_room(crm: CrmScene) -> None:
    crm.sync()
    for number in range(RUNS_WITH_CHANGES + 2):
        crm.stage.watch.forward(HOUR)
        crm.stage.hub.base_url = f"https://hub-{number}.example"
        crm.soil()
        crm.work()
    kept = {one.run_id for one in crm.stage.all(WrittenChange)}
    assert kept == {run.id for run in crm.runs()[-RUNS_WITH_CHANGES:]}
