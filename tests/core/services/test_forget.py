"""Forget: a person who has to be forgotten leaves no name and no address, whatever is told of them before or after."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.contract.events import (
    Contact,
    ContactErased,
    ContactForgotten,
    ContactRestored,
    ContactSaved,
    ContactsMerged,
    DealWon,
    Event,
    OrderPaid,
)
from core.gateway.hub import body_context
from core.models import AuditEntry, Identity, Person, StoredDelivery, StoredOrder
from core.services.enroll import enroll
from core.services.people import identity_context
from tests.core.services.test_lost_hints import Beginnings
from tests.core.services.test_lost_hints import beginnings as beginnings
from tests.support.hub import DAY, Scene, contact, deal, email, friend, order

NINE, EIGHT = contact("9"), contact("8")
ANNA = Contact(identities=(NINE, email("anna@example.com"), email("anna.private@example.com")), name="Anna")
FORMER = Contact(identities=(EIGHT, email("anna.former@example.com")))
ADDRESSES = ("anna@example.com", "anna.private@example.com", "anna.former@example.com")


def addresses(stage: Scene) -> list[str]:
    """The addresses of these tests that the hub could still find somebody by, and any that it could still show."""
    hashes = {stage.hub.vault.lookup(f"email:{value}", stage.connection.merchant_id): value for value in ADDRESSES}
    rows = stage.all(Identity, kind="email")
    sealed = [stage.hub.vault.open(row.sealed, identity_context(row.id)).decode() for row in rows if row.sealed]
    return [hashes[row.lookup] for row in rows if row.lookup in hashes] + [one for one in sealed if one in ADDRESSES]


@pytest.fixture
def crm(stage: Scene) -> Scene:
    """A CRM beside the shop, in which Anna is a contact."""
    return stage.beside("The CRM")


def test_who_is_forgotten_leaves_no_name_and_no_address_and_keeps_what_was_earned(crm: Scene) -> None:
    crm.tell(DealWon(deal("d1", code="MIRA", buyer=ANNA)))
    enroll(crm.hub, "friends", email="anna@example.com", name="Anna", code="ANNA")
    before = crm.facts()
    crm.tell(ContactForgotten(NINE))
    assert addresses(crm) == []
    person = crm.order("d1").friend_id
    assert crm.one(Person, id=person).name is None
    account = crm.one(Identity, lookup="9")
    assert (account.person_id, account.is_gone, account.is_blocked) == (person, True, True)
    assert crm.facts() == before
    assert crm.one(AuditEntry, verb="forget").subject == f"person:{person}"
    assert crm.violations() == {}


def test_a_name_that_came_with_a_merge_is_erased_too(stage: Scene) -> None:
    stage.tell(OrderPaid(order("1", buyer=friend("anna"))))
    enroll(stage.hub, "friends", email="anna@example.com", name="Anna", code="ANNA")
    stage.tell(OrderPaid(order("2", placed=DAY, buyer=friend("anna", "anna@example.com"))))
    crm = stage.beside("The CRM")
    crm.tell(ContactSaved(Contact(identities=(NINE, email("anna@example.com")))))
    crm.tell(ContactForgotten(NINE))
    assert [row.name for row in stage.all(Person)] == [None] * len(stage.all(Person))


def test_a_deal_is_no_longer_called_like_the_person_before_or_after(crm: Scene) -> None:
    called = replace(deal("d1", code="MIRA", buyer=ANNA), name="Anna's teapots")
    crm.tell(DealWon(called))
    again = replace(called, source_id="d2", placed_at=called.placed_at + DAY)
    crm.tell(DealWon(again))
    assert [row.name for row in crm.all(StoredOrder)] == ["Anna's teapots"] * 2
    crm.tell(ContactForgotten(NINE), DealWon(replace(again, updated_at=again.updated_at + DAY)))
    assert [row.name for row in crm.all(StoredOrder)] == ["d1", "d2"]
    assert "Anna" not in str([row.reasons for row in crm.all(StoredOrder)])


def test_a_purchase_in_the_shop_no_longer_names_the_deal(crm: Scene) -> None:
    shop = crm.beside("Another shop")
    crm.tell(DealWon(replace(deal("d1", code="MIRA", buyer=ANNA), name="Anna's teapots")))
    crm.pay(replace(deal("d1", code="MIRA", buyer=ANNA), name="Anna's teapots"))
    shop.tell(OrderPaid(order("7", code=None, buyer=friend("anna", "anna@example.com"))))
    assert "Anna's teapots" in str(shop.order("7").reasons)
    crm.tell(ContactForgotten(NINE))
    assert "Anna's teapots" not in str(shop.order("7").reasons)


def test_late_news_of_the_forgotten_adds_no_address_and_attaches_nobody(crm: Scene) -> None:
    crm.tell(ContactForgotten(NINE))
    crm.tell(ContactSaved(ANNA), ContactRestored(ANNA), DealWon(deal("d1", code="MIRA", buyer=ANNA)))
    assert addresses(crm) == []
    assert crm.order("d1").friend_id is None
    assert crm.order("d1").reasons["*"][0]["words"] == "the friend was forgotten for privacy's sake"
    assert crm.states() == {}
    assert crm.one(Identity, lookup="9").is_gone


def test_a_deal_told_again_keeps_its_nameless_friend(crm: Scene) -> None:
    crm.tell(DealWon(deal("d1", code="MIRA", buyer=ANNA)))
    before = crm.facts()
    crm.tell(ContactForgotten(NINE), DealWon(deal("d1", code="MIRA", buyer=ANNA)))
    assert crm.facts() == before
    assert addresses(crm) == []


def test_an_address_that_is_told_again_in_the_same_breath_is_somebody_new(crm: Scene) -> None:
    """A colleague at the same address, or a new account: nothing leads back to who was forgotten."""
    crm.tell(DealWon(deal("d1", code="MIRA", buyer=ANNA)))
    colleague = Contact(identities=(contact("11"), email("anna@example.com")))
    crm.tell(ContactForgotten(NINE), DealWon(deal("d2", placed=DAY, buyer=colleague)))
    assert crm.order("d2").friend_id not in (None, crm.order("d1").friend_id)
    assert crm.one(Identity, lookup="11").person_id == crm.order("d2").friend_id


def test_only_the_contact_that_asked_is_blocked_and_another_source_goes_on(crm: Scene) -> None:
    shop = crm.beside("Another shop")
    shop.tell(OrderPaid(order("7", buyer=friend("anna", "anna@example.com"))))
    crm.tell(ContactSaved(ANNA), ContactForgotten(NINE))
    assert addresses(crm) == []
    assert not crm.one(Identity, lookup="anna").is_blocked
    person = crm.one(Identity, lookup="anna").person_id
    shop.tell(OrderPaid(order("8", placed=DAY, buyer=friend("anna"))))
    assert {shop.order("7").friend_id, shop.order("8").friend_id} == {person}


def test_who_was_merged_into_the_forgotten_is_forgotten_as_well_before_or_after(crm: Scene) -> None:
    news: list[Event] = [
        DealWon(deal("d1", buyer=FORMER)),
        ContactsMerged(kept=NINE, gone=EIGHT),
        ContactForgotten(NINE),
    ]
    for told in news:
        crm.tell(told)
    late = crm.beside("Another CRM")
    for told in (news[0], news[2], news[1]):
        late.tell(told)
    assert addresses(crm) == []
    assert {row.is_blocked for row in crm.all(Identity) if row.lookup in ("8", "9")} == {True}


def kept(stage: Scene, topic: str, subject: str, *told: Event) -> str:
    """A delivery about that record; its id."""
    delivery_id = stage.deliver(*told)
    with stage.hub.database.transaction() as session:
        row = session.get_one(StoredDelivery, delivery_id)
        row.topic, row.subject, row.headers = topic, subject, {"about": "Anna"}
    return delivery_id


def body(stage: Scene, delivery_id: str) -> bytes:
    """What is still kept of a delivery."""
    row = stage.one(StoredDelivery, id=delivery_id)
    return stage.hub.vault.open(row.body, body_context(row.connection_id, row.key))


def test_what_was_handed_to_us_about_the_forgotten_is_emptied(crm: Scene) -> None:
    read = kept(crm, "contact.propertyChange", "9", ContactSaved(ANNA))
    other = kept(crm, "contact.propertyChange", "10", ContactSaved(Contact(identities=(contact("10"),))))
    crm.work()
    crm.tell(ContactForgotten(NINE))
    assert body(crm, read) == b""
    assert crm.one(StoredDelivery, id=read).headers == {}
    assert body(crm, other) != b""


def test_what_was_not_read_yet_is_emptied_unread_and_the_deal_of_the_same_number_is_not(crm: Scene) -> None:
    contact_news = kept(crm, "contact.propertyChange", "9", ContactSaved(ANNA))
    deal_news = kept(crm, "deal.propertyChange", "9", DealWon(deal("9", code="MIRA")))
    crm.tell(ContactForgotten(NINE))
    assert (crm.one(StoredDelivery, id=contact_news).state, body(crm, contact_news)) == ("ignored", b"")
    crm.work()
    assert crm.conversion("9").state == "qualified"
    assert crm.one(StoredDelivery, id=deal_news).state == "read"


def test_what_arrives_later_about_the_forgotten_is_emptied_once_it_was_read(crm: Scene) -> None:
    crm.tell(ContactForgotten(NINE))
    late = [
        kept(crm, "contact.propertyChange", "9", ContactSaved(ANNA)),
        kept(crm, "deal.propertyChange", "77", DealWon(deal("77", buyer=ANNA))),
    ]
    crm.work()
    assert [body(crm, one) for one in late] == [b"", b""]
    assert {crm.one(StoredDelivery, id=one).state for one in late} == {"read"}


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(told=st.lists(st.integers(0, 6), min_size=3, max_size=10), chance=st.randoms(use_true_random=False))
def test_forgetting_wins_whatever_is_told_before_or_after(
    beginnings: Beginnings, told: list[int], chance: Random
) -> None:
    """A privacy deletion against late changes, polls, merges and orders, repeated and in any order."""
    news: list[Event] = [
        ContactSaved(ANNA),
        ContactSaved(FORMER),
        DealWon(deal("d1", code="MIRA", buyer=ANNA)),
        DealWon(deal("d2", placed=DAY, buyer=FORMER)),
        ContactsMerged(kept=NINE, gone=EIGHT),
        ContactErased(NINE),
        ContactRestored(ANNA),
    ]
    heard = [*(news[number] for number in told), ContactsMerged(kept=NINE, gone=EIGHT), ContactForgotten(NINE)]
    chance.shuffle(heard)
    with beginnings.anew() as scenes:
        crm = scenes["crm"]
        for event in heard:
            crm.tell(event)
        assert addresses(crm) == []
        assert all(row.name is None for row in crm.all(Person))
        accounts = {row.lookup: row for row in crm.all(Identity, kind="contact")}
        assert all(accounts[value].is_blocked and accounts[value].is_gone for value in ("8", "9"))
        assert crm.violations() == {}
