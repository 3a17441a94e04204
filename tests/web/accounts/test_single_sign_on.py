"""Single sign-on: whom an issuer proves comes in, as far as the rules let them, and no lie of an answer does."""

from collections.abc import Iterator
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.services.accounts import find_account
from core.services.invitations import accept, invite
from core.services.operator_links import make_reset, reset_works
from tests.support import issuer as issuers
from tests.support.issuer import CLIENT, SECRET, Issuer, Person
from tests.support.operators import Browser, LiveHub, live_hub

SSO = "/dashboard/account/sso"


@pytest.fixture(scope="module")
def known() -> Iterator[Issuer]:
    """An issuer for all tests."""
    with issuers.issuer() as found:
        yield found


@pytest.fixture
def issuer(known: Issuer) -> Issuer:
    """The issuer, honest again."""
    known.lies, known.signs_with, known.asked = {}, None, []
    return known


@pytest.fixture
def hub(sqlite_url: str, tmp_path: Path, issuer: Issuer) -> Iterator[LiveHub]:
    """A hub that lets in tea.example's people of the group tea."""
    told: dict[str, Any] = {"oidc_issuer": issuer.address, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
    rules: dict[str, Any] = {"oidc_domains": ["Tea.example"], "oidc_groups": ["tea"], "oidc_role": "support"}
    with live_hub(sqlite_url, tmp_path, **told, **rules) as live:
        live.hub.base_url = "http://localhost"
        yield live


def _mia(**differs: Any) -> Person:
    return Person(**({"groups": ["tea", "cake"]} | differs))


def _come(browser: Browser, issuer: Issuer, person: Person, then: str = "") -> Any:
    location = browser.get(f"{SSO}?next={then}" if then else SSO).headers["Location"]
    assert location.startswith(f"{issuer.address}/authorize?")
    back = issuer.agree(location, person)
    return browser.get(back.removeprefix("http://localhost"))


def test_whom_the_issuer_proves_comes_in_with_the_first_role(hub: LiveHub, issuer: Issuer) -> None:
    browser = hub.browser()
    answer = _come(browser, issuer, _mia(), "/dashboard/orders")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/dashboard/orders")
    assert "support of <bdi>Tea &amp; Co</bdi>" in browser.get("/dashboard/").text
    (asked,) = issuer.asked
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
    assert asked["redirect_uri"] == "http://localhost/dashboard/account/sso/back"
    account = find_account(hub.hub, email="mia@tea.example")
    assert account is not None
    assert account.password is None


def test_who_comes_again_is_the_same_even_under_another_address(hub: LiveHub, issuer: Issuer) -> None:
    for email in ("mia@tea.example", "mia.new@tea.example"):
        assert _come(hub.browser(), issuer, _mia(email=email)).status_code == 303
    assert find_account(hub.hub, email="mia.new@tea.example") is None


def test_an_operator_is_known_by_the_verified_address_and_only_by_one_person(hub: LiveHub, issuer: Issuer) -> None:
    mia = hub.member("admin")
    browser = hub.browser()
    assert _come(browser, issuer, _mia(email="MIA@tea.example")).status_code == 303
    assert "admin of" in browser.get("/dashboard/").text
    assert _come(hub.browser(), issuer, _mia(sub="eve-7")).status_code == 403
    account = find_account(hub.hub, email="mia@tea.example")
    assert account is not None
    assert account.id == mia


def test_nobody_takes_an_address_by_which_the_issuer_will_know_somebody_else(hub: LiveHub, issuer: Issuer) -> None:
    """S18: no mail proves the address here, and whoever comes by the issuer would share the thief's account."""
    hub.member("viewer")
    thief = hub.browser()
    thief.sign_in("mia@tea.example")
    page = "/dashboard/account/"
    answer = thief.send(f"{page}email", page, email="boss@tea.example")
    assert (answer.status_code, "ask an owner" in answer.text) == (400, True)
    assert find_account(hub.hub, email="boss@tea.example") is None
    assert _come(hub.browser(), issuer, _mia(sub="boss", email="boss@tea.example")).status_code == 303
    boss = find_account(hub.hub, email="boss@tea.example")
    assert boss is not None
    assert boss.password is None


@pytest.mark.parametrize(
    "differs",
    [
        {"email": "eve@evil.example"},
        {"email": "eve@tea.example.evil.example"},
        {"email": ""},
        {"email_verified": False},
        {"email_verified": "true"},
        {"groups": []},
        {"groups": ["cake"]},
        {"groups": "tea"},
    ],
)
def test_who_is_not_meant_stays_out(hub: LiveHub, issuer: Issuer, differs: dict[str, Any]) -> None:
    browser = hub.browser()
    answer = _come(browser, issuer, _mia(**differs))
    assert answer.status_code == 403
    assert not browser.is_in()


@pytest.mark.parametrize(
    "lies",
    [{"iss": "https://evil.example"}, {"aud": "another"}, {"exp": 1}, {"nonce": "another"}, {"nonce": None}],
)
def test_a_token_that_was_not_made_for_this_visit_opens_nothing(
    hub: LiveHub, issuer: Issuer, lies: dict[str, Any]
) -> None:
    """S33."""
    issuer.lies = lies
    browser = hub.browser()
    assert _come(browser, issuer, _mia()).status_code == 403
    assert not browser.is_in()


def test_a_token_of_another_key_opens_nothing(hub: LiveHub, issuer: Issuer) -> None:
    """S33."""
    issuer.signs_with = Issuer().key
    assert _come(hub.browser(), issuer, _mia()).status_code == 403


def test_an_answer_belongs_to_the_browser_that_asked_and_is_used_once(hub: LiveHub, issuer: Issuer) -> None:
    """S33: state bound to the session, no replay, no login by somebody else's link."""
    browser = hub.browser()
    back = issuer.agree(browser.get(SSO).headers["Location"], _mia()).removeprefix("http://localhost")
    victim = hub.browser()
    assert victim.get(back).status_code == 403
    assert not victim.is_in()
    state = parse_qs(urlsplit(back).query)["state"][0]
    assert browser.get(back.replace(state, "x" * len(state))).status_code == 403
    assert browser.get(back).status_code == 303
    assert browser.get(back).status_code == 403


def test_proving_oneself_again_must_be_the_same_person(hub: LiveHub, issuer: Issuer) -> None:
    browser = hub.browser()
    _come(browser, issuer, _mia())
    assert _come(browser, issuer, _mia(sub="zoe-2", email="zoe@tea.example")).status_code == 403
    assert "prompt=login" in browser.get(SSO).headers["Location"]
    assert _come(browser, issuer, _mia()).status_code == 303


@pytest.mark.parametrize("auth_time", [None, True, 1, "old"])
def test_an_issuer_that_did_not_ask_again_proves_nothing_anew(hub: LiveHub, issuer: Issuer, auth_time: Any) -> None:
    """S18: `auth_time` says when somebody was there, whatever the redirect asked for."""
    hub.member("owner")
    browser = hub.browser()
    _come(browser, issuer, _mia())
    issuer.lies = {"auth_time": int(time()) - 16 * 60 if auth_time == "old" else auth_time}
    answer = _come(browser, issuer, _mia())
    assert (answer.status_code, "auth_time" in answer.text) == (403, True)


def test_an_old_proof_at_the_issuer_lets_in_and_is_not_fresh(hub: LiveHub, issuer: Issuer) -> None:
    hub.member("owner")
    browser = hub.browser()
    issuer.lies = {"auth_time": int(time()) - 3600}
    assert _come(browser, issuer, _mia()).status_code == 303
    page = "/dashboard/operators"
    answer = browser.send(f"{page}/invite", page, email="carl@tea.example", role="viewer")
    assert (answer.status_code, "prove that it is still you" in answer.text) == (401, True)
    issuer.lies = {}
    assert _come(browser, issuer, _mia()).status_code == 303
    assert browser.send(f"{page}/invite", page, email="carl@tea.example", role="viewer").status_code == 200


def test_who_took_an_invited_address_is_out_when_its_owner_comes(hub: LiveHub, issuer: Issuer) -> None:
    """S18: no pre-hijacking. The link was shown to somebody, who set a password under another's address."""
    mia = hub.member("admin")
    thief = hub.browser()
    thief.sign_in("mia@tea.example")
    assert thief.is_in()
    link = make_reset(hub.hub, mia)
    browser = hub.browser()
    assert _come(browser, issuer, _mia()).status_code == 303
    assert browser.is_in()
    assert not thief.is_in()
    assert hub.browser().sign_in("mia@tea.example").status_code == 200, "the password opens nothing any more"
    assert not reset_works(hub.hub, link)


def test_whoever_opened_a_mailed_invitation_keeps_their_password(hub: LiveHub, issuer: Issuer) -> None:
    secret = invite(hub.hub, hub.merchant_id, "mia@tea.example", "admin", "Olga", is_mailed=True)
    accept(hub.hub, secret, name="Mia", password=hub.hashed())
    assert _come(hub.browser(), issuer, _mia()).status_code == 303
    browser = hub.browser()
    assert browser.sign_in("mia@tea.example").status_code == 302
    assert browser.is_in()


def test_where_several_merchants_share_the_hub_nobody_comes_in_uninvited(hub: LiveHub, issuer: Issuer) -> None:
    hub.merchant("Coffee Ltd")
    assert _come(hub.browser(), issuer, _mia()).status_code == 403
    hub.member("viewer")
    assert _come(hub.browser(), issuer, _mia()).status_code == 303


def test_an_issuer_that_is_not_there_is_said_so(hub: LiveHub, issuer: Issuer) -> None:
    client = hub.app.extensions["authlib.integrations.flask_client"].issuer
    client._server_metadata_url = "http://127.0.0.1:9/.well-known/openid-configuration"
    assert hub.browser().get(SSO).status_code == 403


def test_a_hub_without_an_issuer_has_no_such_door(live: LiveHub) -> None:
    assert live.browser().get(SSO).status_code == 403
    assert live.browser().get(f"{SSO}/back?code=a&state=b").status_code == 403
    assert "single sign-on" not in live.browser().get("/dashboard/account/sign-in").text
