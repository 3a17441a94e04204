"""A source is connected, tried, switched, given a new address and left by forms alone, without a script."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient

from app import create_app
from connectors.shopify.installation import NEEDED, OPTIONAL
from core.models import Connection
from core.rules.switches import Lock, Place, Switches
from core.services.connections import find
from sandbox.hubspot import SandboxPortal
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.support.dashboard import dashboard_app, signed_in
from tests.support.live import Scene, scene

HOME = "/dashboard"


class Browser:
    """Somebody without scripts: opens pages, and sends the forms that stand there."""

    def __init__(self, stage: Scene) -> None:
        self.host = f"127.0.0.1:{stage.port}"
        self.client: FlaskClient = create_app(stage.settings, stage.hub).test_client()

    def open(self, path: str) -> str:
        answer = self.client.get(f"{HOME}{path}", headers={"Host": self.host})
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, page: str, status: int = 200, **given: str) -> Any:
        """The form that a page sends to `path`; it has to stand there."""
        assert f'action="{HOME}{path}"' in page
        token = re.search(r'name="token" value="([0-9a-f]{64})"', page)
        assert token is not None
        headers = {"Host": self.host, "Origin": f"http://{self.host}", "Sec-Fetch-Site": "same-origin"}
        answer = self.client.post(f"{HOME}{path}", data={"token": token[1], **given}, headers=headers)
        assert answer.status_code == status, answer.text
        return answer


@pytest.fixture
def stage(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    """A hub without a connection, and a shop that waits for one."""
    with scene(tmp_path, sqlite_url, is_ready=False) as made:
        yield made


@pytest.fixture
def browser(stage: Scene) -> Browser:
    return Browser(stage)


def typed(stage: Scene, **changes: str) -> dict[str, str]:
    """What somebody fills in to connect the sandbox shop."""
    given = {
        "shop": stage.shop.domain,
        "client_id": stage.shop.client_id,
        "client_secret": stage.shop.client_secret,
        "access_token": stage.shop.access_token,
        "api_base": stage.shop.base_url,
    } | changes
    return {"label": given.pop("label", "Tea shop")} | {f"setting-{name}": value for name, value in given.items()}


def row(stage: Scene, label: str = "Tea shop") -> Connection:
    with stage.hub.database.reading() as session:
        return find(session, label)


def connect(stage: Scene, browser: Browser) -> str:
    """The shop is connected by its form; the address of its page."""
    browser.send("/connect/shopify", browser.open("/connect/shopify"), **typed(stage))
    return f"/connections/{row(stage).id}"


def test_a_shop_is_connected_and_its_secrets_are_never_shown_again(stage: Scene, browser: Browser) -> None:
    assert "Connect a source" in browser.open("/connections")
    assert 'href="/dashboard/connect/shopify"' in browser.open("/connect")
    page = browser.open("/connect/shopify")
    assert "Dev Dashboard" in page
    assert 'name="setting-client_secret" type="password" value=""' in page
    said = browser.send("/connect/shopify", page, **typed(stage)).text
    assert "Tea shop is connected" in said
    assert stage.hub.webhook_url(row(stage).id) in said
    shown = browser.open(f"/connections/{row(stage).id}")
    assert "Waiting for the first event" in shown
    again = browser.open("/connect/shopify?label=Tea+shop")
    for page in (said, shown, again):
        assert stage.shop.client_secret not in page
        assert stage.shop.access_token not in page


def test_the_steps_name_every_right_that_the_app_needs(browser: Browser) -> None:
    page = browser.open("/connect/shopify")
    assert [right for right in (*NEEDED, *OPTIONAL) if right not in page] == []


def test_an_empty_hub_leads_to_the_form_as_long_as_nothing_is_connected(stage: Scene, browser: Browser) -> None:
    form = f'<a class="btn btn-primary" href="{HOME}/connect">Connect a source</a>'
    assert form in browser.open("/")
    connect(stage, browser)
    assert form not in browser.open("/")


def test_the_first_event_is_seen(stage: Scene, browser: Browser) -> None:
    page = connect(stage, browser)
    stage.connection_id = row(stage).id
    with stage.door():
        stage.order(stage.friend())
        stage.settle()
    shown = browser.open(page)
    assert "Waiting for the first event" not in shown
    assert "Heard an event last" in shown


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"shop": "no shop!"}, "shop"),
        ({"client_secret": ""}, "client_secret"),
        ({"api_version": "yesterday"}, "api_version"),
        ({"label": " "}, "label"),
        ({"label": "x" * 61}, "label"),
        ({"api_base": "https://127.0.0.1:1"}, "api_base"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_is_lost_but_secrets(
    stage: Scene, browser: Browser, changes: dict[str, str], field: str
) -> None:
    page = browser.open("/connect/shopify")
    said = browser.send("/connect/shopify", page, 400, **typed(stage, **changes)).text
    assert f'id="wrong-{field}"' in said
    assert f'aria-describedby="wrong-{field}"' in said
    assert said.count("invalid-feedback") == 1
    assert f'value="{stage.shop.client_id}"' in said
    assert stage.shop.access_token not in said
    assert "Traceback" not in said
    assert stage.referhub("connections", "list") == []


def test_what_no_field_is_to_blame_for_is_said_above_them(stage: Scene, browser: Browser) -> None:
    stage.desk.uninstall()
    said = browser.send("/connect/shopify", browser.open("/connect/shopify"), 400, **typed(stage)).text
    assert 'role="alert"' in said
    assert "reconnect" in said or "install" in said


def test_it_is_tested_switched_off_and_switched_on(stage: Scene, browser: Browser) -> None:
    page = connect(stage, browser)
    done = browser.send(f"{page}/test", browser.open(page), 303).headers["Location"]
    assert "The source answers." in browser.client.get(done, headers={"Host": browser.host}).text
    browser.send(f"{page}/switch", browser.open(page), 303, on="no")
    shown = browser.open(page)
    assert "Off: <bdi>by operator" in shown or "Off: <bdi>by an admin" in shown
    assert not row(stage).is_enabled
    assert 'name="on" value="yes"' in shown
    browser.send(f"{page}/switch", shown, 303, on="yes")
    assert row(stage).is_enabled
    stage.desk.uninstall()
    said = browser.send(f"{page}/test", browser.open(page), 400).text
    assert "That could not be done" in said


def test_a_switch_that_cannot_win_is_not_offered_and_not_taken(stage: Scene, browser: Browser) -> None:
    page = connect(stage, browser)
    before = browser.open(page)
    by = "configuration file config/referhub.toml"
    stage.hub.switches = Switches((Place({"shopify": Lock(False, by)}),))
    shown = browser.open(page)
    assert f"Off: <bdi>by {by}</bdi>" in shown
    assert "start the hub again" in shown
    assert f"{page}/switch" not in shown
    assert f"by {by}" in browser.open("/connections")
    assert by in browser.send(f"{page}/switch", before, 409, on="no").text
    assert row(stage).is_enabled


def test_a_secret_address_is_made_anew_and_shown_once(stage: Scene, browser: Browser) -> None:
    with SandboxOrg(client_secret="the-consumer-secret") as org:
        given = {"client_id": org.client_id, "client_secret": "the-consumer-secret", "currency": "EUR"}
        settings = {f"setting-{name}": value for name, value in (given | {"domain": org.base_url}).items()}
        page = browser.open("/connect/salesforce")
        assert "webhook_token" not in page
        said = browser.send("/connect/salesforce", page, label="Org", **settings).text
        old = re.search(rf"http://[^<]+/hooks/{row(stage, 'Org').id}/[\w-]+", said)
        assert old is not None
        assert f"endpoint {old[0]}" in said
        place = f"/connections/{row(stage, 'Org').id}"
        rotated = browser.send(f"{place}/rotate", browser.open(place)).text
        new = re.search(rf"http://[^<]+/hooks/{row(stage, 'Org').id}/[\w-]+", rotated)
        assert new is not None
        assert new[0] != old[0]
        assert "The old address works until" in rotated
        assert new[0] not in browser.open(place)
        assert OrgControl(org.base_url).hello()
    shop = connect(stage, browser)
    assert f"{shop}/rotate" not in browser.open(shop)


def test_an_admin_agrees_at_hubspot_and_comes_back_to_what_is_left_to_do(stage: Scene, browser: Browser) -> None:
    back = f"{stage.hub.base_url}{HOME}/connect/back"
    with SandboxPortal(redirect_uris=[back], with_kit=True) as portal:
        page = browser.open("/connect/hubspot")
        assert back in page
        given = {"client_id": portal.client_id, "client_secret": portal.client_secret, "api_base": portal.base_url}
        given |= {"app_id": str(portal.app_id), "public_url": stage.hub.base_url}
        settings = {f"setting-{name}": value for name, value in given.items()}
        said = browser.send("/connect/hubspot", page, label="Portal", **settings).text
        there = re.search(r'href="(http[^"]+/oauth/authorize[^"]+)"', said)
        assert there is not None
        left = requests.get(there[1].replace("&amp;", "&"), allow_redirects=False, timeout=5).headers["Location"]
        assert parse_qs(urlsplit(left).query)["state"]
        done = browser.open(f"/connect/back?{urlsplit(left).query}")
        assert "The connection <strong><bdi>Portal</bdi></strong> works now" in done
        assert stage.hub.webhook_url(row(stage, "Portal").id) in done


def test_it_is_left_only_after_a_choice_and_its_label(stage: Scene, browser: Browser) -> None:
    """X-06"""
    page = connect(stage, browser)
    form = browser.open(f"{page}/disconnect")
    assert 'id="wrong-links"' in browser.send(f"{page}/disconnect", form, 400, label="Tea shop").text
    wrong = browser.send(f"{page}/disconnect", form, 400, links="keep", label="tea").text
    assert 'id="wrong-label"' in wrong
    assert 'value="keep" checked' in wrong
    assert row(stage).disconnected_at is None
    left = browser.send(f"{page}/disconnect", form, links="keep", label="Tea shop").text
    assert "Tea shop is disconnected" in left
    assert "links to its people are kept" in left
    assert stage.desk.truth()["installed"] is False
    shown = browser.open(page)
    assert "Disconnected here." in shown
    assert f"{page}/switch" not in shown
    assert "Connect anew" in shown
    stage.hub.switches = Switches((Place({"shopify": Lock(False, "configuration file config/referhub.toml")}),))
    assert "start the hub again" not in browser.open(page)  # it has no switch that could lose


@pytest.mark.parametrize("role", ["viewer", "support"])
def test_whoever_is_no_admin_is_offered_nothing_and_let_in_nowhere(stage: Scene, role: str) -> None:
    stage.connect()
    client = dashboard_app(stage.hub, visitor=signed_in(role, row(stage, "shopify").merchant_id)).test_client()
    page = f"{HOME}/connections/{stage.connection_id}"
    shown = client.get(page).text
    assert "Disconnect" not in shown
    for path in (f"{HOME}/connect", f"{HOME}/connect/shopify", f"{page}/disconnect"):
        assert client.get(path).status_code == 403
    for verb in ("test", "switch", "rotate", "disconnect"):
        assert client.post(f"{page}/{verb}").status_code == 403


def test_the_form_asks_for_nothing_that_is_the_hubs_to_know_and_ticks_a_box_for_yes(
    stage: Scene, browser: Browser
) -> None:
    page = browser.open("/connect/shopify")
    assert "setting-grant" not in page
    assert "setting-webhooks" not in page
    assert re.search(r'type="checkbox" id="count_test_orders" name="setting-count_test_orders" value="yes">', page)
    shop = stage.shop
    given = {"shop": shop.domain, "client_id": shop.client_id, "client_secret": shop.client_secret}
    given |= {"api_base": shop.base_url}
    for ticked, kept in (({"setting-count_test_orders": "yes"}, "yes"), ({}, "no")):
        filled = {f"setting-{name}": value for name, value in given.items()} | ticked
        browser.send("/connect/shopify", page, label="shop", **filled)
        with stage.hub.database.reading() as session:
            row = find(session, "shop")
        assert stage.hub.config_of(row)["count_test_orders"] == kept
