"""The store app from its page in the app store to the dashboard in the shop's admin: a browser, a hub and a sandbox."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.processes import wait_until
from tests.support.store_app import BOOKS, CODE, LAMPS, NORTH, TOYS, Merchant, Place, store_app

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(autouse=True)
def _patient() -> Iterator[None]:
    """A busy machine is no defect."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A hub with an app in the store, and shops that have not heard of it."""
    with store_app(tmp_path_factory.mktemp("store_app")) as made:
        yield made


def test_two_shops_install_the_app_and_see_nothing_of_each_other(page: "Page", place: Place) -> None:
    """SH-01 and SH-02 in a browser, under ten clicks; S29: what one merchant has, the other never sees.

    SH-55 on the storefront: Alice sees her own code there; guests, others and other shops' customers do not.
    """
    merchant = Merchant(page)
    merchant.install(place, "North tea")
    assert merchant.clicks < 10
    merchant.visit("Connections")
    expect(merchant.frame.get_by_text(NORTH).first).to_be_visible()

    place.offer(NORTH)
    name = place.sell(NORTH)
    merchant.visit("Orders")
    expect(merchant.frame.get_by_text(name).first).to_be_visible()
    merchant.visit("Overview")
    expect(merchant.frame.get_by_text("of 1 order heard")).to_be_visible()
    expect(merchant.frame.locator(".card", has_text="Orders that count").locator(".stat").first).to_have_text("1")

    alice = place.desk(NORTH).create_customer(email="alice@example.com")["id"]
    assert place.desk(NORTH).settle()
    wait_until(lambda: CODE in place.visit_shop(NORTH, alice), "Alice finds her code on the shop's own site")
    assert CODE not in place.visit_shop(NORTH)
    assert CODE not in place.visit_shop(NORTH, alice + 1)

    merchant.install(place, "Harbour books")
    assert CODE not in place.visit_shop(BOOKS, alice)
    for name_of_page in ("Orders", "Advocates", "People", "Campaigns", "Connections"):
        merchant.visit(name_of_page)
        said = merchant.frame.locator("body").inner_text()
        assert not re.search(f"{name}|{CODE}|alice@|{NORTH}|Friends bring", said), name_of_page
    expect(merchant.frame.get_by_text(BOOKS).first).to_be_visible()
    assert merchant.complaints == []


def test_a_shop_that_leaves_and_comes_back_is_let_in_again(page: "Page", place: Place) -> None:
    """No stale "installed": the app works at once after a reinstall, though its notice of the uninstall comes late."""
    merchant, desk = Merchant(page), place.desk(LAMPS)
    merchant.install(place, "Old town lamps")
    desk.hold()
    page.get_by_role("link", name="Apps in this store").click()
    page.get_by_role("button", name="Uninstall referhub").click()
    expect(page.get_by_text("No app is installed.")).to_be_visible()
    merchant.install(place, "Old town lamps")
    desk.release()
    assert desk.settle()
    assert place.sell(LAMPS)
    merchant.visit("Connections")
    expect(merchant.frame.get_by_text("healthy")).to_be_visible()

    page.wait_for_url("**/store/old-town-lamps/apps/referhub/dashboard/connections")
    page.reload()  # the admin's address followed the app's, and a fresh load there proves itself anew
    expect(merchant.frame.get_by_role("heading", name="Connections", level=1)).to_be_visible()
    assert merchant.complaints == []


def test_a_shop_that_left_for_good_is_forgotten(place: Place) -> None:
    """SH-56's end of a shop: two days after the uninstall it asks, and what the hub knew of its people is gone."""
    desk = place.desk(TOYS)
    desk.install()
    place.read(TOYS, "")
    place.sell(TOYS)
    buyer = f"buyer@{TOYS}"
    assert buyer in place.type(TOYS, "people", "list")
    desk.uninstall()
    assert desk.settle()
    desk.advance(2 * 86_400)
    assert desk.settle()
    assert [each["state"] for each in desk.deliveries(topic="shop/redact")] == ["delivered"]
    wait_until(lambda: buyer not in place.type(TOYS, "people", "list"), f"{buyer} is forgotten")
