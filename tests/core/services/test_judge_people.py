"""What an operator says about who is who: it holds, it is written down, and everything is judged again."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.contract.events import ContactsMerged, OrderPaid
from core.models import AuditEntry, Code, Collision, Identity, Person, Referral, StoredOrder, SyncedRecord
from core.services.connections import NotFound
from core.services.enroll import enroll
from core.services.judge_people import BadPeople, keep_apart, merge_people, person_named, split_person
from tests.support.hub import DAY, HOUR, Scene, customer, friend, order


def identity(stage: Scene, lookup: str) -> str:
    """The id of an account."""
    found: str = stage.one(Identity, lookup=lookup).id
    return found


def held(stage: Scene) -> set[tuple[str, str]]:
    """The rewards that are owed."""
    return {key for key, state in stage.states().items() if state == "held"}


@pytest.mark.parametrize("later", [DAY, -DAY])
def test_two_people_become_one_and_their_orders_are_judged_together(stage: Scene, later: timedelta) -> None:
    """Whichever of the two the hub knew first."""
    stage.tell(OrderPaid(order("1001")))
    stage.tell(OrderPaid(order("1002", placed=later, buyer=friend("anna-2", "anna@example.com"))))
    assert len(held(stage)) == 4
    kept = merge_people(stage.hub, stage.order().friend_id or "", "anna@example.com", "she told us")
    assert {row.friend_id for row in stage.all(StoredOrder)} == {kept}
    assert {key[0] for key in held(stage)} == {"1001" if later > timedelta() else "1002"}
    assert [row.friend_id for row in stage.all(Referral)] == [kept]
    entry = stage.one(AuditEntry, verb="merge_people")
    assert (entry.actor, entry.subject, entry.detail) == ("operator", f"person:{kept}", "she told us")
    assert stage.violations() == {}


def test_two_advocates_become_one_by_word_of_an_operator(stage: Scene) -> None:
    stage.advocate("ZOE", email="zoe@example.com")
    kept = merge_people(stage.hub, "mira", "zoe", "one woman")
    assert {row.advocate_id for row in stage.all(Code)} == {kept}
    assert stage.one(Collision).state == "merged"


def test_who_turns_out_to_be_the_own_advocate_earns_nothing(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    merge_people(stage.hub, "MIRA", stage.order().friend_id or "", "she wrote so")
    assert held(stage) == set()
    assert stage.violations() == {}


def test_a_name_is_not_lost_with_the_younger_of_two(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    enroll(stage.hub, "friends", email="anna@example.com", name="Anna")
    kept = merge_people(stage.hub, stage.order().friend_id or "", "anna@example.com", "she told us")
    row = stage.one(Person, id=kept)
    assert stage.hub.vault.open(row.name, f"people.name:{kept}") == b"Anna"


def test_a_wrong_merge_is_undone_by_a_split_and_does_not_come_back(stage: Scene) -> None:
    stage.tell(OrderPaid(order("1001")), OrderPaid(order("1002", placed=DAY, buyer=friend("ben", "ben@example.com"))))
    stage.tell(ContactsMerged(kept=customer("anna"), gone=customer("ben")))
    assert {key[0] for key in held(stage)} == {"1001"}
    split = split_person(stage.hub, [identity(stage, "ben")], [], "two people share a desk")
    assert stage.order("1002").friend_id == split != stage.order("1001").friend_id
    assert {key[0] for key in held(stage)} == {"1001", "1002"}
    assert stage.violations() == {}
    stage.tell(ContactsMerged(kept=customer("anna"), gone=customer("ben")))
    stage.tell(OrderPaid(order("1003", placed=2 * DAY, buyer=friend("ben", "ben@example.com"))))
    assert {row.friend_id for row in stage.all(StoredOrder)} == {split, stage.order("1001").friend_id}
    assert stage.one(Collision).state == "kept_apart"


def test_a_split_is_written_down_on_both(stage: Scene) -> None:
    stage.tell(OrderPaid(order(buyer=friend("anna", "anna@example.com"))))
    split = split_person(stage.hub, [identity(stage, "anna")], [], "the address is her mother's")
    entries = {row.subject: row for row in stage.all(AuditEntry, verb="split")}
    mother = stage.one(Identity, kind="email").person_id
    assert set(entries) == {f"person:{split}", f"person:{mother}"}
    assert all("the address is her mother's" in row.detail and row.actor == "operator" for row in entries.values())


def test_a_friend_who_loses_all_orders_was_brought_by_nobody(stage: Scene) -> None:
    stage.tell(OrderPaid(order(buyer=friend("anna", "anna@example.com"))))
    split = split_person(stage.hub, [identity(stage, "anna")], [], "somebody else")
    assert [row.friend_id for row in stage.all(Referral)] == [split]
    assert len(held(stage)) == 2


def test_a_buyer_who_was_taken_for_the_advocate_earns_after_a_split(stage: Scene) -> None:
    stage.tell(OrderPaid(order()), ContactsMerged(kept=customer("customer-mira"), gone=customer("anna")))
    assert held(stage) == set()
    split_person(stage.hub, [identity(stage, "anna")], [], "cousins")
    assert held(stage) == {("1001", "advocate"), ("1001", "friend")}
    assert stage.violations() == {}


def test_a_code_goes_along_with_everything_that_is_open_for_it(stage: Scene) -> None:
    enroll(stage.hub, "friends", email="mira@example.com", customer="customer-mira", connection="The shop", code="MIMI")
    stage.tell(OrderPaid(order(code="MIMI")))
    address = stage.one(Identity, kind="email").id
    split = split_person(stage.hub, [address], ["mimi"], "two women")
    assert stage.one(Code, text="MIMI").advocate_id == split
    assert stage.one(Code, text="MIRA").advocate_id != split
    assert stage.reward().person_id == stage.one(Referral).advocate_id == split
    assert stage.reward().state == "held"
    assert stage.violations() == {}


def test_what_was_paid_to_somebody_stays_theirs_after_a_split(stage: Scene) -> None:
    stage.pay(order(buyer=friend("anna", "anna@example.com")))
    before = stage.digest()
    person = stage.reward(side="friend").person_id
    split_person(stage.hub, [identity(stage, "anna")], [], "somebody else")
    assert stage.reward(side="friend").person_id == person
    assert stage.digest() == before
    assert stage.violations() == {}


def test_the_fields_of_an_account_follow_it(stage: Scene) -> None:
    stage.tell(OrderPaid(order(buyer=friend("anna", "anna@example.com"))))
    stage.work()
    split = split_person(stage.hub, [identity(stage, "anna")], [], "somebody else")
    row = stage.one(SyncedRecord, source_id="anna")
    assert row.person_id == split
    assert row.is_dirty


def test_people_kept_apart_are_put_together_only_by_a_later_word(stage: Scene) -> None:
    stage.advocate("ZOE", email="zoe@example.com")
    keep_apart(stage.hub, "MIRA", "ZOE", "sisters")
    assert {row.verb for row in stage.all(AuditEntry)} >= {"keep_apart"}
    stage.watch.forward(HOUR)
    merge_people(stage.hub, "ZOE", "MIRA", "no, one woman")
    row = stage.one(Collision)
    assert (row.state, row.because, row.decided_at) == ("merged", "no, one woman", stage.watch.at)


@pytest.mark.parametrize("said", ["MIRA", "mira", "mira@gmail.com", "Mira+shop@GMAIL.com"])
def test_a_person_is_found_by_code_address_or_id_also_under_a_former_one(stage: Scene, said: str) -> None:
    enroll(stage.hub, "friends", email="mira@gmail.com", customer="customer-mira", connection="The shop")
    person = stage.one(Code).advocate_id
    assert person_named(stage.hub, said) == person_named(stage.hub, person) == person
    stage.advocate("ZOE", email="zoe@example.com")
    younger = stage.one(Code, text="ZOE").advocate_id
    merge_people(stage.hub, "MIRA", "ZOE", "one woman")
    assert person_named(stage.hub, younger) == person


@pytest.mark.parametrize(
    ("verb", "problem", "words"),
    [
        (lambda hub: merge_people(hub, "MIRA", "nobody@example.com", "why"), NotFound, "nobody here has"),
        (lambda hub: merge_people(hub, "MIRA", "mira", "why"), BadPeople, "one person already"),
        (lambda hub: keep_apart(hub, "MIRA", "", "why"), NotFound, "nobody here has"),
        (lambda hub: keep_apart(hub, "MIRA", "MIRA", "why"), BadPeople, "one person already"),
        (lambda hub: split_person(hub, ["nothing"], [], "why"), NotFound, "no identity 'nothing'"),
        (lambda hub: split_person(hub, [], [], "why"), BadPeople, "exactly one person"),
        (lambda hub: person_named(hub, "\x00"), NotFound, "nobody here has"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    stage: Scene, verb: Callable[[object], object], problem: type[Exception], words: str
) -> None:
    before = len(stage.all(AuditEntry))
    with pytest.raises(problem, match=words):
        verb(stage.hub)
    assert len(stage.all(AuditEntry)) == before
    assert stage.all(Collision) == []


def test_nobody_is_split_from_two_people_or_out_of_existence(stage: Scene) -> None:
    stage.tell(OrderPaid(order()))
    accounts = [identity(stage, "anna"), identity(stage, "customer-mira")]
    with pytest.raises(BadPeople, match="exactly one person"):
        split_person(stage.hub, accounts, [], "why")
    with pytest.raises(BadPeople, match="nobody would be left"):
        split_person(stage.hub, accounts[:1], [], "why")
    stage.tell(OrderPaid(order("1002", placed=DAY, buyer=friend("anna", "anna@example.com"))))
    with pytest.raises(NotFound, match="no code 'MIRA'"):
        split_person(stage.hub, accounts[:1], ["MIRA"], "why")
    assert stage.all(AuditEntry, verb="split") == []
