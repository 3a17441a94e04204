"""The numbers about fields equal the rows, and cost the same for many."""

import pytest

from core.contract.credits import Later, NotThere, Refused
from core.models import Campaign
from core.queries.field_sync import FieldHealth, ParkedRecord, field_health, parked_records, write_runs
from tests.core.queries.test_fields import counted
from tests.support.crm import CrmScene, connect_crm
from tests.support.hub import HOUR, Scene


@pytest.fixture
def crm(stage: Scene) -> CrmScene:
    """Four people: one written, one parked, one that waits, one that is gone."""
    made = connect_crm(stage)
    made.advocates(4, stage.one(Campaign).id)
    made.crm.fates |= {
        "c-000001": Refused("a validation rule"),
        "c-000002": Later("locked", HOUR),
        "c-000003": NotThere("deleted"),
    }
    made.sync()
    return made


def test_every_number_is_that_of_the_rows(crm: CrmScene) -> None:
    """X-11"""
    health = crm.health()
    assert (health.records, health.written, health.backlog, health.parked, health.gone) == (3, 1, 1, 1, 1)
    assert (health.stage, health.last_write_at, health.problems) == ("live", crm.stage.watch.at, {})


def test_a_connection_that_never_wrote_has_numbers_too(crm: CrmScene) -> None:
    other = connect_crm(crm.stage, "Another CRM")
    assert other.health() == FieldHealth(other.connection.id, "new")


def test_parked_records_are_listed_with_their_reasons(crm: CrmScene) -> None:
    with crm.stage.hub.database.reading() as session:
        found = parked_records(session, crm.connection.id)
    assert found == [ParkedRecord("c-000001", "a validation rule", None)]


def test_the_newest_runs_come_first(crm: CrmScene) -> None:
    crm.stage.watch.forward(HOUR)
    crm.crm.fates.clear()
    crm.work()
    with crm.stage.hub.database.reading() as session:
        newest, first = write_runs(session, crm.connection.id)
    assert (first.written, first.refused, first.calls) == (1, 1, 1)
    assert (newest.written, newest.refused, newest.calls) == (1, 0, 1)
    assert newest.started_at == first.started_at + HOUR
    assert newest.ended_at == newest.started_at


def test_all_connections_together_cost_two_statements(crm: CrmScene) -> None:
    connect_crm(crm.stage, "Another CRM")
    with counted(crm.stage) as statements, crm.stage.hub.database.reading() as session:
        assert len(field_health(session, crm.stage.watch.at)) == 3
    assert len([one for one in statements if one.startswith("SELECT")]) == 2
