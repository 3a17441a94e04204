"""Visits: a cookie is worth something for a while, in one browser, until somebody ends it."""

import pytest
from sqlalchemy import select

from core.models import Visit
from core.services.operators import remove, set_role
from core.services.visits import sign_out_everywhere
from tests.support.operators import EMAIL, PASSWORD, Browser, LiveHub, live_hub

ACCOUNT = "/dashboard/account/"


def _cookie(browser: Browser) -> str:
    found = browser.client.get_cookie("referhub")
    return found.value if found else ""


def _copied(live: LiveHub, cookie: str) -> Browser:
    thief = live.browser()
    thief.client.set_cookie("referhub", cookie)
    return thief


def test_the_cookie_is_the_browsers_alone(browser: Browser) -> None:
    """S19."""
    said = browser.sign_in().headers.getlist("Set-Cookie")
    (cookie,) = said
    assert cookie.startswith("referhub=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Expires" not in cookie
    assert "Domain" not in cookie


def test_by_https_the_cookie_has_a_name_nobody_else_can_set(tmp_path, sqlite_url) -> None:  # type: ignore[no-untyped-def]
    """S19: `__Host-`, Secure."""
    with live_hub(sqlite_url, tmp_path, base_url="https://hub.example") as live:
        browser = live.browser()
        answer = browser.client.get("/dashboard/account/sign-in", base_url="https://hub.example")
        (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-referhub=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_a_cookie_from_before_is_worth_nothing_after_signing_in(live: LiveHub, browser: Browser) -> None:
    """S19: fixation. Whoever planted it does not come in with it, nor are its forms taken."""
    token = browser.token("/dashboard/account/sign-in")
    planted = _cookie(browser)
    browser.sign_in()
    assert _cookie(browser) != planted
    assert not _copied(live, planted).is_in()
    assert browser.post(f"{ACCOUNT}name", {"token": token, "name": "Mallory"}).status_code == 403


def test_each_sign_in_is_another_visit(live: LiveHub) -> None:
    cookies = set()
    for _ in range(2):
        browser = live.browser()
        browser.sign_in()
        cookies.add(_cookie(browser))
    with live.hub.database.reading() as session:
        digests = {row.digest for row in session.scalars(select(Visit))}
    assert len(cookies) == len(digests) == 2


def test_a_visit_ends_half_an_hour_after_the_last_click(live: LiveHub, browser: Browser) -> None:
    """S19."""
    browser.sign_in()
    live.clock.later(minutes=29)
    assert browser.is_in()
    live.clock.later(minutes=29)
    assert browser.is_in()
    live.clock.later(minutes=30)
    assert not browser.is_in()
    assert browser.sign_in().status_code == 302  # and signing in again is no circle
    assert browser.is_in()


def test_a_visit_ends_after_twelve_hours_in_any_case(live: LiveHub, browser: Browser) -> None:
    """S19."""
    browser.sign_in()
    for _ in range(35):
        live.clock.later(minutes=20)
        assert browser.is_in()
    live.clock.later(minutes=20)
    assert not browser.is_in()


def test_signing_out_ends_the_visit_for_copies_of_the_cookie_too(live: LiveHub, browser: Browser) -> None:
    """S19: server-side."""
    browser.sign_in()
    thief = _copied(live, _cookie(browser))
    assert thief.is_in()
    browser.send(f"{ACCOUNT}sign-out", ACCOUNT)
    assert not browser.is_in()
    assert not thief.is_in()


def test_signing_out_takes_a_form_and_not_a_link(browser: Browser) -> None:
    """S21: the library's page for the second step would sign out whoever follows a link to it."""
    browser.sign_in()
    for page in ("code", "second-step", "recovery", "passkey", "sign-in", "no-code"):
        browser.get(f"{ACCOUNT}{page}")
        assert browser.is_in(), page
    assert browser.get(f"{ACCOUNT}sign-out").status_code in (403, 404, 405)
    assert browser.post(f"{ACCOUNT}sign-out", {}).status_code == 403
    assert browser.is_in()


@pytest.mark.parametrize("how", ["button", "service"])
def test_one_click_signs_out_every_browser(live: LiveHub, browser: Browser, how: str) -> None:
    other = live.browser()
    for one in (browser, other):
        one.sign_in()
    if how == "button":
        assert browser.send(f"{ACCOUNT}everywhere", ACCOUNT).status_code == 303
    else:
        sign_out_everywhere(live.hub, live.hub_owner())
    assert (browser.is_in(), other.is_in()) == (False, False)


def test_a_new_password_ends_every_other_visit(live: LiveHub, browser: Browser) -> None:
    """S19."""
    other = live.browser()
    for one in (browser, other):
        one.sign_in()
    thief = _copied(live, _cookie(browser))
    new = "a pot of rather white tea"
    told = {"password": PASSWORD, "new_password": new, "new_password_confirm": new}
    assert browser.send(f"{ACCOUNT}password", **told).status_code == 302
    assert (browser.is_in(), other.is_in(), thief.is_in()) == (True, False, False)
    assert live.browser().sign_in(password=PASSWORD).status_code == 200
    assert live.browser().sign_in(password=new).status_code == 302


def test_the_old_password_is_asked_for_and_cannot_be_guessed(browser: Browser) -> None:
    browser.sign_in()
    new = "a pot of rather white tea"
    told = {"password": "wrong", "new_password": new, "new_password_confirm": new}
    assert [browser.send(f"{ACCOUNT}password", **told).status_code for _ in range(5)] == [200] * 5
    token = browser.token(f"{ACCOUNT}password")
    assert browser.post(f"{ACCOUNT}password", {"token": token, **told}).status_code == 429


@pytest.mark.parametrize(
    "weak",
    ["short", "aaaaaaaaaaaaaaa", "password1234567", "qwertyuiop123", "olga@tea.example", "Olga Owner 12", "x" * 300],
)
def test_a_password_that_is_guessed_easily_is_refused(browser: Browser, weak: str) -> None:
    """S18: no list on the internet is asked."""
    browser.sign_in()
    told = {"password": PASSWORD, "new_password": weak, "new_password_confirm": weak}
    answer = browser.send(f"{ACCOUNT}password", **told)
    assert answer.status_code == 200
    assert "text-red" in answer.text


def test_another_role_or_none_ends_the_visits_of_that_operator(live: LiveHub, browser: Browser) -> None:
    """S19: a new id at a change of privilege."""
    mia, other = live.member("viewer"), live.browser()
    other.sign_in("mia@tea.example")
    assert other.is_in()
    set_role(live.hub, live.merchant_id, mia, "admin", "Olga")
    assert not other.is_in()
    other.sign_in("mia@tea.example")
    remove(live.hub, live.merchant_id, mia, "Olga")
    assert not other.is_in()
    assert other.sign_in("mia@tea.example").status_code == 200


def test_a_stolen_database_holds_nothing_that_opens_a_visit(live: LiveHub, browser: Browser) -> None:
    browser.sign_in()
    with live.hub.database.reading() as session:
        (digest,) = [row.digest for row in session.scalars(select(Visit))]
    with browser.client.session_transaction() as held:
        assert held["visit"] != digest
        held["visit"] = digest
    assert not browser.is_in()


def test_who_is_signed_in_is_known_by_name_and_role(live: LiveHub, browser: Browser) -> None:
    browser.sign_in(EMAIL)
    page = browser.get("/dashboard/").text
    assert "Olga Owner" in page
    assert "owner of <bdi>Tea &amp; Co</bdi>" in page
