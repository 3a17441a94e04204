"""Signing in with a real browser: the first owner, a passkey from a device, and pages that everybody can read."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.pages.conftest import Watched
from tests.support import databases
from tests.support.dashboard import served
from tests.support.operators import EMAIL, OWNER, PASSWORD, LiveHub, live_hub

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIGNED_OUT = ("account/sign-in", "account/forgot", "account/passkey")
SIGNED_IN = ("account", "operators", "account/password", "account/authenticator", "account/passkeys", "account/prove")


@pytest.fixture
def live(migrated_sqlite: Path, tmp_path: Path) -> Iterator[tuple[LiveHub, str]]:
    """A hub that nobody owns yet, and its address by a name that passkeys take."""
    with live_hub(databases.copy_sqlite(migrated_sqlite, tmp_path), tmp_path) as found, served(found.app) as address:
        base = address.replace("127.0.0.1", "localhost").removesuffix("/dashboard")
        found.hub.base_url = base
        yield found, base


@pytest.fixture(params=("desk", "phone"))
def watched(request: pytest.FixtureRequest) -> Watched:
    """A page on a desk (light) and one on a phone (dark)."""
    found: Watched = request.getfixturevalue(request.param)
    return found


def _with_device(page: "Page") -> None:
    """A device is at hand that keeps passkeys and knows its owner's finger."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = device | {"isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def _own(page: "Page", live: LiveHub, base: str) -> None:
    page.goto(base + live.welcome_path())
    page.get_by_label("Your e-mail address").fill(EMAIL)
    page.get_by_label("Your name").fill(OWNER)
    page.get_by_label("A password", exact=True).fill(PASSWORD)
    page.get_by_label("The password again").fill(PASSWORD)
    page.get_by_role("button", name="Own this hub").click()
    page.wait_for_url(f"{base}/dashboard/")


def _sign_out(page: "Page") -> None:
    page.locator(".who > summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def _add_passkey(page: "Page", base: str, usage: str) -> None:
    page.goto(f"{base}/dashboard/account/passkeys")
    page.get_by_label("A name for a new one").fill("Phone")
    page.get_by_label(usage).check()
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("Phone", exact=True)).to_be_visible()


def test_the_owner_comes_in_by_the_link_and_then_with_a_passkey_alone(desk: Watched, live: tuple[LiveHub, str]) -> None:
    hub, base = live
    page = desk.page
    _with_device(page)
    _own(page, hub, base)
    _add_passkey(page, base, "instead of my password")
    page.goto(f"{base}/dashboard/")
    _sign_out(page)
    page.get_by_role("link", name="With a passkey").click()
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{base}/dashboard/")
    assert desk.complaints == []  # a blocked script would be one


def test_a_passkey_is_asked_for_after_the_password_and_can_be_taken_away(
    desk: Watched, live: tuple[LiveHub, str]
) -> None:
    hub, base = live
    page = desk.page
    _with_device(page)
    _own(page, hub, base)
    _add_passkey(page, base, "as a second step")
    page.goto(f"{base}/dashboard/")
    _sign_out(page)
    for name, value in (("E-mail address", EMAIL), ("Password", PASSWORD)):
        page.get_by_label(name).fill(value)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/account/passkey"))
    page.goto(f"{base}/dashboard/")
    page.wait_for_url(re.compile("/account/sign-in"))  # the password alone is not enough
    for name, value in (("E-mail address", EMAIL), ("Password", PASSWORD)):
        page.get_by_label(name).fill(value)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{base}/dashboard/")
    page.goto(f"{base}/dashboard/account/passkeys")
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Phone", exact=True)).to_have_count(0)
    assert desk.complaints == []


def test_every_page_about_accounts_is_accessible_and_fits(watched: Watched, live: tuple[LiveHub, str]) -> None:
    hub, base = live
    page, axe, failures = watched.page, Axe(), []

    def look(path: str) -> None:
        answer = page.goto(f"{base}/{path}")
        assert answer is not None
        assert answer.status == 200, path
        failures.extend((path, *told) for told in _violations(axe.run(page, options={"resultTypes": ["violations"]})))
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{path} is {overflow} px too wide"

    for path in SIGNED_OUT:
        look(f"dashboard/{path}")
    look(hub.welcome_path().removeprefix("/"))
    _own(page, hub, base)
    hub.member("support")
    hub.merchant("Coffee Ltd")
    for path in SIGNED_IN:
        look(f"dashboard/{path}")
    assert failures == []
    assert watched.complaints == []


def _violations(results: Any) -> list[tuple[str, str]]:
    found = results.response["violations"]
    return [(one["id"], node["html"][:120]) for one in found for node in one["nodes"]]
