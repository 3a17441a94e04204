"""From the deal in HubSpot to the credit in the shop and the fields on the contacts, with a hub and both sources."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from core.models import StoredDelivery
from sandbox.hubspot import PortalControl, SandboxPortal
from tests.connectors.hubspot.support import encoded, event, milliseconds, signature
from tests.support.live import CODE, SECONDS, Scene

DATED = ("/crm/objects/2026-03/", "/crm/associations/2026-03/", "/crm/properties/2026-03/", "/account-info/2026-03/")


@dataclass
class Sales:
    """A hub with a shop and a portal, and what people do in the portal."""

    stage: Scene
    portal: SandboxPortal
    desk: PortalControl
    webhook_url: str = ""

    def connect(self, **settings: str) -> dict[str, Any]:
        """A portal is connected; what the hub said of it."""
        given = {
            "access-token": self.portal.access_token,
            "client-secret": self.portal.client_secret,
            "app-id": str(self.portal.app_id),
            "public-url": self.stage.hub.base_url,
            "api-base": self.portal.base_url,
        } | settings
        told: dict[str, Any] = self.stage.referhub(
            "connect", "hubspot", *(part for name, value in given.items() for part in (f"--{name}", value))
        )
        return told

    def settle(self) -> None:
        """Every event has arrived, and everything due is done."""
        assert self.desk.settle(30)
        self.stage.settle()

    def later(self, by: str) -> None:
        self.stage.later(by)
        self.desk.advance(seconds=int(by[:-1]) * SECONDS[by[-1]])

    def won_deal(self, name: str = "Kitchen", code: str | None = CODE) -> dict[str, Any]:
        """Frida, referred by Alice, signs for EUR 250.00."""
        frida = self.desk.create_contact(email="frida@example.com", firstname="Frida", referred_by_code=code)
        deal = self.desk.create_deal(contact=frida["id"], dealname=name, amount="250.00", dealstage="contractsent")
        self.desk.win_deal(deal["id"])
        return deal


@pytest.fixture
def sales(stage: Scene) -> Iterator[Sales]:
    """Connected to a shop and a portal; Alice recommends, and stands in both."""
    with SandboxPortal(per_ten_seconds=100_000, searches_per_second=100_000) as portal:
        made = Sales(stage, portal, PortalControl(portal.base_url))
        made.webhook_url = made.connect()["webhook_url"]
        made.desk.configure(url=made.webhook_url)
        made.desk.create_contact(email="alice@example.com", firstname="Alice")
        stage.advocate()
        made.settle()
        yield made


def _shown(sales: Sales, email: str) -> dict[str, Any]:
    (row,) = [row for row in sales.desk.records("contacts") if row["properties"].get("email") == email]
    return dict(row["properties"])


def _states(sales: Sales) -> dict[str, str]:
    return sales.stage.states()


def test_a_won_deal_of_a_referred_contact_is_paid_in_the_shop(sales: Sales) -> None:
    """HS-01."""
    sales.won_deal()
    sales.settle()
    (conversion,) = sales.stage.referhub("conversions", "list")
    assert conversion["state"] == "qualified"
    assert _states(sales)["advocate"] == "held"
    sales.later("15d")
    sales.settle()
    assert _states(sales)["advocate"] == "pushed"
    sales.stage.assert_sound()


def test_a_deal_that_is_lost_earns_nothing_and_won_again_earns_once(sales: Sales) -> None:
    """HS-20d."""
    deal = sales.won_deal()
    sales.settle()
    sales.desk.advance(60)
    sales.desk.lose_deal(deal["id"])
    sales.settle()
    assert "held" not in _states(sales).values()
    sales.desk.advance(60)
    sales.desk.win_deal(deal["id"], pipeline="766123001")
    sales.settle()
    assert _states(sales)["advocate"] == "held"
    assert len(sales.stage.referhub("conversions", "list")) == 1
    sales.stage.assert_sound()


def test_a_code_that_is_taken_away_and_noted_after_the_win_decides_again_and_a_deal_back_from_the_bin_is_paid(
    sales: Sales,
) -> None:
    """Neither touches the deal itself, so that its last change stays where it was."""
    deal, desk = sales.won_deal(), sales.desk
    (frida,) = (row["id"] for row in desk.records("contacts") if row["properties"].get("email") == "frida@example.com")
    for code, state in ((None, "withdrawn"), (CODE, "qualified")):
        sales.settle()
        desk.update_contact(frida, referred_by_code=code)
        sales.settle()
        assert [row["state"] for row in sales.stage.referhub("conversions", "list")] == [state]
    desk.delete_deal(deal["id"])
    sales.settle()
    assert "held" not in _states(sales).values()
    sales.later("1h")
    desk.restore("deals", deal["id"])
    sales.settle()
    sales.later("15d")
    sales.settle()
    assert _states(sales)["advocate"] == "pushed"
    sales.stage.assert_sound()


def test_what_webhooks_lost_is_found_by_asking(sales: Sales) -> None:
    """HS-35: every event of the deal and its contact is lost."""
    sales.desk.mail_fate("drop", count=1_000)
    sales.won_deal()
    sales.settle()
    assert sales.stage.referhub("conversions", "list") == []
    sales.later("20m")
    sales.settle()
    (conversion,) = sales.stage.referhub("conversions", "list")
    assert conversion["state"] == "qualified"


def test_events_that_come_many_times_and_backwards_count_once(sales: Sales) -> None:
    """HS-09, HS-12, X-01."""
    sales.desk.courier(order="reversed")
    sales.desk.mail_fate("duplicate", count=1_000)
    sales.won_deal()
    sales.settle()
    numbers = [one["number"] for one in sales.desk.events()]
    told = sales.desk.send(numbers, times=3)
    assert {one["status"] for one in told} == {200}
    sales.settle()
    keys = [row["key"] for row in sales.stage.deliveries()]
    assert len(keys) == len(set(keys))
    assert len(sales.stage.referhub("conversions", "list")) == 1
    sales.stage.assert_sound()


def test_a_forged_event_is_refused_and_leaves_nothing(sales: Sales) -> None:
    """HS-04."""
    before = len(sales.stage.deliveries())
    url = sales.webhook_url
    body = [{"subscriptionType": "deal.creation", "objectId": 1, "portalId": sales.portal.portal_id}]
    assert sales.desk.forge(url, body)["status"] == 401
    assert sales.desk.forge(url, body, secret=sales.portal.client_secret, seconds=-400)["status"] == 401
    assert sales.desk.forge(url, {"a": 1}, secret=sales.portal.client_secret)["status"] == 400
    assert len(sales.stage.deliveries()) == before


def test_fields_appear_on_the_contacts_once_somebody_said_so_and_make_no_echo(sales: Sales) -> None:
    """HS-17, X-09: shown after a look, absolute, and our own writes are no news."""
    sales.won_deal()
    sales.settle()
    assert not _shown(sales, "alice@example.com").get("referral_code")
    sales.stage.referhub("fields", "go-live", "hubspot")
    sales.settle()
    alice, frida = _shown(sales, "alice@example.com"), _shown(sales, "frida@example.com")
    assert (alice["referral_code"], alice["referral_count"], alice["referral_status"]) == (CODE, "1", "advocate")
    assert frida["referred_by_code"] == CODE
    sales.desk.forget_calls()
    for _ in range(3):
        sales.later("16m")
        sales.settle()
    assert sales.desk.calls("batch/update") == []


def test_two_contacts_that_become_one_keep_what_they_brought(sales: Sales) -> None:
    """HS-19."""
    sales.won_deal()
    sales.settle()
    other = sales.desk.create_contact(email="frida@work.example")
    frida = next(row for row in sales.desk.records("contacts") if row["properties"].get("email") == "frida@example.com")
    sales.desk.advance(60)
    sales.desk.merge_contacts(frida["id"], other["id"])
    sales.settle()
    (conversion,) = sales.stage.referhub("conversions", "list")
    assert conversion["state"] == "qualified"
    assert _states(sales)["advocate"] == "held"
    sales.stage.assert_sound()


def test_every_call_of_a_whole_run_goes_to_a_dated_path_and_no_secret_stays_behind(
    sales: Sales, caplog: pytest.LogCaptureFixture
) -> None:
    """HS-31, X-07."""
    caplog.set_level("DEBUG")
    sales.won_deal()
    sales.settle()
    sales.stage.referhub("fields", "go-live", "hubspot")
    for by in ("20m", "2d", "15d"):
        sales.later(by)
        sales.settle()
    paths = {call["path"] for call in sales.desk.calls()}
    assert len(paths) >= 8
    assert [path for path in paths if not path.startswith(DATED)] == []
    raw = b"".join(path.read_bytes() for path in sales.stage.folder.rglob("*.db*"))
    assert raw
    for secret in (sales.portal.access_token, sales.portal.client_secret):
        assert secret.encode() not in raw
        assert secret not in caplog.text


def test_ten_parallel_requests_of_a_hundred_events_are_all_stored(sales: Sales) -> None:
    """HS-11: on SQLite, and no sender hears of a lock. What is too late on a busy machine is sent again, as ever."""
    before = len(sales.stage.deliveries())
    bodies = [[_event(sales, 1_000 * one + number) for number in range(100)] for one in range(10)]
    with ThreadPoolExecutor(10) as senders:
        told = list(senders.map(lambda body: _post(sales, body), bodies))
    assert {answer.status_code for answer in told} <= {200, 503}
    assert not any("lock" in answer.text for answer in told)
    assert all(answer.elapsed.total_seconds() < 5 for answer in told), "HubSpot waits no longer"
    late = [body for body, answer in zip(bodies, told, strict=True) if answer.status_code == 503]
    assert [_post(sales, body).status_code for body in late] == [200] * len(late)
    assert len(sales.stage.deliveries()) == before + 1_000


def test_events_of_three_portals_go_to_those_that_are_connected(sales: Sales) -> None:
    """HS-10: the third is counted and acknowledged, because a repetition would not help."""
    with SandboxPortal(portals=[222], app_id=sales.portal.app_id, client_secret=sales.portal.client_secret) as other:
        sales.connect(
            **{"label": "other", "access-token": other.access_token, "api-base": other.base_url},
        )
    before = len(sales.stage.deliveries())
    portals = (sales.portal.portal_id, 222, 333)
    events = [_event(sales, 1_000 + number, portalId=portals[number % 3]) for number in range(99)]
    assert _post(sales, events).status_code == 200
    assert len(sales.stage.deliveries()) == before + 66
    with sales.stage.hub.database.reading() as session:
        rows = session.execute(
            select(StoredDelivery.connection_id, func.count()).group_by(StoredDelivery.connection_id)
        )
        counts = dict(rows.all())
    (label,) = [row["id"] for row in sales.stage.referhub("connections", "list") if row["label"] == "other"]
    assert counts[label] == 33


def _event(sales: Sales, record_id: int, **told: Any) -> dict[str, Any]:
    return event("contact.creation", record_id, portalId=sales.portal.portal_id, appId=sales.portal.app_id) | told


def _post(sales: Sales, events: list[dict[str, Any]]) -> requests.Response:
    """The events in one request, signed as HubSpot would."""
    url = sales.webhook_url
    body, stamp = encoded(events), milliseconds(sales.stage.hub.now())
    signed = signature(body, stamp, url, sales.portal.client_secret)
    headers = {"X-HubSpot-Signature-v3": signed, "X-HubSpot-Request-Timestamp": stamp}
    return requests.post(url, data=body, headers=headers, timeout=30)
