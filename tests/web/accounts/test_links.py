"""Links: each works once and for a while, for whom it was made, and only its digest is kept."""

import re
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text

from core.models import Invitation, Membership, Operator, OperatorLink, Visit
from core.services.accounts import AccountChanged, find_account, keep_account
from core.services.invitations import LinkSpent, accept, accept_welcome, invite, make_welcome
from core.services.operator_links import confirm_email, make_email_change, make_reset, reset_password
from core.services.operators import BadOperator, find_operator
from tests.support import smtp
from tests.support.operators import EMAIL, PASSWORD, SIGN_IN, LiveHub, live_hub

NEW = "a pot of rather white tea"
PAIR = {"password": NEW, "again": NEW}


@pytest.fixture
def fresh(sqlite_url: str, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A hub that nobody owns yet."""
    with live_hub(sqlite_url, tmp_path) as live:
        yield live


def test_the_first_link_makes_the_owner_once(fresh: LiveHub) -> None:
    browser, path = fresh.browser(), fresh.welcome_path()
    assert browser.get("/dashboard/").status_code == 403
    assert browser.get(path).status_code == browser.get(path).status_code == 200  # looking uses nothing up
    answer = browser.send(path, email=EMAIL, name="Olga", **PAIR)
    assert answer.status_code == 303
    assert browser.is_in()
    assert browser.get(path).status_code == 410
    assert fresh.browser().send(path, SIGN_IN, email="eve@x.example", name="Eve", **PAIR).status_code == 410
    assert make_welcome(fresh.hub) is None
    with fresh.hub.database.reading() as session:
        assert [row.is_house_owner for row in session.scalars(select(Operator))] == [True]


def test_the_first_link_is_too_old_after_a_day_and_a_new_one_ends_it(fresh: LiveHub) -> None:
    browser, first = fresh.browser(), fresh.welcome_path()
    fresh.clock.later(hours=23)
    assert browser.get(first).status_code == 200
    fresh.clock.later(hours=1)
    assert browser.get(first).status_code == 410
    second = fresh.welcome_path()
    third = fresh.welcome_path()
    assert (browser.get(second).status_code, browser.get(third).status_code) == (410, 200)


def test_two_who_open_the_first_link_at_once_are_not_both_owners(fresh: LiveHub) -> None:
    secret = make_welcome(fresh.hub)
    assert secret is not None
    hashed, told = fresh.hashed(), []

    def own(name: str) -> None:
        try:
            told.append(accept_welcome(fresh.hub, secret, email=f"{name}@x.example", name=name, password=hashed))
        except LinkSpent:
            told.append("spent")

    threads = [threading.Thread(target=own, args=(name,)) for name in ("ada", "eve")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(one) for one in told) == [len("spent"), 32]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": "short", "again": "short"}, "12"),
        ({"password": NEW, "again": NEW + "!"}, "not the same"),
        (PAIR | {"email": "no address"}, "is no e-mail address"),
        (PAIR | {"email": "a@b.c\r\nBcc: eve@evil.example"}, "is no e-mail address"),
        (PAIR | {"name": ""}, "write a name"),
        (PAIR | {"name": "x" * 90}, "write a name"),
    ],
)
def test_a_mistake_uses_nothing_up_and_is_said(fresh: LiveHub, fields: dict[str, str], words: str) -> None:
    browser, path = fresh.browser(), fresh.welcome_path()
    answer = browser.send(path, **({"email": EMAIL, "name": "Olga", **PAIR} | fields))
    assert (answer.status_code, words in answer.text) == (400, True)
    assert NEW not in answer.text
    assert browser.send(path, email=EMAIL, name="Olga", **PAIR).status_code == 303


def test_an_invitation_makes_an_operator_of_that_role_once(live: LiveHub) -> None:
    browser, path = live.browser(), _join(live, "mia@tea.example", "support")
    page = browser.get(path).text
    assert "Tea &amp; Co" in page
    assert "mia@tea.example" in page
    assert browser.send(path, name="Mia", **PAIR, email="eve@evil.example").status_code == 303
    assert "support of <bdi>Tea &amp; Co</bdi>" in browser.get("/dashboard/").text
    assert live.browser().get(path).status_code == 410
    assert find_account(live.hub, email="eve@evil.example") is None
    assert live.browser().sign_in("MIA@tea.example", NEW).status_code == 302


def test_an_invitation_is_too_old_after_three_days(live: LiveHub) -> None:
    path = _join(live, "mia@tea.example", "viewer")
    live.clock.later(days=3)
    assert live.browser().get(path).status_code == 410


def test_inviting_again_ends_the_older_invitation(live: LiveHub) -> None:
    older, newer = (_join(live, "mia@tea.example", role) for role in ("owner", "viewer"))
    assert (live.browser().get(older).status_code, live.browser().get(newer).status_code) == (410, 200)


@pytest.mark.plants
def test_who_is_an_operator_already_accepts_signed_in_and_nobody_else_can(live: LiveHub) -> None:
    """A link that another merchant's owner holds must not open an account that works for us."""
    other = live.merchant("Coffee Ltd")
    secret = invite(live.hub, other, "mia@tea.example", "admin", "Carl")
    live.member("viewer")
    path = f"/welcome/join/{secret}"
    stranger = live.browser()
    assert "Sign in to accept" in stranger.get(path).text
    refused = stranger.send(path, SIGN_IN, name="Mia", **PAIR)
    assert (refused.status_code, "sign in first" in refused.text) == (400, True)
    olga = live.browser()
    olga.sign_in()
    assert "somebody else" in olga.send(path).text
    mia = live.browser()
    assert mia.sign_in("mia@tea.example", NEW).status_code == 200  # the link has set no password
    mia.sign_in("mia@tea.example")
    assert mia.send(path).status_code == 303
    with live.hub.database.reading() as session:
        found = {row.merchant_id: row.role for row in session.scalars(select(Membership))}
    assert found == {live.merchant_id: "viewer", other: "admin"}


def test_an_account_that_took_somebodys_address_is_let_in_nowhere_by_it(live: LiveHub) -> None:
    """S18, S29: where no mail is sent nobody proves an address, so an invitation is for whoever holds the link."""
    other = live.merchant("Coffee Ltd")
    live.member("viewer")
    thief = live.browser()
    thief.sign_in("mia@tea.example")
    assert thief.send("/dashboard/account/email", "/dashboard/account/", email="boss@coffee.example").status_code == 303
    invite(live.hub, other, "Boss@Coffee.example", "owner", "Carl")
    assert "Tea &amp; Co" in thief.get("/dashboard/").text
    with live.hub.database.reading() as session:
        assert session.scalars(select(Membership.merchant_id)).all() == [live.merchant_id]


def test_a_forgotten_password_is_set_anew_once_and_ends_every_visit(live: LiveHub) -> None:
    """S18: single use, half an hour, ends sessions."""
    browser = live.browser()
    browser.sign_in()
    path = f"/welcome/reset/{make_reset(live.hub, live.hub_owner())}"
    stranger = live.browser()
    assert stranger.send(path, **PAIR).headers["Location"] == SIGN_IN
    assert not browser.is_in()
    with live.hub.database.reading() as session:
        assert session.scalars(select(Visit)).all() == []
    assert stranger.get(path).status_code == 410
    assert live.browser().sign_in(password=PASSWORD).status_code == 200
    assert live.browser().sign_in(password=NEW).status_code == 302


def test_a_page_that_was_begun_before_a_reset_does_not_undo_it(live: LiveHub) -> None:
    """S18: whoever is thrown out may have a form under way that knows the old password."""
    begun = find_account(live.hub, id=live.hub_owner())
    assert begun is not None
    reset_password(live.hub, make_reset(live.hub, begun.id), live.hashed(NEW))
    begun.password = live.hashed("the thief keeps a key of his own")
    with pytest.raises(AccountChanged):
        keep_account(live.hub, begun)
    assert live.browser().sign_in(password=NEW).status_code == 302


@pytest.mark.parametrize("is_reset", [True, False])
def test_a_new_password_ends_the_links_that_were_asked_for_before(live: LiveHub, is_reset: bool) -> None:
    """S18: a thief who was signed in may have asked for a link to an address of his own."""
    olga = live.browser()
    olga.sign_in()
    to_thief = make_email_change(live.hub, live.hub_owner(), "thief@elsewhere.example")
    if is_reset:
        reset_password(live.hub, make_reset(live.hub, live.hub_owner()), live.hashed(NEW))
    else:
        page = "/dashboard/account/password"
        fields = {"password": PASSWORD, "new_password": NEW, "new_password_confirm": NEW}
        assert olga.send(page, **fields).status_code == 302
    with pytest.raises(LinkSpent):
        confirm_email(live.hub, to_thief)
    assert find_account(live.hub, email=EMAIL) is not None


def test_a_reset_is_too_old_after_half_an_hour_and_only_the_newest_works(live: LiveHub) -> None:
    older = make_reset(live.hub, live.hub_owner())
    newer = make_reset(live.hub, live.hub_owner())
    assert live.browser().get(f"/welcome/reset/{older}").status_code == 410
    live.clock.later(minutes=29)
    assert live.browser().get(f"/welcome/reset/{newer}").status_code == 200
    live.clock.later(minutes=1)
    assert live.browser().get(f"/welcome/reset/{newer}").status_code == 410


def test_two_who_use_a_reset_at_once_do_not_both_set_a_password(live: LiveHub) -> None:
    secret, told = make_reset(live.hub, live.hub_owner()), []

    def use(password: str) -> None:
        try:
            told.append(reset_password(live.hub, secret, password))
        except LinkSpent:
            told.append("spent")

    threads = [threading.Thread(target=use, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("spent") == 1


def test_only_digests_of_links_are_kept(live: LiveHub) -> None:
    """S18: hashed at rest."""
    secrets = [make_reset(live.hub, live.hub_owner()), _join(live, "zoe@tea.example", "viewer").rpartition("/")[2]]
    assert all(len(secret) >= 43 for secret in secrets)
    dump = (Path(live.hub.database.url.removeprefix("sqlite:///"))).read_bytes()
    with live.hub.database.engine.connect() as connection:
        rows = [connection.execute(text(f"SELECT * FROM {table}")).all() for table in ("invitations", "operator_links")]
    for secret in secrets:
        assert secret.encode() not in dump
        assert secret not in str(rows)
    assert b"zoe@tea.example" not in dump


def test_a_link_of_one_kind_is_none_of_another(live: LiveHub) -> None:
    secret = make_reset(live.hub, live.hub_owner())
    for kind in ("owner", "join", "confirm", "nothing"):
        assert live.browser().send(f"/welcome/{kind}/{secret}", SIGN_IN, **PAIR).status_code in (
            404,
            410,
        )
    assert live.browser().get(f"/welcome/reset/{secret}").status_code == 200


def test_a_letter_with_a_forged_host_leads_only_to_the_configured_one(sqlite_url: str, tmp_path: Path) -> None:
    """S23; and S18: unknown addresses are answered alike, and get nothing."""
    with (
        smtp.mail_server() as mailbox,
        live_hub(sqlite_url, tmp_path, smtp_url=mailbox.url, base_url="http://hub.example") as live,
    ):
        live.own()
        browser, path = live.browser(), "/dashboard/account/forgot"
        token = browser.token(path)
        headers = {"Host": "evil.example", "Origin": "http://evil.example"}
        assert browser.client.post(path, data={"token": token, "email": EMAIL}, headers=headers).status_code == 400
        headers = {"Origin": "http://localhost", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
        answers = []
        for email in ("nobody@tea.example", EMAIL.upper()):
            answers.append(browser.client.post(path, data={"token": token, "email": email}, headers=headers))
        assert {answer.status_code for answer in answers} == {200}
        assert answers[0].text == answers[1].text
        (letter,) = mailbox.wait_for(1)
        assert letter["To"] == EMAIL
        links = re.findall(r"https?://\S+", letter.get_content())
        assert [link.rpartition("/")[0] for link in links] == ["http://hub.example/welcome/reset"]
        assert "evil" not in letter.as_string()
        assert browser.send(links[0].removeprefix("http://hub.example"), **PAIR).status_code == 303
        assert live.browser().sign_in(password=NEW).status_code == 302


def test_asking_for_letters_is_limited(live: LiveHub) -> None:
    """S26: nobody's mailbox is filled."""
    browser = live.browser()
    path, token = "/dashboard/account/forgot", browser.token(SIGN_IN)
    statuses = [browser.post(path, {"token": token, "email": EMAIL}).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_a_hub_without_mail_says_who_can_help(live: LiveHub) -> None:
    assert "referhub operators reset-link" in live.browser().get("/dashboard/account/forgot").text


def test_a_new_address_is_proved_by_a_letter_to_it(sqlite_url: str, tmp_path: Path) -> None:
    with smtp.mail_server() as mailbox, live_hub(sqlite_url, tmp_path, smtp_url=mailbox.url) as live:
        live.own()
        browser = live.browser()
        browser.sign_in()
        answer = browser.send("/dashboard/account/email", "/dashboard/account/", email="new@tea.example")
        assert answer.status_code == 303
        (letter,) = mailbox.wait_for(1)
        assert letter["To"] == "new@tea.example"
        assert live.browser().sign_in("new@tea.example").status_code == 200
        (link,) = re.findall(r"/welcome/confirm/\S+", letter.get_content())
        assert live.browser().send(link).status_code == 303
        assert not browser.is_in()
        assert live.browser().sign_in("new@tea.example").status_code == 302
        with pytest.raises(BadOperator):
            find_operator(live.hub, EMAIL)


def test_nothing_of_a_removed_operator_is_left_but_their_acts(live: LiveHub) -> None:
    from core.services.operators import remove

    mia = live.member("admin")
    make_reset(live.hub, mia)
    remove(live.hub, live.merchant_id, mia, "Olga")
    with live.hub.database.reading() as session:
        assert session.get(Operator, mia) is None
        for table in (Membership, OperatorLink, Invitation):
            assert session.scalars(select(table)).all() == []


def _join(live: LiveHub, email: str, role: str) -> str:
    secret = invite(live.hub, live.merchant_id, email, role, "Olga")
    assert secret is not None
    return f"/welcome/join/{secret}"


def test_an_invitation_that_two_accept_at_once_makes_one_operator(live: LiveHub) -> None:
    secret = _join(live, "mia@tea.example", "viewer").rpartition("/")[2]
    hashed, told = live.hashed(), []

    def come(name: str) -> None:
        try:
            told.append(accept(live.hub, secret, name=name, password=hashed))
        except (LinkSpent, BadOperator):
            told.append("late")

    threads = [threading.Thread(target=come, args=(name,)) for name in ("Mia", "Eve")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("late") == 1
