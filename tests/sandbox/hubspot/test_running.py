"""A portal starts, keeps what it holds, and is really gone when it is stopped."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest
import requests

from sandbox.ground.control import DeskRefused
from sandbox.hubspot import PortalControl, SandboxPortal
from tests.sandbox.hubspot.conftest import CONTACTS, Api
from tests.sandbox.hubspot.test_oauth import BACK, authorize, exchange, refresh, sent_back


def test_a_stopped_portal_answers_nobody_not_even_on_a_kept_connection() -> None:
    portal = SandboxPortal().start()
    api = Api(portal)
    assert api.get(CONTACTS).status_code == 200
    portal.stop()
    for _ in "kept", "new":
        with pytest.raises(requests.ConnectionError):
            api.get(CONTACTS)


def test_a_portal_that_never_started_can_be_stopped() -> None:
    SandboxPortal().stop()


def test_a_time_zone_nobody_lives_in_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        SandboxPortal(time_zone="Mars/Olympus")


def test_everything_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "portal.db"
    with SandboxPortal(data=file, with_kit=True, client_secret="hush", redirect_uris=[BACK]) as portal:
        desk, api = PortalControl(portal.base_url), Api(portal)
        desk.stop_clock()
        desk.advance(3600)
        one, two = (desk.create_contact(email=f"{name}@example.com")["id"] for name in ("a", "b"))
        desk.create_deal(contact=one, dealname="D")
        desk.merge_contacts(one, two)
        api.update((one, {"referral_code": "X"}))
        granted = exchange(portal, sent_back(authorize(portal))["code"]).json()
        before, events, calls, now = desk.truth(), desk.events(), desk.calls(), desk.now()
    with SandboxPortal(data=file, client_secret="hush", redirect_uris=[BACK]) as portal:
        desk = PortalControl(portal.base_url)
        assert desk.truth() == before
        assert desk.events() == events
        assert desk.calls() == calls
        assert desk.now() == now
        assert refresh(portal, granted["refresh_token"]).status_code == 200
        assert desk.create_contact(email="c@example.com")["id"] == one + 3
        with pytest.raises(DeskRefused, match="Existing ID"):
            desk.create_contact(email="A@example.com")


def test_what_fails_halfway_changes_nothing(desk: PortalControl) -> None:
    before, events = desk.truth(), desk.events()
    with pytest.raises(DeskRefused, match="Existing ID"):
        desk.create_contacts([{"email": "x@example.com"}, {"email": "X@example.com"}])
    assert desk.truth() == before
    assert desk.events() == events
    desk.create_contact(email="x@example.com")


def test_the_desk_says_what_it_does_not_have(portal: SandboxPortal, desk: PortalControl, alice: int) -> None:
    answer = requests.get(f"{portal.base_url}/_sandbox/nothing", timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (404, "the desk has no GET /_sandbox/nothing")
    bad = requests.post(f"{portal.base_url}/_sandbox/contacts", data=b"{", timeout=5)
    assert (bad.status_code, bad.json()) == (422, {"error": "the body is not JSON"})
    for wrong, said in (
        (lambda: desk.settings(colour="blue"), "settings has no key 'colour'"),
        (lambda: desk.create_contact(nothing_like_it="1"), "does not exist"),
        (lambda: desk.update_contact(1, firstname="A"), "has no contact 1"),
        (lambda: desk.win_deal(1), "has no deal 1"),
        (lambda: PortalControl(portal.base_url, portal=5).truth(), "there is no portal 5"),
        (lambda: desk.send([99]), "there is no event 99"),
    ):
        with pytest.raises(DeskRefused, match=said):
            wrong()


def test_the_desks_answers_end_their_line_and_the_vendors_do_not(portal: SandboxPortal, api: Api) -> None:
    """In a terminal, one answer of curl must not run into the next."""
    for path in "", "truth", "nothing":
        said = requests.get(f"{portal.base_url}/_sandbox/{path}", timeout=5).text
        assert said.count("\n") == 1
        assert said.endswith("}\n")
    assert api.get(CONTACTS).text.endswith("}")


def test_hello_says_who_is_there(portal: SandboxPortal, desk: PortalControl) -> None:
    told = desk.hello()
    assert (told["portals"], told["app_id"]) == ([portal.portal_id], portal.app_id)
