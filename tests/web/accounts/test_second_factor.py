"""The second factor: a code of the authenticator, once; a recovery code, once; and who guesses waits."""

import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from passlib.totp import TOTP

from core.services.accounts import Account, Key, find_account, spend_code, spend_counter
from core.services.operator_links import reset_password
from core.services.resets import reset_for
from tests.support.operators import EMAIL, Browser, LiveHub, live_hub
from web.accounts.second_factor import is_lacking

ACCOUNT = "/dashboard/account"


class Phone:
    """An authenticator that was shown the key, with a clock of its own."""

    def __init__(self, key: str) -> None:
        self._totp = TOTP(key=key.replace("-", ""), format="base32")

    def code(self, *, steps: int = 0) -> str:
        """Six digits, now or some half minutes on."""
        return str(self._totp.generate(TOTP.now() + 30 * steps).token)


def _key_on(page: str) -> str:
    found = re.search(r'command">([A-Z0-9-]+)<', page)
    assert found
    return found[1]


def _set_up(browser: Browser) -> Phone:
    page = browser.send(f"{ACCOUNT}/authenticator", setup="authenticator").text
    action = re.search(r'action="([^"]+/authenticator/[^"]+)"', page)
    token = re.search(r'name="token" value="([0-9a-f]{64})"', page)
    assert action
    assert token
    phone = Phone(_key_on(page))
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
    phone = Phone(_key_on(page))
    refused = browser.post(action[1], {"token": token[1], "code": "000000"})
    assert refused.status_code == 400
    assert "That code is wrong, or its half minute is over." in refused.text
    assert Phone(_key_on(refused.text)).code(steps=-1) == phone.code(steps=-1), "what was scanned still holds"
    assert browser.post(action[1], {"token": token[1], "code": phone.code(steps=-1)}).status_code == 302
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


@pytest.fixture
def strict(owned: Path, tmp_path: Path) -> Iterator[LiveHub]:
    """The same hub, where others reach it."""
    yield from _reached(owned, tmp_path)


def _reached(owned: Path, tmp_path: Path, **settings: Any) -> Iterator[LiveHub]:
    folder = tmp_path / "reached"
    shutil.copytree(owned, folder)
    (file,) = folder.glob("*.db")
    told = {"base_url": "http://hub.example", "trusted_hosts": ["localhost"]} | settings
    with live_hub(f"sqlite:///{file}", folder, has_merchant=True, **told) as found:
        yield found


FIRST = "One thing first: a second factor"


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_who_can_move_money_sees_nothing_before_a_second_factor_is_set_up(strict: LiveHub, role: str) -> None:
    """S18: a stolen password alone is worth nothing on a hub that strangers reach."""
    strict.member(role)
    browser = strict.browser()
    browser.sign_in("mia@tea.example")
    for path in ("/dashboard/", "/dashboard/orders", "/dashboard/operators", f"{ACCOUNT}/", f"{ACCOUNT}/password"):
        answer = browser.get(path)
        assert (answer.status_code, FIRST in answer.text) == (403, True), path
    token = browser.token("/dashboard/")
    refused = browser.post(f"{ACCOUNT}/name", {"token": token, "name": "Mallory"})
    assert (refused.status_code, FIRST in refused.text) == (403, True)
    assert browser.get(f"{ACCOUNT}/passkeys").status_code == 200
    _set_up(browser)
    assert browser.is_in()
    assert find_account(strict.hub, email="mia@tea.example").name == "Mia Member"  # type: ignore[union-attr]


def test_whoever_only_looks_needs_no_second_factor(strict: LiveHub) -> None:
    strict.member("support")
    browser = strict.browser()
    browser.sign_in("mia@tea.example")
    assert browser.is_in()


def test_switching_it_off_leads_back_to_setting_it_up(strict: LiveHub) -> None:
    browser = strict.browser()
    browser.sign_in()
    _set_up(browser)
    browser.send(f"{ACCOUNT}/authenticator", setup="disable")
    assert FIRST in browser.get("/dashboard/").text


def test_a_hub_may_only_offer_it(owned: Path, tmp_path: Path) -> None:
    for strict in _reached(owned, tmp_path, second_factor="offered"):
        browser = strict.browser()
        browser.sign_in()
        assert browser.is_in()


def test_what_counts_as_two_proofs() -> None:
    """A passkey that only stands beside a password leaves the password alone enough, unless there is none."""
    bare = Account("1", "a@b.example", "A", "hashed", "u", "p", True, False)
    key = Key(b"1", b"2", "Phone", "first", 0, [], None, "single_device", False, datetime.now(UTC))
    assert is_lacking(bare, "owner", "password")
    assert not is_lacking(bare, "support", "password")
    assert not is_lacking(bare, "owner", "single sign-on")
    assert is_lacking(replace(bare, passkeys=[key]), "owner", "password")
    assert not is_lacking(replace(bare, passkeys=[replace(key, usage="secondary")]), "owner", "password")
    assert not is_lacking(replace(bare, passkeys=[key], password=None), "owner", "passkey")


def test_who_lost_phone_and_codes_gets_in_by_a_new_password(live: LiveHub, phone: Phone) -> None:
    secret, _address = reset_for(
        live.hub, None, live.hub_owner(), "somebody at the keyboard", is_by_house_owner=True, forgets_devices=True
    )
    reset_password(live.hub, secret, live.hashed("a pot of rather white tea"))
    browser = live.browser()
    assert browser.sign_in(password="a pot of rather white tea").headers["Location"] == "/dashboard/"
    assert browser.is_in()
