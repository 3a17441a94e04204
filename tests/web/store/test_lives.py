"""A shop's installation over time: thrown out, taken back, its rights changed, its tokens renewed or lost."""

import base64
import hashlib
import hmac
import json
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from core.contract.errors import NeedsAttention, TryLater
from core.models import Connection, DataRequest, HubState, Identity, Merchant, StoredDelivery
from core.services import receive_app
from core.services.campaigns import create_campaign
from core.services.disconnect import disconnect
from core.services.enroll import enroll
from core.services.renew import renew_due
from core.worker import keep_house
from tests.support.store import NORTH, SECRET, SOUTH, House, house_with_a_store_app
from tests.support.story import TERMS

HOOK = "/hooks/app/shopify"


@pytest.fixture
def opened(house: House) -> House:
    house.install()
    assert house.open().status_code == 200
    house.work()
    return house


def heard(house: House, shop: str = NORTH) -> None:
    """Every webhook of the shop has been delivered and read."""
    assert house.desk(shop).settle(20)
    house.work()


def send(house: House, topic: str, body: Any, shop: str = NORTH, secret: str = SECRET, **more: str) -> int:
    raw = json.dumps(body).encode()
    proof = base64.b64encode(hmac.digest(secret.encode(), raw, hashlib.sha256)).decode()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": proof,
        "X-Shopify-Shop-Domain": shop,
        "X-Shopify-Webhook-Id": str(uuid4()),
        **more,
    }
    return requests.post(f"{house.url}{HOOK}", data=raw, headers=headers, timeout=10).status_code


def tokens(house: House) -> dict[str, Any]:
    row = house.connection()
    return dict(json.loads(house.hub.within(row.merchant_id).keep_of(row.id).get("tokens") or "{}"))


def age(house: House, **ends: float) -> None:
    """The kept tokens end so many seconds from now."""
    row = house.connection()
    keep = house.hub.within(row.merchant_id).keep_of(row.id)
    told = {name: time.time() + seconds for name, seconds in ends.items()}
    keep.change("tokens", lambda text: json.dumps({**json.loads(text or "{}"), **told}))
    house.hub._open.clear()  # as if the hub had been started anew


def test_orders_of_all_shops_come_to_the_one_address_of_the_app(house: House) -> None:
    for shop in (NORTH, SOUTH):
        house.install(shop)
        house.open(shop)
        customer = house.desk(shop).create_customer(email="a@example.com")["id"]
        house.desk(shop).create_order(customer=customer, paid=True)
        heard(house, shop)
    with house.hub.database.reading() as session:
        rows = session.query(StoredDelivery).filter_by(topic="orders/paid").all()
    assert {row.connection_id for row in rows} == {house.connection(NORTH).id, house.connection(SOUTH).id}
    merchants = {house.connection(NORTH).merchant_id, house.connection(SOUTH).merchant_id}
    assert {row.merchant_id for row in rows} == merchants
    assert {row.state for row in rows} == {"read"}


def test_a_wrong_signature_is_refused_and_a_strangers_shop_acknowledged_and_forgotten(opened: House) -> None:
    """SH-15, SH-23"""
    before = opened.count(StoredDelivery)
    assert send(opened, "orders/paid", {"id": 1}, secret="another") == 401
    assert send(opened, "orders/paid", {"id": 1}, shop=SOUTH) == 200
    assert send(opened, "orders/paid", {"id": 1}, shop="x.myshopify.com.evil.com") == 400
    assert opened.count(StoredDelivery) == before
    with opened.hub.database.reading() as session:
        noted = session.get_one(HubState, "strangers shopify").value
    assert json.loads(noted)["count"] == 1
    assert send(opened, "orders/paid", {"id": 1}) == 200
    assert opened.count(StoredDelivery) == before + 1


def test_while_the_secret_is_rotated_both_are_good(sqlite_url: str, tmp_path: Path) -> None:
    """SH-15"""
    with house_with_a_store_app(sqlite_url, tmp_path, previous_secret="the-secret-before-that-one") as house:
        house.install()
        assert house.open().status_code == 200
        for secret in (SECRET, "the-secret-before-that-one"):
            assert send(house, "orders/paid", {"id": 1}, secret=secret) == 200
        assert send(house, "orders/paid", {"id": 1}, secret="the-secret-before-both") == 401


def test_thrown_out_and_taken_back_the_shop_goes_on_where_it_was(opened: House) -> None:
    opened.desk().uninstall()
    heard(opened)
    assert opened.connection().status == "removed"
    first, connection = opened.connection(), opened.connection().id
    opened.install()
    assert opened.open().status_code == 200
    row = opened.connection()
    assert (row.id, row.status, opened.count(Merchant)) == (connection, "active", 1)
    assert row.connected_at > first.connected_at


def test_a_reinstall_whose_uninstall_was_never_heard_gets_new_tokens(opened: House) -> None:
    """No stale "already installed" shortcut"""
    old = tokens(opened)
    opened.desk().hold()
    opened.desk().uninstall()
    opened.install()
    assert opened.open().status_code == 200
    assert tokens(opened)["refresh"] != old["refresh"]
    assert opened.connection().status == "active"


def test_a_late_uninstall_does_not_remove_the_newer_installation(opened: House) -> None:
    opened.desk().hold()
    opened.desk().uninstall()
    opened.install()
    assert opened.open().status_code == 200
    opened.desk().release()
    heard(opened)
    with opened.hub.database.reading() as session:
        late = session.query(StoredDelivery).filter_by(topic="app/uninstalled").all()
    assert [row.state for row in late] == ["read"]
    assert opened.connection().status == "active"


def test_a_right_that_is_taken_away_is_seen_and_the_shop_stays_active(opened: House) -> None:
    """SH-07"""
    rights = opened.desk().truth()["scopes"]
    opened.desk().set_scopes([right for right in rights if right != "write_discounts"])
    heard(opened)
    keep_house(opened.hub)
    row = opened.connection()
    assert row.status == "active"
    assert (row.account or {})["missing_rights"] == ["write_discounts"]
    page = opened.fetch(f"/store/shopify/dashboard/connections/{row.id}")
    assert "write_discounts" in page.text


def test_ten_at_once_renew_once(opened: House) -> None:
    """SH-09"""
    age(opened, ends_at=240)
    row, before = opened.connection(), opened.grants()
    own = opened.hub.within(row.merchant_id)
    at_once, seen = threading.Barrier(10), []

    def ask() -> None:
        # Each as a process of its own: nothing is shared but the database.
        connector = own.opened("shopify", own.config_of(row), own.keep_of(row.id))
        at_once.wait()
        seen.append(connector.ping().source_id)

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [row.source_id] * 10
    assert opened.grants() == before + 1


def test_a_renewal_whose_answer_is_lost_is_asked_again_with_the_same_token(opened: House) -> None:
    """SH-10"""
    age(opened, ends_at=1)
    old = tokens(opened)
    opened.desk().fate("effect_then_drop", "access_token")
    row = opened.connection()
    own = opened.hub.within(row.merchant_id)
    with pytest.raises(TryLater):
        own.connector(row).ping()
    assert tokens(opened) == old
    assert own.connector(row).ping().source_id == row.source_id
    assert tokens(opened)["refresh"] != old["refresh"]


def test_a_dead_refresh_token_asks_nobody_any_more_until_the_app_is_opened(opened: House) -> None:
    """SH-11"""
    opened.desk().expire_tokens(refresh=True)
    age(opened, ends_at=1)
    row = opened.connection()
    with opened.hub.database.transaction() as session:
        session.get_one(Connection, row.id).next_poll_at = opened.hub.now()
    opened.work()
    row = opened.connection()
    assert row.status == "needs_attention"
    assert "open the app once in the shop's admin" in (row.hint or "")
    asked = opened.grants()
    opened.work()
    opened.work()
    assert opened.grants() == asked
    assert opened.open().status_code == 200
    assert opened.connection().status == "active"
    assert tokens(opened)["is_over"] is False


def test_an_exchange_during_a_renewal_wins(opened: House) -> None:
    """SH-12"""
    age(opened, ends_at=1)
    row = opened.connection()
    own = opened.hub.within(row.merchant_id)
    app = opened.hub.store_app("shopify")
    assert app is not None
    staff = app.prove(f"id_token={opened.desk().id_token()}", "")
    opened.desk().fate("slow", "access_token", seconds=0.002)
    renewal = threading.Thread(target=lambda: own.connector(row).ping())
    renewal.start()
    app.grant(staff, own.keep_of(row.id))
    renewal.join()
    assert own.opened("shopify", own.config_of(row), own.keep_of(row.id)).ping().source_id == row.source_id


def test_idle_shops_are_kept_alive_also_while_they_are_switched_off(opened: House) -> None:
    with opened.hub.database.transaction() as session:
        row = session.get_one(Connection, opened.connection().id)
        row.is_enabled, row.renewed_at = False, None
    before, old = opened.grants(), tokens(opened)
    renew_due(opened.hub)
    assert (opened.grants(), tokens(opened)) == (before, old)  # ninety days are left
    age(opened, refresh_ends_at=13 * 86_400)
    assert renew_due(opened.hub) == 0  # once a day is enough
    with opened.hub.database.transaction() as session:
        session.get_one(Connection, row.id).renewed_at = None
    assert renew_due(opened.hub) == 1
    assert opened.grants() == before + 1
    assert tokens(opened)["refresh"] != old["refresh"]


def test_what_a_customer_asks_for_arrives_also_after_the_app_is_gone(opened: House) -> None:
    """SH-56"""
    customer = opened.desk().create_customer(email="gone@example.com")["id"]
    heard(opened)
    opened.desk().uninstall()
    heard(opened)
    opened.desk().request_data(customer)
    heard(opened)
    with opened.hub.database.reading() as session:
        states = [row.state for row in session.query(StoredDelivery).filter_by(topic="customers/data_request")]
    assert states == ["read"]
    assert opened.count(DataRequest) == 1


def test_a_frozen_shop_is_shown_and_resumes_when_it_is_opened_again(opened: House) -> None:
    """SH-53"""
    opened.desk().settings(standing="frozen")
    assert opened.open().status_code == 200
    row = opened.connection()
    assert (row.status, "frozen" in (row.hint or "")) == ("needs_attention", True)
    opened.desk().settings(standing="open")
    assert opened.open().status_code == 200
    assert opened.connection().status == "active"


def test_a_call_is_never_followed_to_another_host(opened: House) -> None:
    """SH-14"""
    for status in (301, 308):
        opened.desk().fate("redirect", "access_token", status=status, location="http://127.0.0.1:9/")
        age(opened, ends_at=1)
        row = opened.connection()
        with pytest.raises(NeedsAttention, match="renamed or moved"):
            opened.hub.within(row.merchant_id).connector(row).ping()


def sealed_addresses(house: House) -> int:
    with house.hub.database.reading() as session:
        return session.query(Identity).filter(Identity.scope == "*", Identity.sealed.is_not(None)).count()


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door asks anew for each webhook which connection a shop has."""
    monkeypatch.setattr(receive_app, "REMEMBER_SECONDS", -1.0)


@pytest.mark.usefixtures("forgetful")
def test_disconnected_here_the_shop_is_heard_for_the_laws_sake_only_and_may_come_back(opened: House) -> None:
    """X-06, SH-56"""
    customer = opened.desk().create_customer(email="kept@example.com")["id"]
    heard(opened)
    own = opened.hub.within(opened.connection().merchant_id)
    create_campaign(own, TERMS)
    enroll(own, "friends", customer=f"gid://shopify/Customer/{customer}", email="kept@example.com", connection=NORTH)
    assert sealed_addresses(opened) == 1
    farewell = disconnect(own, NORTH, keeps_links=True)
    assert farewell.findings == ()
    assert opened.desk().truth()["installed"] is False
    before = opened.count(StoredDelivery)
    assert send(opened, "orders/paid", {"id": 1}) == 200
    assert opened.count(StoredDelivery) == before
    opened.desk().redact_customer(customer)
    heard(opened)
    with opened.hub.database.reading() as session:
        states = [row.state for row in session.query(StoredDelivery).filter_by(topic="customers/redact")]
    assert (states, sealed_addresses(opened)) == (["read"], 0)
    opened.install()
    assert opened.open().status_code == 200
    row = opened.connection()
    assert (row.status, row.disconnected_at, opened.count(Merchant)) == ("active", None, 1)
