"""Signing in: the right pair gets in, any other learns nothing, and who guesses has to wait."""

from urllib.parse import urlencode, urljoin

import pytest
from passlib.hash import argon2
from sqlalchemy import select

from app import create_app
from core.models import Operator, SignInFailures
from tests.support.operators import EMAIL, PASSWORD, SIGN_IN, Browser, LiveHub

NOBODY = "nobody@tea.example"
WRONG = "a kettle of very black tea"


def test_address_and_password_open_the_dashboard(browser: Browser) -> None:
    assert not browser.is_in()
    answer = browser.sign_in(email=EMAIL.upper())
    assert (answer.status_code, answer.headers["Location"]) == (302, "/dashboard/")
    assert browser.is_in()


def test_who_signs_in_goes_on_where_they_wanted_to_go(browser: Browser) -> None:
    wanted = browser.get("/dashboard/orders?state=counted").headers["Location"]
    answer = browser.send(wanted, email=EMAIL, password=PASSWORD)
    assert answer.headers["Location"] == "/dashboard/orders?state=counted"


@pytest.mark.parametrize(
    "place",
    [
        *("//evil.example/", "/\\evil.example", "https://evil.example", "https:evil.example", "javascript:alert(1)"),
        *("///evil.example", "http://localhost@evil.example/", "\\/evil.example", "data:text/html,x"),
    ],
)
def test_nobody_is_led_to_another_house_after_signing_in(live: LiveHub, place: str) -> None:
    """S16, for the one page that leads on."""
    told = {"email": EMAIL, "password": PASSWORD}
    ways: dict[str, dict[str, str]] = {f"{SIGN_IN}?{urlencode({'next': place})}": {}, SIGN_IN: {"next": place}}
    for path, fields in ways.items():
        browser = live.browser()
        answer = browser.post(path, {"token": browser.token(SIGN_IN), **told, **fields})
        # As a browser reads it: a backslash is a slash, and what is relative goes on from here.
        led_to = urljoin("http://localhost/dashboard/", answer.headers.get("Location", "/").replace("\\", "/"))
        assert led_to.startswith("http://localhost/")


def test_an_unknown_address_and_a_wrong_password_are_answered_alike(live: LiveHub) -> None:
    """S18: same text, same status, same length."""
    wrong = live.browser().sign_in(password=WRONG)
    unknown = live.browser().sign_in(email="olgb@tea.example", password=WRONG)
    hide = lambda page: page.text.replace("olgb@", "olga@")  # noqa: E731
    assert "That address and password do not belong together." in wrong.text
    tokenless = [page.split('name="token"')[0] + page.split('name="email"')[1] for page in map(hide, (wrong, unknown))]
    assert (wrong.status_code, tokenless[0]) == (unknown.status_code, tokenless[1])


@pytest.mark.parametrize("case", ["known", "unknown", "without a password", "switched off"])
def test_each_try_costs_one_hash_whoever_it_is_about(
    live: LiveHub, browser: Browser, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S18: how long an answer takes tells nobody who has an account."""
    with live.hub.database.transaction() as session:
        row = session.scalars(select(Operator)).one()
        row.password = None if case == "without a password" else row.password
        row.is_active = case != "switched off"
    counted = []
    context = live.app.extensions["security"].pwd_context
    for name in ("hash", "verify"):
        real = getattr(context, name)
        monkeypatch.setattr(context, name, lambda *told, real=real: (counted.append(1), real(*told))[1])
    answer = browser.sign_in(email=NOBODY if case == "unknown" else EMAIL, password=WRONG)
    assert "do not belong together" in answer.text
    assert len(counted) == 1


def test_an_operator_who_is_switched_off_stays_out(live: LiveHub, browser: Browser) -> None:
    browser.sign_in()
    with live.hub.database.transaction() as session:
        session.scalars(select(Operator)).one().is_active = False
    assert not browser.is_in()
    assert "do not belong together" in live.browser().sign_in().text


@pytest.mark.parametrize("email", [EMAIL, NOBODY])
def test_after_five_wrong_tries_even_the_right_one_waits(live: LiveHub, browser: Browser, email: str) -> None:
    """S18: five in a quarter of an hour, for one account from one address; unknown accounts alike."""
    answers = [browser.sign_in(email, WRONG).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    last = browser.sign_in(email)
    assert (last.status_code, "tried too often" in last.text) == (429, True)
    assert live.browser().sign_in(email).status_code == 429  # the same address in another browser
    live.clock.later(minutes=15)
    assert browser.sign_in(email).status_code == (302 if email == EMAIL else 200)


def test_who_guesses_from_elsewhere_does_not_lock_the_owner_out(live: LiveHub) -> None:
    stranger = Browser(live.app.test_client(), "203.0.113.9")
    for _ in range(8):
        stranger.sign_in(password=WRONG)
    assert live.browser().sign_in().status_code == 302


def test_many_addresses_do_not_help_a_guesser_either(live: LiveHub) -> None:
    for number in range(10):
        guesser = Browser(live.app.test_client(), f"203.0.113.{number}")
        token = guesser.token(SIGN_IN)
        for _ in range(5):
            guesser.post(SIGN_IN, {"token": token, "email": EMAIL, "password": "x"})
    assert live.browser().sign_in().status_code == 429


def test_a_right_try_forgives_the_wrong_ones(live: LiveHub, browser: Browser) -> None:
    for _ in range(4):
        browser.sign_in(password=WRONG)
    assert browser.sign_in().status_code == 302
    with live.hub.database.reading() as session:
        assert session.scalars(select(SignInFailures)).all() == []


def test_tries_are_not_kept_under_a_name(live: LiveHub, browser: Browser) -> None:
    browser.sign_in(password=WRONG)
    with live.hub.database.reading() as session:
        keys = [row.key for row in session.scalars(select(SignInFailures))]
    assert len(keys) == 2
    assert not any("olga" in key or "198.51" in key for key in keys)


def test_a_flood_of_forms_from_one_address_is_held_up(live: LiveHub) -> None:
    """S12, for the pages about accounts."""
    flood = Browser(live.app.test_client(), "203.0.113.77")
    path, token = "/dashboard/account/forgot", flood.token(SIGN_IN)
    statuses = [flood.post(path, {"token": token, "email": f"{n}@x.example"}).status_code for n in range(62)]
    assert statuses[:60] == [200] * 60
    assert statuses[-1] == 429


def test_passwords_are_kept_as_argon2id(live: LiveHub) -> None:
    """S18."""
    with live.hub.database.reading() as session:
        row = session.scalars(select(Operator)).one()
    assert str(row.password).startswith("$argon2id$")
    in_earnest = create_app(live.settings, live.hub).extensions["security"].pwd_context.to_dict()
    assert (in_earnest["schemes"], [name for name in in_earnest if "cost" in name]) == (["argon2"], [])
    assert argon2.memory_cost >= 19 * 1024  # OWASP's least, in KiB
    assert PASSWORD.encode() not in live.hub.vault.seal(b"", "x") + row.email + row.name
    assert EMAIL.encode() not in row.email


def test_the_librarys_tokens_open_nothing(live: LiveHub, browser: Browser) -> None:
    with live.app.test_request_context():
        user = live.app.extensions["security"].datastore.find_user(email=EMAIL)
        token = user.get_auth_token()
    assert browser.get("/dashboard/", **{"Authentication-Token": str(token)}).status_code == 303
    assert browser.get(f"/dashboard/?auth_token={token}").status_code == 303


def test_a_link_that_is_spent_leads_to_the_door(live: LiveHub) -> None:
    answer = live.browser().get("/welcome/owner/spent")
    assert answer.status_code == 410
    assert "Whoever owns this hub signs in" in answer.text
    assert f'href="{SIGN_IN}"' in answer.text
    assert "`" not in answer.text
