"""Drift: what a source shows is compared with what was written, and healed where that is ours to do."""

import pytest

from core.contract.errors import TryLater
from core.models import Campaign
from core.services.drift import Drifted, look_for_drift
from tests.support.crm import CrmScene, connect_crm
from tests.support.hub import DAY, HOUR, Scene

ONE, TWO, THREE = "c-000000", "c-000001", "c-000002"


@pytest.fixture
def crm(stage: Scene) -> CrmScene:
    """A CRM whose three advocates were written."""
    made = connect_crm(stage)
    made.advocates(3, stage.one(Campaign).id)
    made.sync()
    made.crm.calls.clear()
    return made


def test_nobody_differs_right_after_writing(crm: CrmScene) -> None:
    found = look_for_drift(crm.stage.hub, crm.connection, heal=True)
    assert (found.looked_at, found.differing, found.healed) == (3, 0, 0)
    assert crm.work() == 0


def test_who_differs_in_which_field_is_told(crm: CrmScene) -> None:
    crm.crm.people[ONE]["ref_code"] = "TYPO"
    crm.crm.people[TWO]["ref_status"] = ""
    found = look_for_drift(crm.stage.hub, crm.connection, heal=False)
    assert sorted(found.drifted, key=lambda one: one.source_id) == [
        Drifted(ONE, "ref_code", "CODE-000000", "TYPO"),
        Drifted(TWO, "ref_status", "advocate", None),
    ]
    crm.work()
    assert crm.crm.people[ONE]["ref_code"] == "TYPO", "looking is not healing"


def test_healing_writes_what_is_ours_and_nothing_else(crm: CrmScene) -> None:
    crm.crm.people[ONE] |= {"ref_code": "TYPO", "phone": "030 1234"}
    look_for_drift(crm.stage.hub, crm.connection, heal=True)
    crm.work()
    assert crm.crm.people[ONE]["ref_code"] == "CODE-000000"
    assert dict(crm.crm.written[-1].fields) == {"ref_code": "CODE-000000"}
    assert crm.crm.written[-1].source_id == ONE
    assert look_for_drift(crm.stage.hub, crm.connection, heal=False).differing == 0


def test_what_stands_where_nothing_should_is_removed_by_healing(crm: CrmScene) -> None:
    """A field that the hub emptied, and somebody filled."""
    with crm.stage.hub.database.transaction() as session:
        row = session.get_one(type(crm.row(ONE)), crm.row(ONE).id)
        row.written = {**row.written, "fields": {**row.written["fields"], "ref_last_reward_at": None}}
    crm.crm.people[ONE]["ref_last_reward_at"] = "2026-01-01T00:00:00Z"
    assert look_for_drift(crm.stage.hub, crm.connection, heal=True).differing == 1
    crm.work()
    assert crm.crm.people[ONE]["ref_last_reward_at"] == ""


def test_once_a_day_all_is_looked_at_and_the_counts_are_kept(crm: CrmScene) -> None:
    crm.crm.people[ONE]["ref_code"] = "TYPO"
    crm.stage.watch.forward(HOUR)
    crm.stage.work()
    assert crm.crm.calls["show"] == 0
    crm.stage.watch.forward(DAY)
    crm.stage.work()
    drift = crm.health().drift or {}
    assert (drift["looked_at"], drift["differing"], drift["fields"]) == (3, 1, {"ref_code": 1})
    shown = crm.crm.calls["show"]
    crm.stage.watch.forward(HOUR)
    crm.stage.work()
    assert crm.crm.calls["show"] == shown


def test_an_interrupted_look_is_gone_on_with_and_counts_each_record_once(stage: Scene) -> None:
    crm = connect_crm(stage)
    crm.advocates(450, stage.one(Campaign).id)
    crm.sync()
    crm.crm.people[ONE]["ref_code"] = "TYPO"
    stage.watch.forward(DAY)
    crm.crm.raises.extend([None, TryLater("slow down", HOUR)])
    stage.work()
    assert (crm.health().drift or {})["looked_at"] == 200
    stage.watch.forward(HOUR)
    stage.work()
    drift = crm.health().drift or {}
    assert (drift["looked_at"], drift["differing"]) == (450, 1)
    assert drift["ended_at"]


def test_a_preview_has_nothing_to_compare(stage: Scene) -> None:
    crm = connect_crm(stage)
    crm.advocates(3, stage.one(Campaign).id)
    crm.work()
    shown = crm.crm.calls["show"]
    stage.watch.forward(2 * DAY)
    stage.work()
    assert crm.crm.calls["show"] == shown


def test_who_is_gone_is_found_by_looking(crm: CrmScene) -> None:
    crm.crm.gone[TWO] = "deleted"
    assert look_for_drift(crm.stage.hub, crm.connection, heal=False).differing == 0
    assert (crm.row(TWO).is_gone, crm.row(TWO).reason) == (True, "deleted")
