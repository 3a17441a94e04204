"""What the page's own script does in the frame: links and forms without a cookie, and rights that are asked for."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.store import NORTH, House

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def inside(page: "Page", house: House) -> "Page":
    house.install()
    page.goto(f"{house.town.base_url}/admin.shopify.com/store/north/apps/referhub")
    expect(page.frame_locator("iframe").get_by_role("heading", name="Overview", level=1)).to_be_visible()
    return page


def test_links_searches_and_the_way_back_stay_in_the_frame_without_a_bounce(inside: "Page", house: House) -> None:
    asked: list[str] = []
    inside.on("request", lambda request: asked.append(request.url))
    frame = inside.frame_locator("iframe")
    frame.get_by_role("link", name="Orders", exact=True).click()
    expect(frame.get_by_role("heading", name="Orders", level=1)).to_be_visible()
    frame.get_by_role("searchbox").fill("#404")
    frame.get_by_role("searchbox").press("Enter")
    expect(frame.get_by_role("heading", level=1)).not_to_have_text("Orders")
    expect(frame.get_by_role("searchbox")).to_have_value("#404")
    inside.go_back()
    expect(frame.get_by_role("heading", name="Orders", level=1)).to_be_visible()
    assert [url for url in asked if "/bounce" in url] == []
    assert not any("id_token=" in url for url in asked)  # the first page's proof is in no later address


def test_a_right_is_asked_for_where_it_is_wanted(inside: "Page", house: House) -> None:
    """SH-07"""
    frame = inside.frame_locator("iframe")
    frame.get_by_role("link", name="Connections", exact=True).click()
    frame.get_by_role("link", name=NORTH).first.click()
    frame.get_by_role("button", name="Allow gift cards as rewards").click()
    inside.get_by_role("button", name="Allow").click()
    expect(inside.get_by_role("dialog")).to_be_hidden()
    assert "write_gift_cards" in house.desk().truth()["scopes"]


def test_on_the_houses_own_page_nothing_is_offered(page: "Page", house: House) -> None:
    house.install()
    house.open()
    page.goto(f"{house.url}/dashboard/connections/{house.connection().id}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.get_by_role("button", name="Allow gift cards as rewards").count() == 0
