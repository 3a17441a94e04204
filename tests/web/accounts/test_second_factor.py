"""The second factor: a code of the authenticator, once; a recovery code, once; and who guesses waits."""

import re
import threading
from typing import Any

import pytest
from passlib.totp import TOTP

from core.services.accounts import find_account, spend_code, spend_counter
from tests.support.operators import EMAIL, Browser, LiveHub

ACCOUNT = "/dashboard/account"


class Phone:
    """An authenticator that was shown the key, with a clock of its own."""

    def __init__(self, key: str) -> None:
        self._totp = TOTP(key=key.replace("-", ""), format="base32")

    def code(self, *, steps: int = 0) -> str:
        """Six digits, now or some half minutes on."""
        return str(self._totp.generate(TOTP.now() + 30 * steps).token)


def _set_up(browser: Browser) -> Phone:
    page = browser.send(f"{ACCOUNT}/authenticator", setup="authenticator").text
    key = re.search(r'command">([A-Z0-9-]+)<', page)
    action = re.search(r'action="([^"]+/authenticator/[^"]+)"', page)
    token = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert key
    assert action
    assert token
    phone = Phone(key[1])
    answer = browser.post(action[1], {"token": token[1], "code": phone.code(steps=-1)})
    assert answer.status_code == 302
    return phone


@pytest.fixture
def phone(live: LiveHub) -> Phone:
    """Olga's phone; her account takes its codes."""
    browser = live.browser()
    browser.sign_in()
    return _set_up(browser)


def _half_in(live: LiveHub) -> Browser:
    browser = live.browser()
    assert browser.sign_in().headers["Location"].startswith(f"{ACCOUNT}/code")
    assert not browser.is_in()
    return browser


def test_after_the_password_the_code_is_asked_for(live: LiveHub, phone: Phone) -> None:
    browser = _half_in(live)
    assert browser.send(f"{ACCOUNT}/code", code="000000").status_code == 200
    assert not browser.is_in()
    assert browser.send(f"{ACCOUNT}/code", code=phone.code()).status_code == 302
    assert browser.is_in()


def test_a_setup_that_is_refused_says_what_to_do_and_one_that_works_says_what_is_next(live: LiveHub) -> None:
    browser = live.browser()
    browser.sign_in()
    page = browser.send(f"{ACCOUNT}/authenticator", setup="authenticator").text
    action = re.search(r'action="([^"]+/authenticator/[^"]+)"', page)
    token = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert action
    assert token
    assert browser.post(action[1], {"token": token[1], "code": "000000"}).status_code == 302
    assert "That code is wrong, or its half minute is over." in browser.get(f"{ACCOUNT}/authenticator").text
    _set_up(browser)
    assert "Now make recovery codes" in browser.get(f"{ACCOUNT}/authenticator").text


def test_a_code_works_once(live: LiveHub, phone: Phone) -> None:
    """S18: replay."""
    code = phone.code()
    assert _half_in(live).send(f"{ACCOUNT}/code", code=code).status_code == 302
    second = _half_in(live)
    assert second.send(f"{ACCOUNT}/code", code=code).status_code == 200
    assert not second.is_in()


def test_codes_cannot_be_guessed(live: LiveHub, phone: Phone) -> None:
    """S18: right passwords do not forgive wrong codes."""
    for _ in range(5):
        assert _half_in(live).send(f"{ACCOUNT}/code", code="000000").status_code == 200
    assert _half_in(live).send(f"{ACCOUNT}/code", code=phone.code()).status_code == 429


def test_a_code_without_the_password_is_worth_nothing(live: LiveHub, phone: Phone) -> None:
    browser = live.browser()
    token = browser.token(f"{ACCOUNT}/sign-in")
    answer = browser.post(f"{ACCOUNT}/code", {"token": token, "code": phone.code()})
    assert answer.headers["Location"] == f"{ACCOUNT}/sign-in"
    assert not browser.is_in()


def test_a_recovery_code_works_once_instead(live: LiveHub, phone: Phone) -> None:
    browser = live.browser()
    browser.sign_in()
    browser.send(f"{ACCOUNT}/code", code=phone.code())
    page = browser.send(f"{ACCOUNT}/recovery-codes").text
    codes = re.findall(r'<li class="mb-1">([0-9a-f-]+)</li>', page)
    assert len(set(codes)) == 8
    for expected in (302, 200):
        other = _half_in(live)
        assert other.send(f"{ACCOUNT}/recovery", code=codes[0]).status_code == expected
        assert other.is_in() is (expected == 302)
    account = find_account(live.hub, email=EMAIL)
    assert account is not None
    assert account.recovery_codes == codes[1:]


def test_two_who_bring_the_same_code_at_once_are_not_both_let_in(live: LiveHub, phone: Phone) -> None:
    browser = live.browser()
    browser.sign_in()
    browser.send(f"{ACCOUNT}/code", code=phone.code())
    browser.send(f"{ACCOUNT}/recovery-codes")
    account = find_account(live.hub, email=EMAIL)
    assert account is not None
    for spend, what in ((spend_code, account.recovery_codes[0]), (spend_counter, 2**40)):
        told: list[bool] = []

        def use(spend: Any = spend, what: Any = what, told: list[bool] = told) -> None:
            told.append(spend(live.hub, account.id, what))

        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(told) == [False, False, False, True]


def test_switching_it_on_or_off_takes_a_fresh_proof(live: LiveHub) -> None:
    browser = live.browser()
    browser.sign_in()
    with browser.client.session_transaction() as held:
        held["fs_paa"] -= 20 * 60
    for page in ("authenticator", "recovery-codes", "passkeys"):
        assert f"{ACCOUNT}/prove" in browser.get(f"{ACCOUNT}/{page}").headers.get("Location", ""), page
    assert browser.send(f"{ACCOUNT}/prove", password="wrong").status_code == 200
    assert browser.send(f"{ACCOUNT}/prove", password="a kettle of very green tea").status_code == 302
    assert browser.get(f"{ACCOUNT}/authenticator").status_code == 200


def test_secrets_of_the_second_factor_are_sealed(live: LiveHub, phone: Phone) -> None:
    from sqlalchemy import select

    from core.models import Operator

    account = find_account(live.hub, email=EMAIL)
    assert account is not None
    assert account.factor_secret
    with live.hub.database.reading() as session:
        row = session.scalars(select(Operator)).one()
    assert account.factor_secret.encode() not in (row.second_factor or b"")
    assert b"enckey" not in (row.second_factor or b"")
