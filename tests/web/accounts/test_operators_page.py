"""The page about operators: owners let others in and out, freshly proved, and only at their own merchant."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import AuditEntry, Membership
from core.services.invitations import accept, invite
from core.services.operators import BadOperator
from core.services.resets import reset_for
from tests.support.operators import EMAIL, PASSWORD, Browser, LiveHub

PAGE = "/dashboard/operators"
MIA = "mia@tea.example"


@pytest.fixture
def olga(browser: Browser) -> Browser:
    browser.sign_in()
    return browser


def _words(session: Session, operator_id: str, verb: str) -> str | None:
    """What the act of that operator says beside its verb."""
    act = select(AuditEntry.detail).filter_by(subject=f"operator:{operator_id}", verb=verb)
    return session.scalars(act).one()


def _stale(browser: Browser) -> None:
    """The last proof was twenty minutes ago."""
    with browser.client.session_transaction() as held:
        held["fs_paa"] -= 20 * 60
        held.pop("fs_gexp", None)


def test_an_owner_invites_and_the_link_is_shown_once(live: LiveHub, olga: Browser) -> None:
    page = olga.send(f"{PAGE}/invite", PAGE, email=MIA, role="support").text
    (link,) = re.findall(r"http://\S+/welcome/join/[\w-]+", page)
    assert link not in olga.get(PAGE).text
    assert MIA in olga.get(PAGE).text
    mia = live.browser()
    path = "/" + link.split("/", 3)[3]
    assert mia.send(path, name="Mia", password=PASSWORD, again=PASSWORD).status_code == 303
    assert mia.get(PAGE).status_code == 403


def test_an_invitation_that_was_withdrawn_works_no_more(live: LiveHub, olga: Browser) -> None:
    page = olga.send(f"{PAGE}/invite", PAGE, email=MIA, role="support").text
    (path,) = re.findall(r"/welcome/join/[\w-]+", page)
    (button,) = re.findall(r"/dashboard/operators/invitations/\w+/withdraw", olga.get(PAGE).text)
    assert olga.send(button, PAGE).status_code == 303
    assert live.browser().get(path).status_code == 410


@pytest.mark.parametrize("fields", [{"email": "no address", "role": "viewer"}, {"email": MIA, "role": "king"}])
def test_what_cannot_be_is_said(olga: Browser, fields: dict[str, str]) -> None:
    answer = olga.send(f"{PAGE}/invite", PAGE, **fields)
    assert answer.status_code == 400
    assert "alert-danger" in answer.text


def test_a_role_is_given_and_taken_and_written_down(live: LiveHub, olga: Browser) -> None:
    mia = live.member("viewer")
    assert olga.send(f"{PAGE}/{mia}/role", PAGE, role="admin").status_code == 303
    with live.hub.database.reading() as session:
        assert session.scalars(select(Membership.role)).all() == ["admin"]
    assert olga.send(f"{PAGE}/{mia}/remove", PAGE).status_code == 303
    with live.hub.database.reading() as session:
        assert session.scalars(select(Membership)).all() == []
        acts = session.execute(select(AuditEntry.verb, AuditEntry.actor).where(AuditEntry.subject == f"operator:{mia}"))
        assert {tuple(act) for act in acts} >= {
            ("role", "Olga Owner"),
            ("remove", "Olga Owner"),
            ("join", "Mia Member"),
        }
        assert _words(session, mia, "join") == "viewer, invited by Olga Owner"


def test_a_password_link_opens_the_account_once(live: LiveHub, olga: Browser) -> None:
    mia = live.member("viewer")
    page = olga.send(f"{PAGE}/{mia}/reset", PAGE).text
    (path,) = re.findall(r"/welcome/reset/[\w-]+", page)
    new = "a pot of rather white tea"
    assert live.browser().send(path, password=new, again=new).status_code == 303
    assert live.browser().sign_in(MIA, new).status_code == 302


@pytest.mark.parametrize("act", ["invite", "{mia}/role", "{mia}/remove", "{mia}/reset"])
def test_every_act_takes_a_fresh_proof(live: LiveHub, olga: Browser, act: str) -> None:
    mia = live.member("viewer")
    path = f"{PAGE}/{act.format(mia=mia)}"
    token = olga.token(PAGE)
    _stale(olga)
    answer = olga.post(path, {"token": token, "email": "zoe@tea.example", "role": "owner"})
    assert answer.status_code == 401
    assert "prove that it is still you" in answer.text
    with live.hub.database.reading() as session:
        assert session.scalars(select(Membership.role)).all() == ["viewer"]


def test_an_owner_of_one_merchant_does_not_reach_another(live: LiveHub) -> None:
    """S29, for operators: neither their pages nor their people, nor by a password link to somebody who has both."""
    other = live.merchant("Coffee Ltd")
    carl = invite(live.hub, other, "carl@coffee.example", "owner", "Olga")
    accept(live.hub, carl, name="Carl", password=live.hashed())
    mia = live.member("admin")
    browser = live.browser()
    browser.sign_in("carl@coffee.example")
    page = browser.get(PAGE).text
    assert "Coffee Ltd" in page
    assert MIA not in page
    for act, fields in (("role", {"role": "viewer"}), ("remove", {}), ("reset", {})):
        assert browser.send(f"{PAGE}/{mia}/{act}", PAGE, **fields).status_code == 400
    browser.send("/dashboard/merchant", PAGE, merchant=live.merchant_id)
    assert "Coffee Ltd" in browser.get(PAGE).text
    live.also(mia, other, "viewer")
    with pytest.raises(BadOperator):
        reset_for(live.hub, other, mia, "Carl", is_by_house_owner=False)
    assert reset_for(live.hub, other, mia, "Olga", is_by_house_owner=True)[1] == MIA


def test_who_works_for_two_merchants_switches_between_them(live: LiveHub) -> None:
    other = live.merchant("Coffee Ltd")
    live.also(live.member("viewer"), other, "owner")
    browser = live.browser()
    browser.sign_in(MIA)
    assert "viewer of <bdi>Tea &amp; Co</bdi>" in browser.get("/dashboard/").text
    assert browser.get(PAGE).status_code == 403
    browser.send("/dashboard/merchant", "/dashboard/", merchant=other)
    assert "owner of <bdi>Coffee Ltd</bdi>" in browser.get("/dashboard/").text
    assert browser.get(PAGE).status_code == 200
    browser.send("/dashboard/merchant", "/dashboard/", merchant="0" * 32)
    assert "Tea &amp; Co" in browser.get("/dashboard/").text


def test_the_owner_of_the_house_sees_every_merchant_and_is_no_merchants_to_remove(live: LiveHub, olga: Browser) -> None:
    live.merchant("Coffee Ltd")
    assert "Coffee Ltd" in olga.get("/dashboard/").text
    assert EMAIL in olga.get(PAGE).text
    assert olga.send(f"{PAGE}/{live.hub_owner()}/remove", PAGE).status_code == 400
    assert olga.is_in()


def test_everybody_changes_their_own_name_and_address(live: LiveHub, olga: Browser) -> None:
    assert olga.send("/dashboard/account/name", "/dashboard/account/", name="Olga O.").status_code == 303
    assert "Olga O." in olga.get("/dashboard/").text
    assert olga.send("/dashboard/account/name", "/dashboard/account/", name="").status_code == 400
    assert olga.send("/dashboard/account/email", "/dashboard/account/", email="o@tea.example").status_code == 303
    assert live.browser().sign_in("o@tea.example").status_code == 302
    live.member("viewer")
    assert olga.send("/dashboard/account/email", "/dashboard/account/", email=MIA).status_code == 400
