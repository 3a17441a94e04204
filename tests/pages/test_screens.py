"""The screens in a real browser: readable for everybody, on every width, without a single stranger asked."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.pages.conftest import Screens, Watched

DEVICES = ("desk", "phone")
FILLS = ("full", "empty")


@pytest.fixture(params=DEVICES)
def watched(request: pytest.FixtureRequest) -> Watched:
    """A page on a desk (light) and one on a phone (dark)."""
    found: Watched = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=FILLS)
def screens(request: pytest.FixtureRequest) -> Screens:
    """The screens of a full and of an empty hub."""
    found: Screens = request.getfixturevalue(request.param)
    return found


def test_every_page_is_accessible_fits_and_asks_nobody_else(watched: Watched, screens: Screens) -> None:
    axe, failures = Axe(), []
    for path in screens.paths:
        answer = watched.page.goto(f"{screens.base}/{path}")
        assert answer is not None
        assert answer.status == 200
        watched.page.wait_for_load_state("load")
        failures += [
            (path, *told) for told in _violations(axe.run(watched.page, options={"resultTypes": ["violations"]}))
        ]
        overflow = watched.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{path} is {overflow} px too wide"
    assert failures == []
    assert watched.complaints == []  # a blocked style or script would be one
    assert {urlsplit(url).netloc for url in watched.asked} == {urlsplit(screens.base).netloc}


def _violations(results: Any) -> list[tuple[str, str]]:
    found = results.response["violations"]
    return [(one["id"], node["html"][:120]) for one in found for node in one["nodes"]]


def test_the_theme_follows_the_system_while_the_page_is_open(desk: Watched, full: Screens) -> None:
    desk.page.goto(full.base)
    assert desk.page.evaluate("document.documentElement.dataset.bsTheme") == "light"
    light = desk.page.evaluate("getComputedStyle(document.body).backgroundColor")
    desk.page.emulate_media(color_scheme="dark")
    expect(desk.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert desk.page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_a_page_stays_fresh_while_somebody_looks_at_it(desk: Watched, full: Screens) -> None:
    desk.page.clock.install()
    desk.page.goto(f"{full.base}/advocates")
    expect(desk.page.get_by_text("Late Newcomer")).to_have_count(0)
    full.add_advocate("Late Newcomer")
    desk.page.clock.fast_forward(5000)
    expect(desk.page.get_by_text("Late Newcomer")).to_be_visible()
    assert desk.complaints == []


def test_a_page_keeps_still_while_somebody_uses_it(desk: Watched, full: Screens) -> None:
    desk.page.clock.install()
    desk.page.goto(f"{full.base}/advocates")
    desk.page.get_by_role("link", name="Mira Okafor").focus()
    full.add_advocate("Latest Newcomer")
    asked = len(desk.asked)
    desk.page.clock.fast_forward(15_000)
    expect(desk.page.get_by_text("Latest Newcomer")).to_have_count(0)
    assert len(desk.asked) == asked


def test_the_menu_opens_on_a_phone(phone: Watched, full: Screens) -> None:
    phone.page.goto(full.base)
    entry = phone.page.get_by_role("link", name="Rewards 1")
    assert not entry.is_visible()
    phone.page.get_by_role("button", name="Menu").click()
    entry.click()
    assert phone.page.url.endswith("/dashboard/rewards")


def test_the_search_field_leads_to_the_order(desk: Watched, full: Screens) -> None:
    desk.page.goto(f"{full.base}/rewards")
    desk.page.get_by_role("searchbox").fill("1001")
    desk.page.get_by_role("searchbox").press("Enter")
    desk.page.wait_for_url(re.compile(full.ids["order"]))
    assert desk.page.get_by_role("heading", level=1).inner_text() == "Order #1001"


def test_the_button_of_parked_records_is_pressed_by_a_real_browser(desk: Watched, full: Screens) -> None:
    """X-11: what a browser sends along (Origin, Sec-Fetch-Site, the token) is what the hub asks for."""
    desk.page.goto(f"{full.base}/connections/{full.ids['crm']}")
    desk.page.get_by_role("button", name="Try again").click()
    expect(desk.page.get_by_role("status")).to_contain_text("7 parked records are tried again")
    assert full.retried == [full.ids["crm"]]
    assert desk.complaints == []


def test_a_keyboard_reaches_the_page_past_the_menu(desk: Watched, full: Screens) -> None:
    desk.page.goto(full.base)
    desk.page.keyboard.press("Tab")
    assert desk.page.evaluate("document.activeElement.textContent") == "Skip to the page"
    desk.page.keyboard.press("Enter")
    assert desk.page.evaluate("document.activeElement.id") == "page"


def test_a_ledger_is_seen_whole_on_every_width(watched: Watched, full: Screens) -> None:
    for path in (f"rewards/{full.ids['given']}", f"orders/{full.ids['order']}"):
        watched.page.goto(f"{full.base}/{path}")
        cut_off = watched.page.evaluate(
            """[...document.querySelectorAll(".ledger time, .ledger td")].filter(one => {
                 const [inner, card] = [one.getBoundingClientRect(), one.closest(".card").getBoundingClientRect()];
                 return inner.width > 0 && inner.right > card.right + 1;
               }).map(one => one.textContent)"""
        )
        assert watched.page.locator(".ledger time").count() == 4
        assert cut_off == [], path


def test_a_topic_stays_on_one_line_on_a_desk(desk: Watched, full: Screens) -> None:
    desk.page.set_viewport_size({"width": 800, "height": 800})  # little room, beside a long key
    desk.page.goto(f"{full.base}/deliveries?state=stored")
    lines = desk.page.evaluate(
        """[...document.querySelectorAll(".topic bdi")].map(one => one.getClientRects().length)"""
    )
    assert set(lines) == {1}


def test_a_link_is_taken_whole_by_one_click(desk: Watched, full: Screens) -> None:
    desk.page.goto(f"{full.base}/advocates")
    desk.page.get_by_text("https://tea.example/welcome?ref=MIRA-10").click()
    assert desk.page.evaluate("getSelection().toString()").strip() == "https://tea.example/welcome?ref=MIRA-10"


def test_without_scripts_the_menu_is_there(browser: Any, full: Screens) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(full.base)
    assert page.get_by_role("link", name="Advocates", exact=True).first.is_visible()
    assert not page.get_by_role("button", name="Menu").is_visible()
    context.close()
