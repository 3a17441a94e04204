"""People: who is who, from what sources say, in whatever order they say it."""

from itertools import permutations

import pytest

from core.contract.events import (
    Contact,
    ContactErased,
    ContactRestored,
    ContactSaved,
    ContactsMerged,
    DealWon,
    IdentityClaim,
    IdentityKind,
    LeadQualified,
    OrderPaid,
)
from core.models import AuditEntry, Identity, Person, Referral, StoredOrder, SyncedRecord
from tests.support.hub import DAY, Scene, contact, customer, deal, email, friend, lead, order

LEAD = IdentityClaim(IdentityKind.LEAD, "00Q1")


def owners(stage: Scene) -> dict[str, str]:
    """Every order's buyer."""
    return {row.source_id: row.friend_id for row in stage.all(StoredOrder)}


def told(stage: Scene, *buyers: Contact) -> dict[str, str]:
    """Orders by these buyers, one after the other; who each of them is in the end."""
    for number, buyer in enumerate(buyers, 1):
        stage.tell(OrderPaid(order(str(number), placed=number * DAY, buyer=buyer)))
    return owners(stage)


@pytest.mark.parametrize("first", [0, 1])
def test_a_guest_and_an_account_with_one_address_are_one_person(stage: Scene, first: int) -> None:
    buyers = [friend(None, "Anna@gmail.com"), friend("anna", "anna+shop@gmail.com")]
    assert len(set(told(stage, buyers[first], buyers[1 - first]).values())) == 1


def test_an_account_joins_the_address_that_two_guests_used(stage: Scene) -> None:
    found = told(stage, friend("anna"), friend(None, "anna@example.com"), friend("anna", "anna@example.com"))
    assert len(set(found.values())) == 1
    assert any(entry.verb == "merge" for entry in stage.all(AuditEntry))
    assert stage.violations() == {}


def test_two_accounts_with_one_address_stay_two_people(stage: Scene) -> None:
    found = told(stage, friend("anna", "family@example.com"), friend("ben", "family@example.com"))
    assert len(set(found.values())) == 2


def test_a_guest_order_with_two_known_addresses_does_not_make_two_accounts_one(stage: Scene) -> None:
    guest = Contact(identities=(email("anna@example.com"), email("ben@example.com")))
    found = told(stage, friend("anna", "anna@example.com"), friend("ben", "ben@example.com"), guest)
    assert found["1"] != found["2"]
    assert found["3"] == found["1"]


def test_an_account_that_was_deleted_leaves_its_address_to_the_next(stage: Scene) -> None:
    stage.tell(OrderPaid(order("1", buyer=friend("anna", "anna@example.com"))))
    stage.tell(ContactErased(customer("anna")))
    stage.tell(OrderPaid(order("2", placed=DAY, buyer=friend("anna-again", "anna@example.com"))))
    assert len(set(owners(stage).values())) == 1


def test_an_erased_person_keeps_what_was_earned(stage: Scene) -> None:
    stage.pay(order())
    before = stage.digest()
    stage.tell(ContactErased(customer("anna")))
    assert stage.digest() == before


def test_a_shared_phone_makes_nobody_one(stage: Scene) -> None:
    phone = IdentityClaim(IdentityKind.PHONE, "+49 170 1234567")
    buyers = [Contact(identities=(customer(name), phone)) for name in ("anna", "ben")]
    assert len(set(told(stage, *buyers).values())) == 2


def test_a_saved_contact_brings_a_new_address_of_somebody_known(stage: Scene) -> None:
    stage.tell(OrderPaid(order("1", buyer=friend("anna"))))
    stage.tell(ContactSaved(friend("anna", "anna@example.com")))
    stage.tell(OrderPaid(order("2", placed=DAY, buyer=friend(None, "anna@example.com"))))
    assert len(set(owners(stage).values())) == 1


def test_one_person_is_a_customer_a_contact_and_a_lead_by_one_address_however_it_is_written(stage: Scene) -> None:
    crm, other = stage.beside("The CRM"), stage.beside("The other CRM")
    stage.tell(OrderPaid(order("1", buyer=friend("anna", "Anna+shop@Gmail.com"))))
    crm.tell(DealWon(deal("2", placed=DAY, buyer=Contact(identities=(contact("003"), email("anna@gmail.com"))))))
    other.tell(LeadQualified(lead("3", buyer=Contact(identities=(LEAD, email("ANNA@gmail.com "))))))
    assert len(set(owners(stage).values())) == 1
    rows = stage.all(Identity, person_id=owners(stage)["1"])
    assert {row.kind for row in rows} == {"customer", "email", "contact", "lead"}


@pytest.mark.parametrize("first", [0, 1])
def test_a_lead_is_nobody_else_than_the_contact_with_its_address(stage: Scene, first: int) -> None:
    """A form that is filled in twice makes two leads, and a contact may be there already: that is one person."""
    address = email("anna@example.com")
    buyers = [Contact(identities=(LEAD, address)), Contact(identities=(contact("003"), address))]
    again = Contact(identities=(IdentityClaim(IdentityKind.LEAD, "00Q2"), address))
    assert len(set(told(stage, buyers[first], buyers[1 - first], again).values())) == 1


@pytest.mark.parametrize("first", [0, 1])
def test_a_lead_that_becomes_a_contact_takes_its_story_along(stage: Scene, first: int) -> None:
    """SF-16, as far as people go: the id of the lead stays as an alias of the contact."""
    news = [
        LeadQualified(lead("l1", buyer=Contact(identities=(LEAD,)))),
        ContactsMerged(kept=contact("003"), gone=LEAD),
    ]
    for event in (news[first], news[1 - first]):
        stage.tell(event)
    stage.tell(DealWon(deal("d1", placed=DAY, buyer=Contact(identities=(contact("003"),)))))
    assert len(set(owners(stage).values())) == 1
    assert {row.kind: row.is_gone for row in stage.all(Identity) if row.lookup in ("003", "00Q1")} == {
        "contact": False,
        "lead": True,
    }
    assert stage.violations() == {}


def test_who_comes_back_is_written_to_again(stage: Scene) -> None:
    """SF-24, as far as people go: deleted, then undeleted."""
    stage.tell(OrderPaid(order("1", buyer=friend("anna"))))
    stage.work()
    assert stage.one(SyncedRecord, source_id="anna").is_dirty is False
    stage.tell(ContactErased(customer("anna")))
    assert stage.one(Identity, lookup="anna").is_gone
    stage.tell(ContactRestored(friend("anna", "anna@example.com")))
    assert not stage.one(Identity, lookup="anna").is_gone
    assert stage.one(SyncedRecord, source_id="anna").is_dirty
    stage.tell(OrderPaid(order("2", placed=DAY, buyer=friend(None, "anna@example.com"))))
    assert len(set(owners(stage).values())) == 1


def test_who_was_never_known_does_not_become_known_by_coming_back(stage: Scene) -> None:
    before = len(stage.all(Person))
    stage.tell(ContactRestored(friend("anna", "anna@example.com")))
    assert len(stage.all(Person)) == before


@pytest.mark.parametrize("sequence", list(permutations(range(3))))
def test_three_who_become_one_are_one_in_any_order(stage: Scene, sequence: tuple[int, ...]) -> None:
    merges = [
        ContactsMerged(kept=customer("b"), gone=customer("a")),
        ContactsMerged(kept=customer("c"), gone=customer("b")),
        OrderPaid(order("9", buyer=friend("a"))),
    ]
    for number in sequence:
        stage.tell(merges[number])
    stage.tell(OrderPaid(order("8", placed=DAY, buyer=friend("c"))))
    assert len(set(owners(stage).values())) == 1
    living = [person for person in stage.all(Person) if person.merged_into_id is None]
    assert len(living) == 2  # they, and Mira
    assert {row.merged_into_id for row in stage.all(Person)} - {None} <= {row.id for row in living}
    assert stage.violations() == {}


def test_a_merge_of_two_whom_nobody_knows_makes_one_person_and_no_story(stage: Scene) -> None:
    before = len(stage.all(Person))
    for _ in range(2):
        stage.tell(ContactsMerged(kept=contact("1"), gone=contact("2")))
    assert len(stage.all(Person)) == before + 1
    assert stage.all(AuditEntry, verb="merge") == []
    assert {row.lookup: row.is_gone for row in stage.all(Identity, kind="contact")} == {"1": False, "2": True}


@pytest.mark.parametrize("is_elder", [True, False])
def test_a_friend_for_whom_was_paid_stays_one_friend_through_a_merge(stage: Scene, is_elder: bool) -> None:
    guest = OrderPaid(order("0900", code=None, placed=16 * DAY, buyer=friend(None, "guest@example.com")))
    if is_elder:
        stage.tell(guest)
    stage.pay(order())
    if not is_elder:
        stage.tell(guest)
    stage.tell(OrderPaid(order("0901", code=None, placed=17 * DAY, buyer=friend("anna", "guest@example.com"))))
    (referral,) = stage.all(Referral)
    assert {referral.friend_id} == set(owners(stage).values())
    assert stage.violations() == {}


def test_two_friends_of_one_advocate_who_become_one_were_brought_once(stage: Scene) -> None:
    """Also where both were paid for: nothing rests on somebody who is somebody else by now."""
    stage.pay(order("1"), order("2", buyer=friend("ben")))
    stage.tell(ContactsMerged(kept=customer("anna"), gone=customer("ben")))
    (referral,) = stage.all(Referral)
    assert {referral.friend_id} == set(owners(stage).values())
    assert stage.violations() == {}


def test_people_who_are_merged_into_themselves_stay_who_they_are(stage: Scene) -> None:
    stage.tell(ContactsMerged(kept=customer("anna"), gone=customer("anna")))
    stage.tell(OrderPaid(order()))
    assert stage.conversion().state == "qualified"


def test_an_address_is_stored_sealed_and_found_by_its_keyed_hash(stage: Scene) -> None:
    stage.tell(OrderPaid(order(buyer=friend(None, "anna@example.com"))))
    row = stage.one(Identity, kind="email")
    assert row.scope == "*"
    assert b"anna" not in row.sealed
    assert "anna" not in row.lookup
    assert row.lookup == stage.hub.vault.lookup("email:anna@example.com", stage.connection.merchant_id)
