"""A source is left for good, or for a while: its door is shut there and here, and what was owed is still owed."""

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import func, select

from core.models import AuditEntry, Connection, Identity, KeptText, Lease, SyncedRecord
from core.services.install import finish_install
from core.worker import all_jobs, due_jobs
from sandbox.hubspot import PortalControl, SandboxPortal
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.support.live import Scene
from tests.support.markers import secret

SECRET = secret("the-consumer")


def answers_404(address: str) -> bool:
    """Within the two seconds for which a door may remember, and a little more: nobody is there any more."""
    ends = time.monotonic() + 10
    while requests.post(address, data=b"{}", timeout=5).status_code != 404:
        if time.monotonic() > ends:
            return False
    return True


def nothing_is_left(stage: Scene, label: str) -> None:
    """No credential, no job and no lease of that connection."""
    with stage.hub.database.reading() as session:
        row = session.scalars(select(Connection).where(Connection.label == label)).one()
        kept = session.scalar(select(func.count()).where(KeptText.connection_id == row.id))
        held = session.scalar(select(func.count()).where(Lease.connection_id == row.id, Lease.owner != ""))
        acts = session.scalars(select(AuditEntry.verb).where(AuditEntry.subject == f"connection:{row.id}")).all()
    assert (stage.hub.config_of(row), kept, held, acts[-1]) == ({}, 0, 0, "disconnect")
    assert row.id not in {one for one, _ in (*due_jobs(stage.hub), *all_jobs(stage.hub))}
    health = {one["label"]: one["health"] for one in stage.referhub("connections", "list")}
    assert health[label] == "removed"


def links(stage: Scene, label: str) -> tuple[int, int]:
    """How many accounts at that source name somebody, and how many of its people's fields are remembered."""
    with stage.hub.database.reading() as session:
        row = session.scalars(select(Connection).where(Connection.label == label)).one()
        named = Identity.scope == row.id, Identity.is_gone.is_(False)
        written = SyncedRecord.connection_id == row.id
        return (
            session.scalar(select(func.count()).select_from(Identity).where(*named)) or 0,
            session.scalar(select(func.count()).select_from(SyncedRecord).where(written)) or 0,
        )


def test_a_shop_is_left_and_what_it_owes_waits_for_it(stage: Scene) -> None:
    """X-06: the app uninstalls itself; connected again under its label, each reward is paid once."""
    alice, bob = stage.advocate(), stage.friend()
    stage.order(bob)
    stage.settle()
    known = links(stage, "shopify")
    assert requests.post(stage.webhook_url, data=b"{}", timeout=5).status_code == 401
    told = stage.referhub("connections", "disconnect", "shopify", "--keep-links")
    assert (told["links"], told["rewards_waiting"], told["findings"]) == ("kept", 2, [])
    assert stage.desk.truth()["installed"] is False
    assert answers_404(stage.webhook_url)
    nothing_is_left(stage, "shopify")
    calls = len(stage.desk.calls())
    stage.later("15d")
    stage.drain()
    assert len(stage.desk.calls()) == calls
    assert {row["reason"] for row in stage.referhub("rewards", "list")} == {
        "waits for its shop: shopify is disconnected"
    }
    assert links(stage, "shopify") == known != (0, 0)

    stage.desk.install()
    before = stage.connection_id
    assert stage.connect() == before
    stage.settle()
    assert (stage.moves(alice), stage.moves(bob)) == (["10.00"], ["4.00"])
    stage.assert_sound()


def test_a_shop_that_is_out_of_reach_is_left_with_its_links(stage: Scene) -> None:
    """X-06: whoever connects it anew is told what to click, and is found by address."""
    alice = stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    stage.desk.fate("503", count=10)
    told = stage.referhub("connections", "disconnect", "shopify", "--erase-links")
    assert "uninstall it there" in told["findings"][0]
    assert told["links_erased"] > 0
    stage.desk.clear_fates()
    nothing_is_left(stage, "shopify")
    assert links(stage, "shopify") == (0, 0)
    stage.connect()
    stage.later("15d")
    stage.settle()
    assert stage.moves(alice) == ["10.00"]
    stage.assert_sound()


@pytest.fixture
def portal(stage: Scene) -> Iterator[SandboxPortal]:
    back = f"{stage.hub.base_url}/dashboard/connect/back"
    with SandboxPortal(
        redirect_uris=[back], with_kit=True, per_ten_seconds=100_000, searches_per_second=100_000
    ) as one:
        yield one


def agree(stage: Scene, portal: SandboxPortal) -> str:
    """An admin lets the hub into the portal; the address for its webhooks."""
    given = {
        "client-id": portal.client_id,
        "client-secret": portal.client_secret,
        "app-id": str(portal.app_id),
        "public-url": stage.hub.base_url,
        "api-base": portal.base_url,
    }
    options = [part for name, value in given.items() for part in (f"--{name}", value)]
    address = stage.referhub("connect", "hubspot", *options)["authorize_url"]
    back = requests.get(address, allow_redirects=False, timeout=5).headers["Location"]
    told = parse_qs(urlsplit(back).query)
    row, _, _ = finish_install(stage.hub, told["state"][0], told["code"][0])
    return stage.hub.webhook_url(row.id)


@pytest.mark.parametrize("choice", ["--keep-links", "--erase-links"])
def test_a_portal_is_left_and_joined_again(stage: Scene, portal: SandboxPortal, choice: str) -> None:
    """X-06: the app is off the portal and its refresh token opens nothing."""
    desk = PortalControl(portal.base_url)
    desk.create_contact(email="alice@example.com", firstname="Alice")
    address = agree(stage, portal)
    desk.configure(url=address)
    stage.advocate()
    stage.referhub("fields", "go-live", "hubspot")
    stage.settle()
    assert links(stage, "hubspot") == (1, 1)
    token = stage.hub.keep_of(address.rpartition("/")[2]).get("tokens")
    assert token is not None
    told = stage.referhub("connections", "disconnect", "hubspot", choice)
    assert told["findings"] == []
    asked = [f"{call['method']} {call['path']}" for call in desk.calls()]
    assert "DELETE /appinstalls/2026-03/external-install" in asked
    assert answers_404(address)
    nothing_is_left(stage, "hubspot")
    assert links(stage, "hubspot") == ((1, 1) if choice == "--keep-links" else (0, 0))
    desk.forget_calls()
    stage.later("2d")
    stage.drain()
    assert desk.calls() == []

    agree(stage, portal)
    stage.referhub("fields", "go-live", "hubspot")
    stage.drain()
    assert links(stage, "hubspot") == (1, 1)
    stage.assert_sound()


def test_an_org_is_left_and_joined_again(stage: Scene) -> None:
    """X-06: the session is over at Salesforce, and the address that nobody could guess is another one afterwards."""
    with SandboxOrg(client_secret=SECRET) as org:
        desk = OrgControl(org.base_url)
        desk.create_contact(LastName="Alice", Email="alice@example.com")
        given = {
            "client-id": org.client_id,
            "client-secret": SECRET,
            "currency": "EUR",
            "domain": org.base_url,
        }
        options = [part for name, value in given.items() for part in (f"--{name}", value)]
        first = stage.referhub("connect", "salesforce", *options)
        stage.advocate()
        stage.settle()
        token = str(stage.hub.keep_of(first["id"]).get("session"))
        assert "token" in token
        told = stage.referhub("connections", "disconnect", "salesforce", "--keep-links")
        assert [found for found in told["findings"] if "could not be reached" in found] == []
        assert any("deactivate the flows" in found for found in told["findings"])
        assert desk.end_tokens() == 0  # none was alive any more
        assert answers_404(first["webhook_url"])
        nothing_is_left(stage, "salesforce")
        assert links(stage, "salesforce")[0] == 1
        desk.forget_calls()
        stage.later("2d")
        stage.drain()
        assert desk.calls() == []
        again = stage.referhub("connect", "salesforce", *options)
        assert again["id"] == first["id"]
        assert again["webhook_url"] != first["webhook_url"]
        assert links(stage, "salesforce")[0] == 1
    stage.assert_sound()
