"""Whatever a source answers for a record, the others go on, and the record knows what to do next."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise, product

import pytest
from sqlalchemy import select

from core.contract.credits import FieldRefused, Later, Moved, NotThere, Record, Refused, Unsure, WriteOutcome
from core.contract.errors import NeedsAttention, TryLater
from core.contract.events import IdentityKind
from core.models import AuditEntry, Campaign, Code, Connection, WrittenChange
from core.services import field_writing
from core.services.field_outcomes import FIGHTING, MOST_TRIES
from core.services.field_verbs import retry
from core.services.lease import Lane
from core.services.undo import undo
from core.worker import due_jobs
from tests.support.crm import CrmScene, FieldConnector, connect_crm
from tests.support.hub import DAY, HOUR, MINUTE, Scene


@pytest.fixture
def crm(stage: Scene) -> CrmScene:
    """A CRM that knows three advocates, c-000000 to c-000002, and nothing was written yet."""
    made = connect_crm(stage)
    made.advocates(3, stage.one(Campaign).id)
    return made


ONE, TWO, THREE = "c-000000", "c-000001", "c-000002"
FATES: dict[str, WriteOutcome] = {
    "written": None,
    "refused": Refused("a validation rule"),
    "later": Later("locked", timedelta(minutes=5)),
    "unsure": Unsure("no answer"),
    "moved": Moved("c-new"),
    "gone": NotThere("deleted"),
}


def test_each_records_outcome_is_its_own(stage: Scene) -> None:
    """SF-37, HS-21: every outcome beside every other one, in one batch."""
    crm = connect_crm(stage)
    told = [fate for pair in product(FATES, repeat=2) for fate in pair]
    source_ids = crm.advocates(len(told), stage.one(Campaign).id)
    crm.crm.fates |= {source_id: FATES[fate] for source_id, fate in zip(source_ids, told, strict=True)}
    crm.sync()
    assert crm.crm.sizes[0] == len(told)
    rows = {row.source_id: row for row in crm.rows()}
    assert {one for one in source_ids if rows[one].written_at} == of(told, "written")
    assert {one for one in source_ids if rows[one].is_parked} == of(told, "refused")
    assert {one for one in source_ids if rows[one].is_dirty} == of(told, "later", "unsure")
    assert {one for one in source_ids if rows[one].is_gone} == of(told, "moved", "gone")
    assert of(told, "written") | {"c-new"} == set(crm.crm.people)


def of(told: Sequence[str], *fates: str) -> set[str]:
    """The ids of those who met one of these fates."""
    return {f"c-{number:06}" for number, fate in enumerate(told) if fate in fates}


def test_a_refused_record_is_not_sent_again_as_it_is(crm: CrmScene) -> None:
    crm.crm.fates[ONE] = Refused("a validation rule")
    crm.sync()
    calls = crm.crm.calls["write"]
    crm.soil()
    crm.work()
    assert crm.crm.calls["write"] == calls
    assert (crm.row(ONE).is_parked, crm.row(ONE).reason) == (True, "a validation rule")


def test_parked_records_are_tried_again_when_an_admin_says_so(crm: CrmScene) -> None:
    crm.crm.fates[ONE] = Refused("a validation rule")
    crm.sync()
    crm.crm.fates.clear()
    assert retry(crm.stage.hub, "The CRM") == 1
    crm.work()
    assert (crm.row(ONE).is_parked, crm.row(ONE).reason) == (False, None)
    assert crm.crm.people[ONE]["ref_code"] == "CODE-000000"


def test_a_record_that_is_never_taken_is_parked_in_the_end(crm: CrmScene) -> None:
    crm.crm.fates[ONE] = Later("locked", timedelta(minutes=1))
    crm.sync()
    for _ in range(MOST_TRIES - 2):
        crm.stage.watch.forward(HOUR)
        crm.work()
    assert (crm.row(ONE).is_parked, crm.row(ONE).is_dirty) == (False, True)
    crm.stage.watch.forward(HOUR)
    crm.work()
    assert (crm.row(ONE).is_parked, crm.row(ONE).is_dirty) == (True, False)
    assert sum(len(one.fields) > 0 for one in crm.crm.written if one.source_id == ONE) == 0


def test_a_record_waits_as_long_as_its_source_asks_and_then_ever_longer(crm: CrmScene) -> None:
    """HS-26, HS-36: three times as asked for, and not at the source's mercy after that."""
    crm.crm.fates[ONE] = Later("locked", timedelta(seconds=2))
    crm.sync()
    waits = []
    for _ in range(5):
        waits.append(crm.row(ONE).due_at - crm.stage.watch.at)
        crm.stage.watch.forward(waits[-1])
        crm.work()
    assert waits[:3] == [timedelta(seconds=2)] * 3
    assert all(longer > wait for wait, longer in pairwise(waits[2:]))
    crm.crm.fates[ONE] = Later("moving", timedelta(hours=5))
    crm.stage.watch.forward(waits[-1] * 3)
    crm.work()
    assert crm.row(ONE).due_at - crm.stage.watch.at == timedelta(hours=5)


def test_what_changes_while_it_is_being_written_is_written_next(crm: CrmScene) -> None:
    """X-09: a decision made just then soils the row, and the end of the write must not clean it."""

    def decide(_: Record) -> None:
        crm.crm.on_write = lambda _: None
        with crm.stage.hub.database.transaction() as session:
            for code in session.scalars(select(Code)):
                code.text = f"NEW-{code.text}"
        crm.soil()

    crm.crm.on_write = decide
    crm.sync()
    crm.work()
    assert [crm.crm.people[one]["ref_code"] for one in (ONE, TWO)] == ["NEW-CODE-000000", "NEW-CODE-000001"]
    assert not any(row.is_dirty for row in crm.rows())


def test_a_record_is_parked_after_as_many_tries_as_its_source_thinks_worth_it(crm: CrmScene) -> None:
    """SF-37: what the source's own automation refuses is no matter of days"""
    crm.crm.fates[ONE] = Later("a flow fails", HOUR, tries=3)
    crm.sync()
    for is_parked in (False, True):
        crm.stage.watch.forward(HOUR)
        crm.work()
        assert (crm.row(ONE).is_parked, crm.row(ONE).is_dirty) == (is_parked, not is_parked)
    assert (crm.row(ONE).attempts, crm.row(ONE).reason) == (3, "a flow fails")
    crm.crm.fates.clear()
    assert retry(crm.stage.hub, "The CRM") == 1
    crm.work()
    assert (crm.row(ONE).is_parked, crm.row(ONE).attempts) == (False, 0)


def test_a_field_that_stands_in_the_way_is_left_out_and_told_once(
    crm: CrmScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SF-41, HS-23: the rest of each record is written in the same run; one thing is to be mended, not many."""
    refuse_field(monkeypatch, "ref_trace")
    crm.sync()
    assert all("ref_trace" not in crm.crm.people[one] for one in (ONE, TWO, THREE))
    assert crm.crm.people[ONE]["ref_code"] == "CODE-000000"
    assert crm.health().problems == {"ref_trace": "no such column"}
    told = [one for one in crm.stage.all(AuditEntry) if one.verb == "field_off"]
    assert [one.detail for one in told] == ["ref_trace: no such column"]
    assert crm.crm.sizes == [3, 3]
    assert not any(row.is_dirty or row.is_parked for row in crm.rows())


def refuse_field(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """The CRM has no such columns, and says so of the first that it meets."""
    write = FieldConnector.write

    def refusing(connector: FieldConnector, records: Sequence[Record]) -> Sequence[WriteOutcome]:
        first = next((name for name in names for one in records if name in one.fields), None)
        if first is None:
            return write(connector, records)
        connector.crm.called("write", len(records))
        return [FieldRefused(first, "no such column")] * len(records)

    monkeypatch.setattr(FieldConnector, "write", refusing)


def test_two_fields_that_stand_in_the_way_are_both_left_out(crm: CrmScene, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_field(monkeypatch, "ref_trace", "ref_status")
    crm.sync()
    assert set(crm.health().problems) == {"ref_trace", "ref_status"}
    assert crm.crm.people[ONE]["ref_code"] == "CODE-000000"
    assert crm.crm.sizes == [3, 3, 3]


def test_a_field_that_was_never_sent_cannot_stand_in_the_way(crm: CrmScene) -> None:
    """A connector's mistake must not become an endless round."""
    crm.crm.fates[ONE] = FieldRefused("another_column", "read-only")
    crm.sync()
    assert crm.row(ONE).reason == "another_column: read-only"
    assert crm.health().problems == {}


def test_whoever_moved_goes_on_under_the_new_id(crm: CrmScene) -> None:
    """SF-22, SF-42, SF-44, HS-19: a lead that became a contact, a contact that was merged."""
    crm.crm.fates[ONE] = Moved("c-new")
    crm.sync()
    assert crm.crm.people["c-new"]["ref_code"] == "CODE-000000"
    assert (crm.row(ONE).moved_to, crm.row(ONE).is_gone) == ("c-new", True)
    assert crm.row("c-new").person_id == crm.row(ONE).person_id
    assert crm.work() == 0


def test_whoever_moved_to_a_known_record_is_one_with_it(crm: CrmScene) -> None:
    """HS-24: one contact is never written twice in a batch."""
    crm.crm.fates[ONE] = Moved(TWO)
    crm.sync()
    assert len(crm.rows()) == 3
    assert (crm.row(ONE).moved_to, crm.row(TWO).is_gone) == (TWO, False)
    assert [one.source_id for one in crm.crm.written].count(TWO) == 1


def test_two_records_that_point_at_each_other_end_parked(crm: CrmScene) -> None:
    crm.crm.fates |= {ONE: Moved(TWO), TWO: Moved(ONE), THREE: Moved(THREE)}
    crm.sync()
    assert [row.source_id for row in crm.rows() if row.is_parked or row.moved_to] == [ONE, TWO, THREE]
    assert "circle" in (crm.row(THREE).reason or "")
    assert crm.work() == 0


def test_who_is_gone_is_written_to_again_once_they_are_back(crm: CrmScene) -> None:
    """SF-24"""
    crm.crm.fates[ONE] = NotThere("deleted")
    crm.sync()
    assert crm.identity(ONE).is_gone
    crm.crm.fates.clear()
    crm.soil()
    crm.work()
    assert ONE not in crm.crm.people
    crm.forget(ONE, is_gone=False)
    crm.work()
    assert crm.crm.people[ONE]["ref_code"] == "CODE-000000"


def test_what_stood_on_a_record_that_was_deleted_is_forgotten(crm: CrmScene) -> None:
    """What somebody once typed there must not outlive them in the hub."""
    crm.crm.people[ONE] = {"ref_code": "Typed by somebody"}
    crm.sync()
    assert any(one.before.get("ref_code") for one in crm.stage.all(WrittenChange))
    crm.forget(ONE)
    crm.soil()
    crm.work()
    row = crm.row(ONE)
    assert (row.is_gone, row.seen, row.written) == (True, None, {})
    assert [one for one in crm.stage.all(WrittenChange) if one.record_id == row.id] == []


def test_in_a_preview_nobody_looks_at_whom_the_source_erased(crm: CrmScene) -> None:
    crm.work()
    crm.forget(ONE)
    crm.soil()
    crm.work()
    assert (crm.row(ONE).is_gone, crm.row(TWO).is_gone) == (True, False)
    assert crm.crm.calls == {"show": 1}


def test_nobody_writes_to_whom_the_source_erased(crm: CrmScene) -> None:
    crm.go_live()
    crm.forget(TWO)
    crm.work()
    assert TWO not in crm.crm.people
    crm.forget(ONE)
    crm.soil()
    crm.work()
    assert crm.row(ONE).is_gone


def test_leads_get_their_fields_too_and_stop_when_they_became_contacts(crm: CrmScene) -> None:
    person_id = crm.identity(ONE).person_id
    crm.knows(person_id, "lead-1", IdentityKind.LEAD)
    crm.sync()
    assert crm.crm.people["lead-1"]["ref_code"] == crm.crm.people[ONE]["ref_code"] == "CODE-000000"
    crm.forget("lead-1")
    crm.soil()
    crm.work()
    assert (crm.row("lead-1").is_gone, crm.row(ONE).is_gone) == (True, False)


def test_a_lead_and_a_contact_of_one_id_are_one_record(crm: CrmScene) -> None:
    """HubSpot's leads are contacts."""
    crm.knows(crm.identity(ONE).person_id, ONE, IdentityKind.LEAD)
    crm.sync()
    assert [row.source_id for row in crm.rows()] == [ONE, TWO, THREE]


def test_a_source_that_takes_nothing_now_is_left_alone_until_it_does(crm: CrmScene) -> None:
    """SF-40, HS-26: a spent daily limit costs one refused call, not one per batch, and no record is blamed for it."""
    crm.go_live()
    crm.work()
    crm.stage.watch.forward(HOUR)
    change_all(crm)
    crm.crm.raises.append(TryLater("the daily limit is spent", timedelta(hours=3)))
    crm.work()
    calls = crm.crm.calls["write"]
    crm.stage.watch.forward(2 * HOUR)
    assert crm.work() == 0
    assert crm.crm.calls["write"] == calls
    assert not pay_is_due(crm)
    assert crm.health().hint == "the daily limit is spent"
    crm.stage.watch.forward(HOUR)
    assert pay_is_due(crm)
    crm.work()
    assert all(row.attempts == 0 and not row.is_dirty for row in crm.rows())
    assert crm.health().hint == ""


def change_all(crm: CrmScene) -> None:
    """Something else is true of everybody: the hub's own address."""
    crm.stage.hub.base_url += "/hub"
    crm.soil()


def pay_is_due(crm: CrmScene) -> bool:
    return (crm.connection.id, Lane.PAY) in due_jobs(crm.stage.hub)


def test_what_needs_a_person_pauses_the_connection(crm: CrmScene) -> None:
    crm.go_live()
    crm.crm.raises.append(NeedsAttention("connect again"))
    crm.work()
    assert crm.stage.one(Connection, id=crm.connection.id).status == "needs_attention"


def test_a_connectors_bug_is_tried_again_later(crm: CrmScene) -> None:
    crm.go_live()
    crm.crm.raises.extend([None, RuntimeError("a bug")])
    crm.work()
    assert {row.reason for row in crm.rows()} == {"RuntimeError, see the log"}
    crm.stage.watch.forward(MINUTE)
    crm.work()
    assert not any(row.is_dirty or row.reason for row in crm.rows())


def test_too_few_outcomes_say_nothing_of_anybody(crm: CrmScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FieldConnector, "write", lambda _connector, _records: [None])
    crm.sync()
    assert {row.reason for row in crm.rows()} == {"1 outcomes were told for 3 records"}
    assert all(row.written_at is None for row in crm.rows())


def test_two_systems_that_fight_over_a_record_are_stopped(crm: CrmScene) -> None:
    """The same record is written five times in ten minutes and not a sixth time, with words of alarm."""
    crm.sync()
    for _ in range(8):
        crm.stage.watch.forward(MINUTE)
        change_all(crm)
        crm.work()
    assert [one.source_id for one in crm.crm.written].count(ONE) == 5
    assert (crm.row(ONE).is_parked, crm.row(ONE).reason) == (True, FIGHTING)
    assert crm.health().parked == 3
    crm.stage.watch.forward(HOUR)
    crm.work()
    assert [one.source_id for one in crm.crm.written].count(ONE) == 6
    assert (crm.row(ONE).is_parked, crm.row(ONE).reason) == (False, None)


def test_writes_that_are_far_apart_are_no_fight(crm: CrmScene) -> None:
    crm.sync()
    for _ in range(8):
        crm.stage.watch.forward(3 * MINUTE)
        change_all(crm)
        crm.work()
    assert [one.source_id for one in crm.crm.written].count(ONE) == 9


def test_once_a_day_what_no_decision_soils_is_found(crm: CrmScene) -> None:
    crm.sync()
    crm.stage.hub.base_url = "https://hub.example"
    crm.stage.watch.forward(DAY)
    crm.stage.work()
    assert (crm.crm.people[ONE]["ref_trace"] or "").startswith("https://hub.example/dashboard/")


def test_a_crash_between_the_write_and_its_keeping_costs_one_identical_write(
    crm: CrmScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X-03"""

    class Killed(BaseException):
        """As if the process were gone."""

    def die(_point: str) -> None:
        raise Killed

    crm.go_live()
    monkeypatch.setattr(field_writing, "reach", die)
    with pytest.raises(Killed):
        crm.work()
    monkeypatch.undo()
    carried = {one: dict(texts) for one, texts in crm.crm.people.items()}
    crm.work()
    crm.work()
    first, second = crm.crm.written[:3], crm.crm.written[3:]
    assert second == first
    assert crm.crm.people == carried
    assert undo(crm.stage.hub, "The CRM").restored == 3, "what stood there before is still known"
    assert {text for texts in crm.crm.people.values() for text in texts.values()} == {""}
