"""A merchant in a real browser installs a store app and works in its frame, by stand-ins of the vendor's scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import requests
from playwright.sync_api import expect

from sandbox.shopify import SandboxShop
from tests.sandbox.shopify.conftest import NORTH, SOUTH
from tests.sandbox.shopify.tea_club import TeaClub

if TYPE_CHECKING:
    from playwright.sync_api import FrameLocator, Page


@pytest.fixture(autouse=True)
def _patient() -> Iterator[None]:
    """A busy machine is no defect."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def inside(page: Page, town: SandboxShop) -> FrameLocator:
    """Installed in the north shop by two clicks; what the frame shows."""
    page.goto(town.app_page)
    page.get_by_role("link", name="Install in North").click()
    page.get_by_role("button", name="Install").click()
    return page.frame_locator("iframe")


def test_two_clicks_lead_into_the_app(page: Page, town: SandboxShop, inside: FrameLocator) -> None:
    expect(inside.get_by_role("heading", name=f"/inside of https://{NORTH}")).to_be_visible()
    expect(inside.locator("#told")).to_have_text(f"https://{NORTH} after 1 tries")
    assert page.url == f"{town.base_url}/admin.shopify.com/store/north/apps/tea-club"
    assert town.control(SOUTH).truth()["installed"] is False


def test_a_refused_token_is_replaced_once(page: Page, town: SandboxShop, club: TeaClub) -> None:
    """SH-04's vendor side: 401 with the retry header is asked again with a fresh token, and then no more."""
    town.control(NORTH).install()
    club.stale = 1
    page.goto(f"{town.base_url}/admin.shopify.com/store/north/apps/tea-club")
    told = page.frame_locator("iframe").locator("#told")
    expect(told).to_have_text(f"https://{NORTH} after 2 tries")
    club.stale, club.tries = 9, 0
    with page.expect_event("pageerror"):  # the page's own script reads the second refusal as JSON
        page.reload()
    assert club.tries == 2


def test_a_link_without_a_token_bounces_back_with_one(page: Page, inside: FrameLocator, club: TeaClub) -> None:
    """SH-02's vendor side: shopify-reload."""
    inside.get_by_role("link", name="Plain link").click()
    expect(inside.get_by_role("heading", name=f"/inside/plain of https://{NORTH}")).to_be_visible()
    assert any(asked.startswith("/bounce?shopify-reload=") for asked in club.asked)
    page.wait_for_url("**/admin.shopify.com/store/north/apps/tea-club/plain")
    page.reload()
    expect(inside.get_by_role("heading", name=f"/inside/plain of https://{NORTH}")).to_be_visible()


def test_the_bridge_goes_to_no_other_origin(page: Page, town: SandboxShop, club: TeaClub) -> None:
    town.control(NORTH).install()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(f"{town.base_url}/admin.shopify.com/store/north/apps/tea-club")
    with page.expect_event("pageerror"):
        page.frames[1].goto(f"{club.url}/bounce?shopify-reload=//evil.example/")
    assert "another origin" in troubles[-1]


def test_the_apps_links_stand_in_the_admin(page: Page, inside: FrameLocator) -> None:
    page.get_by_role("link", name="Members").click()
    expect(inside.get_by_role("heading", name=f"/inside/members of https://{NORTH}")).to_be_visible()


def test_the_merchant_is_asked_before_an_optional_right_is_given(
    page: Page, town: SandboxShop, inside: FrameLocator
) -> None:
    inside.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Not now").click()
    expect(inside.locator("#told")).to_have_text("declined-all")
    assert "write_gift_cards" not in town.control(NORTH).truth()["scopes"]
    inside.get_by_role("button", name="More").click()
    expect(page.get_by_role("dialog")).to_contain_text("Issue gift cards")
    page.get_by_role("button", name="Allow").click()
    expect(inside.locator("#told")).to_have_text("granted-all")
    assert "write_gift_cards" in town.control(NORTH).truth()["scopes"]


def test_opened_outside_the_admin_the_app_goes_inside(page: Page, town: SandboxShop, club: TeaClub) -> None:
    town.control(NORTH).install()
    host = "YWRtaW4uc2hvcGlmeS5jb20vc3RvcmUvbm9ydGg"
    page.goto(f"{club.url}/bounce?host={host}")
    page.wait_for_url(f"{town.base_url}/admin.shopify.com/store/north/apps/tea-club")
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text(f"/inside of https://{NORTH}")


def test_the_merchant_throws_the_app_out_and_takes_it_back(page: Page, town: SandboxShop, inside: FrameLocator) -> None:
    page.get_by_role("link", name="Apps in this store").click()
    page.get_by_role("button", name="Uninstall Tea club").click()
    expect(page.get_by_text("No app is installed.")).to_be_visible()
    assert town.control(NORTH).truth()["installed"] is False
    page.get_by_role("link", name="Go to the app store").click()
    page.get_by_role("link", name="Install in North").click()
    page.get_by_role("button", name="Install").click()
    expect(inside.locator("#told")).to_contain_text(NORTH)


def test_the_vendors_pages_are_in_nobodys_frame(town: SandboxShop) -> None:
    for path in ("apps.shopify.com/tea-club", "admin.shopify.com/store/north"):
        assert requests.get(f"{town.base_url}/{path}", timeout=5).headers["X-Frame-Options"] == "DENY"
