"""An app is what its shopify.app.toml says, and what the vendor would not deploy is refused."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from sandbox.shopify import App, SandboxShop
from sandbox.shopify.command import shopify
from tests.sandbox.shopify.conftest import NORTH
from tests.sandbox.shopify.test_command import running
from tests.sandbox.shopify.test_store_app import ask, call, exchange

TOML = Path(__file__).parent / "store_app.toml"


def test_the_file_says_it_all_and_its_addresses_move_to_this_computer() -> None:
    app = App.from_toml(TOML, "http://127.0.0.1:8000")
    assert (app.name, app.handle, app.address) == ("Tea club", "tea-club", "http://127.0.0.1:8000/inside")
    assert app.redirect_urls == ["http://127.0.0.1:8000/callback"]
    assert {each.uri for each in app.subscriptions} == {"http://127.0.0.1:8000/hooks"}
    assert app.proxy is not None
    assert (app.proxy.url, app.proxy.path) == ("http://127.0.0.1:8000/proxy", "/apps/tea")
    assert App.from_toml(TOML).address == "https://tea.example.com/inside"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('"orders/create"', '"orders/eaten"', "'orders/eaten', which is no topic"),
        ('"shop/redact"', '"shop/update"', "an app in the store subscribes to customers/data_request"),
        ('["write_gift_cards"]', '["read_customers"]', "'read_customers' is implied by a required one"),
        ('prefix = "apps"', 'prefix = "here"', "the app proxy's prefix is one of"),
        ('"https://tea.example.com/hooks"', '"pubsub://project:topic"', "http and https addresses only"),
    ],
)
def test_what_the_vendor_would_not_deploy_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    written = TOML.read_text()
    assert old in written
    changed = tmp_path / "shopify.app.toml"
    changed.write_text(written.replace(old, new))
    with pytest.raises(ValueError, match=complaint):
        App.from_toml(changed)
    told = CliRunner().invoke(shopify, ["--app", str(changed)])
    assert told.exit_code == 1
    assert complaint in told.output


def test_a_file_that_lacks_something_is_refused_in_one_sentence(tmp_path: Path) -> None:
    changed = tmp_path / "shopify.app.toml"
    changed.write_text(TOML.read_text().replace("client_id", "clientid"))
    told = CliRunner().invoke(shopify, ["--app", str(changed)])
    assert (told.exit_code, told.output) == (1, f"Error: {changed} says nothing of client_id\n")


def test_an_old_app_lives_without_expiring_tokens_until_2027(town: SandboxShop) -> None:
    town.town.app.created_on = date(2026, 3, 31)
    desk = town.control(NORTH)
    desk.install()
    desk.advance(to="2026-12-31T23:59:00+00:00")
    old = exchange(town, NORTH, desk.id_token(), expiring="0").json()["access_token"]
    assert call(town, NORTH, old).status_code == 200
    desk.advance(61)
    assert call(town, NORTH, old).status_code == 403
    kind = "urn:shopify:params:oauth:token-type:offline-access-token"
    pair = exchange(town, NORTH, old, subject_token_type=kind).json()
    assert call(town, NORTH, pair["access_token"]).status_code == 200
    assert call(town, NORTH, old).status_code == 401
    assert ask(town, NORTH, grant_type="refresh_token", refresh_token=pair["refresh_token"]).status_code == 200


def test_the_command_serves_the_app_of_a_file_in_several_shops(tmp_path: Path) -> None:
    options = ("--app", str(TOML), "--app-address", "http://127.0.0.1:9", "--shop", "south.myshopify.com")
    with running("--domain", NORTH, *options) as (_, where):
        assert where["client_id"] == tomllib.loads(TOML.read_text())["client_id"]
        assert list(where["shops"]) == [NORTH, "south.myshopify.com"]
        page = requests.get(where["app_page"], timeout=5).text
        assert "Install in North" in page
        assert "Install in South" in page
        for domain, address in where["shops"].items():
            assert requests.get(f"{address}/_sandbox/", timeout=5).json()["domain"] == domain


def test_every_shop_keeps_its_own_truth(tmp_path: Path) -> None:
    data = tmp_path / "town.db"
    app = App.from_toml(TOML, "http://127.0.0.1:9", client_secret="hush")
    with SandboxShop(NORTH, app=app, others=["south.myshopify.com"], data=data) as town:
        town.control("south.myshopify.com").install()
    app = App.from_toml(TOML, "http://127.0.0.1:10", client_secret="hush")
    with SandboxShop(NORTH, app=app, others=["south.myshopify.com"], data=data) as town:
        told = {domain: town.control(domain).truth() for domain in town.town.shops}
        assert [each["installed"] for each in told.values()] == [False, True]
        for each in told.values():
            assert {one["uri"] for one in each["webhook_subscriptions"]} == {"http://127.0.0.1:10/hooks"}
        assert json.dumps(told).count("app/uninstalled") == 2
