"""Enrolling: somebody becomes an advocate, once, with a code nobody else has."""

import pytest

from core.contract.events import Contact, ContactForgotten, ContactSaved, Evidence, EvidenceKind, OrderPaid
from core.models import Code, Conversion, Person, Reward
from core.rules.attribution import open_token
from core.services.campaigns import create_campaign, publish
from core.services.connections import NotFound
from core.services.enroll import ALPHABET, BadAdvocate, enroll, link_to
from tests.support.hub import DAY, Scene, contact, email, friend, order, terms


def test_asking_again_gives_the_same_person_and_code(stage: Scene) -> None:
    first = enroll(stage.hub, "friends", email="Zoe@gmail.com")
    again = enroll(stage.hub, "friends", email="zoe+tag@GMAIL.com")
    assert (first.person_id, first.code) == (again.person_id, again.code)
    assert len(stage.all(Code)) == 2


def test_a_code_made_by_the_hub_cannot_be_guessed_and_can_be_read_aloud(stage: Scene) -> None:
    codes = {enroll(stage.hub, "friends", email=f"p{number}@example.com").code for number in range(20)}
    assert len(codes) == 20
    assert all(len(code) == 11 and set(code) <= set(ALPHABET) for code in codes)


@pytest.mark.parametrize("code", ["MIRA", "mira", "MiRa"])
def test_a_taken_code_is_refused_in_any_spelling(stage: Scene, code: str) -> None:
    with pytest.raises(BadAdvocate, match="is taken"):
        enroll(stage.hub, "friends", email="zoe@example.com", code=code)
    assert len(stage.all(Code)) == 1


@pytest.mark.parametrize("code", ["ab", "x" * 65, "a b c", "MIRA.10", "ÄÖÜ", "<b>", ""])
def test_a_code_that_cannot_travel_in_an_address_is_refused(stage: Scene, code: str) -> None:
    if code:
        with pytest.raises(BadAdvocate, match="cannot be a code"):
            enroll(stage.hub, "friends", email="zoe@example.com", code=code)
    else:
        assert enroll(stage.hub, "friends", email="zoe@example.com", code=code).code


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ({}, "needs an e-mail address, a customer id or a contact id"),
        ({"contact": "003"}, "a contact id needs the connection it belongs to: add --connection"),
        ({"email": "nobody"}, "is not an e-mail address"),
        ({"customer": "7"}, "add --connection"),
        ({"customer": "\x00", "connection": "The shop"}, "cannot be read"),
    ],
)
def test_nobody_cannot_be_an_advocate(stage: Scene, who: dict[str, str], words: str) -> None:
    before = len(stage.all(Person))
    with pytest.raises(BadAdvocate, match=words):
        enroll(stage.hub, "friends", **who)
    assert len(stage.all(Person)) == before


@pytest.mark.parametrize(
    ("campaign", "connection", "words"),
    [("foes", "The shop", "there are friends"), ("friends", "The pub", "connected: The shop")],
)
def test_an_unknown_campaign_or_connection_is_told_with_those_there_are(
    stage: Scene, campaign: str, connection: str, words: str
) -> None:
    with pytest.raises(NotFound, match=words):
        enroll(stage.hub, campaign, customer="7", connection=connection)


@pytest.mark.parametrize(
    "evidence",
    [Evidence(EvidenceKind.CODE, "zoe-10"), Evidence(EvidenceKind.LANDING_REF, "\uff3a\uff2f\uff25-10")],
)
def test_orders_that_named_the_code_before_it_was_known_are_decided_again(stage: Scene, evidence: Evidence) -> None:
    stage.tell(OrderPaid(order(code=None, evidence=[evidence])))
    assert stage.all(Conversion) == []
    enroll(stage.hub, "friends", email="zoe@example.com", code="ZOE-10")
    assert stage.conversion().state == "qualified"
    assert stage.violations() == {}


def test_a_buyer_who_turns_out_to_be_the_advocate_earns_nothing(stage: Scene) -> None:
    """The friend's account and the advocate's address become one person when both are named together."""
    enroll(stage.hub, "friends", email="zoe@example.com", code="ZOE")
    stage.tell(OrderPaid(order(code="ZOE")))
    assert len(stage.all(Reward, state="held")) == 2
    enroll(stage.hub, "friends", email="zoe@example.com", customer="anna", connection="The shop")
    assert {reward.state for reward in stage.all(Reward)} == {"withdrawn"}
    assert stage.violations() == {}


def test_people_who_become_one_while_joining_another_campaign_are_judged_again_in_the_first(stage: Scene) -> None:
    """No order names the new code, yet the old one turns out to have been the buyer's own."""
    create_campaign(stage.hub, terms(campaign={"slug": "tea"}))
    publish(stage.hub, "tea")
    enroll(stage.hub, "friends", email="zoe@example.com", code="ZOE")
    stage.tell(OrderPaid(order(code="ZOE")))
    enroll(stage.hub, "tea", email="zoe@example.com", customer="anna", connection="The shop", code="TEA")
    assert {reward.state for reward in stage.all(Reward)} == {"withdrawn"}
    assert stage.violations() == {}


def test_an_advocate_of_a_crm_is_known_by_the_contact(stage: Scene) -> None:
    crm = stage.beside("The CRM")
    made = enroll(stage.hub, "friends", contact="003", connection="The CRM", code="ZOE")
    crm.tell(ContactSaved(Contact(identities=(contact("003"), email("zoe@example.com")))))
    assert enroll(stage.hub, "friends", email="zoe@example.com").person_id == made.person_id


def test_who_was_forgotten_is_no_advocate_again_by_that_contact(stage: Scene) -> None:
    stage.beside("The CRM").tell(ContactForgotten(contact("003")))
    with pytest.raises(BadAdvocate, match="names somebody who was forgotten"):
        enroll(stage.hub, "friends", contact="003", connection="The CRM")


def test_an_advocate_known_by_address_is_paid_into_the_account_with_that_address(stage: Scene) -> None:
    enroll(stage.hub, "friends", email="zoe@example.com", code="ZOE")
    stage.tell(OrderPaid(order("0900", code=None, placed=-DAY, buyer=friend("zoe-7", "zoe@example.com"))))
    stage.pay(order(code="ZOE"))
    assert stage.reward().recipient == "zoe-7"


def test_the_cart_attribute_is_signed_by_this_hub(stage: Scene) -> None:
    advocate = enroll(stage.hub, "friends", email="zoe@example.com", code="ZOE")
    assert open_token(advocate.cart_attribute, stage.hub.vault.token_key) == "ZOE"
    assert open_token(advocate.cart_attribute, b"another key") is None


@pytest.mark.parametrize(
    ("destination", "link"),
    [
        ("", ""),
        ("https://tea.example", "https://tea.example/?ref=MIRA"),
        ("https://tea.example/start?lang=de#top", "https://tea.example/start?lang=de&ref=MIRA#top"),
    ],
)
def test_the_link_is_the_campaigns_page_with_the_code(destination: str, link: str) -> None:
    assert link_to(destination, "MIRA") == link
