"""The button beside parked records, from the page to the record at a CRM."""

import re
from collections.abc import Iterator
from functools import partial

import pytest

from core.contract.credits import Refused
from core.models import Campaign, SyncedRecord
from core.services.field_verbs import retry, show_places
from tests.support.crm import CrmScene, connect_crm
from tests.support.dashboard import dashboard_app
from tests.support.hub import scene

SAME = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def crm(sqlite_url: str) -> Iterator[CrmScene]:
    """Two people are written; the record of a third one is parked."""
    stage = scene(sqlite_url).campaign()
    made = connect_crm(stage)
    made.advocates(3, stage.one(Campaign).id)
    made.crm.fates["c-000001"] = Refused("pick a region first")
    made.sync()
    yield made
    stage.hub.database.close()


def test_a_parked_record_is_written_after_somebody_pressed_the_button(crm: CrmScene) -> None:
    """X-11: parked rows with reason and "retry"."""
    hub, address = crm.stage.hub, f"/dashboard/connections/{crm.connection.id}"
    client = dashboard_app(hub, fields=partial(show_places, hub), retry=partial(retry, hub)).test_client()
    page = client.get(address).text
    assert "pick a region first" in page
    assert "ref_referred_by" in page.replace("<wbr>", "")
    token = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert token is not None
    assert client.post(f"{address}/retry", headers=SAME).status_code == 403
    assert crm.stage.one(SyncedRecord, source_id="c-000001").is_parked

    crm.crm.fates.clear()
    answer = client.post(f"{address}/retry", data={"token": token[1]}, headers=SAME)
    assert answer.headers["Location"] == f"{address}?retried=1"
    crm.work()
    assert crm.crm.people["c-000001"]["ref_code"] == "CODE-000001"
    page = client.get(address).text
    assert "pick a region first" not in page
    assert "No record is parked" in page
