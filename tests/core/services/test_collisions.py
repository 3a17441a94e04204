"""Collisions: two advocates of whom news says that they are one go on as two until a person has decided."""

import pytest

from core.contract.events import Contact, ContactSaved, ContactsMerged, DealWon, IdentityClaim, OrderPaid
from core.models import Code, Collision, Identity, StoredOrder
from core.services.judge_people import keep_apart, merge_people
from tests.support.hub import DAY, Scene, contact, customer, deal, email, friend, order

MIRA, ZOE = contact("c-mira"), contact("c-zoe")


@pytest.fixture
def crm(stage: Scene) -> Scene:
    """Beside the shop a CRM that knows both advocates: Mira by her address, and Zoe by hers."""
    stage.advocate("MIRA-TOO", email="mira@example.com")
    stage.advocate("ZOE", email="zoe@example.com")
    crm = stage.beside("The CRM")
    crm.tell(ContactSaved(Contact(identities=(MIRA, email("mira@example.com")))))
    crm.tell(ContactSaved(Contact(identities=(ZOE, email("zoe@example.com")))))
    return crm


def owner(stage: Scene, claim: IdentityClaim) -> str:
    """Whose account it is."""
    found: str = stage.one(Identity, kind=claim.kind, lookup=claim.value).person_id
    return found


def advocates(stage: Scene) -> set[str]:
    """Everybody with a code."""
    return {row.advocate_id for row in stage.all(Code)}


def test_a_merge_in_a_crm_leaves_two_advocates_two_and_asks(crm: Scene) -> None:
    crm.tell(ContactsMerged(kept=MIRA, gone=ZOE))
    row: Collision = crm.one(Collision)
    assert (row.state, row.why, row.connection_id) == ("open", "merged at The CRM", crm.connection.id)
    assert {row.one_id, row.other_id} < advocates(crm)
    assert len(advocates(crm)) == 3
    assert crm.violations() == {}


def test_the_moved_id_is_an_alias_of_the_survivor_and_brings_its_deals_along(crm: Scene) -> None:
    """HS-19: old ids stay as aliases, and what was counted stays counted."""
    crm.tell(DealWon(deal("d1", code="MIRA", buyer=Contact(identities=(ZOE,)))))
    crm.tell(ContactsMerged(kept=MIRA, gone=ZOE))
    assert owner(crm, ZOE) == owner(crm, MIRA)
    assert [row.is_gone for row in crm.all(Identity, kind="contact")] == [False, True]
    assert crm.one(StoredOrder).friend_id == owner(crm, MIRA)
    assert crm.conversion("d1").state == "qualified"
    crm.tell(DealWon(deal("d2", placed=DAY, buyer=Contact(identities=(ZOE,)))))
    assert {row.friend_id for row in crm.all(StoredOrder)} == {owner(crm, MIRA)}
    assert crm.violations() == {}


def test_a_pair_is_asked_about_once_however_often_it_is_told(crm: Scene) -> None:
    for _ in range(2):
        crm.tell(ContactsMerged(kept=MIRA, gone=ZOE))
        crm.tell(ContactSaved(Contact(identities=(email("zoe@example.com"), email("mira@example.com")))))
    assert len(crm.all(Collision)) == 1


def test_one_address_on_two_advocates_asks_and_leaves_the_address_where_it_is(crm: Scene) -> None:
    before = {row.lookup: row.person_id for row in crm.all(Identity, kind="email")}
    crm.beside("Another shop").tell(
        OrderPaid(order("7", buyer=Contact(identities=(email("zoe@example.com"), email("mira@example.com")))))
    )
    assert crm.one(Collision).why == "one address on both"
    assert {row.lookup: row.person_id for row in crm.all(Identity, kind="email")} == before


def test_a_merge_at_the_shop_is_followed_because_the_money_was_moved_there(stage: Scene) -> None:
    stage.advocate("ZOE", customer="zoe")
    stage.tell(ContactsMerged(kept=customer("customer-mira"), gone=customer("zoe")))
    assert stage.all(Collision) == []
    assert len(advocates(stage)) == 1


def test_a_merge_of_two_who_are_not_both_advocates_is_followed_in_a_crm_too(crm: Scene) -> None:
    crm.tell(DealWon(deal("d1")))
    crm.tell(ContactsMerged(kept=contact("c-anna"), gone=ZOE))
    assert crm.all(Collision) == []
    assert owner(crm, contact("c-anna")) == crm.one(Code, text="ZOE").advocate_id
    assert crm.violations() == {}


def test_those_kept_apart_are_never_joined_nor_asked_about_again(crm: Scene) -> None:
    keep_apart(crm.hub, "ZOE", "MIRA-TOO", "sisters")
    crm.tell(ContactsMerged(kept=MIRA, gone=ZOE))
    shop = crm.beside("Another shop")
    shop.tell(OrderPaid(order("7", buyer=friend("zoe-7", "zoe@example.com"))))
    shop.tell(OrderPaid(order("8", placed=DAY, buyer=friend("mira-7", "mira@example.com"))))
    shop.tell(ContactsMerged(kept=customer("mira-7"), gone=customer("zoe-7")))
    assert crm.one(Collision).state == "kept_apart"
    assert crm.one(Code, text="ZOE").advocate_id != crm.one(Code, text="MIRA-TOO").advocate_id
    assert crm.violations() == {}


def test_who_was_kept_apart_stays_so_after_either_became_somebody_else(crm: Scene) -> None:
    keep_apart(crm.hub, "ZOE", "MIRA-TOO", "sisters")
    merge_people(crm.hub, "MIRA", "ZOE", "one woman, two accounts")
    decided_at = crm.watch.at
    crm.watch.forward(DAY)
    crm.tell(OrderPaid(order("5", buyer=friend("a"))), ContactsMerged(kept=customer("a"), gone=customer("b")))
    crm.tell(OrderPaid(order("6", buyer=friend("c"))), ContactsMerged(kept=customer("a"), gone=customer("c")))
    crm.tell(ContactSaved(Contact(identities=(email("zoe@example.com"), email("mira@example.com")))))
    assert len(advocates(crm)) == 2
    assert [row.state for row in crm.all(Collision)] == ["kept_apart", "merged"]
    assert [row.decided_at for row in crm.all(Collision)] == [decided_at, decided_at]


def test_a_pair_that_becomes_one_by_other_news_asks_no_more(crm: Scene) -> None:
    crm.tell(ContactsMerged(kept=MIRA, gone=ZOE))
    shop = crm.beside("Another shop")
    shop.tell(OrderPaid(order("7", buyer=friend("zoe-7", "zoe@example.com"))))
    shop.tell(OrderPaid(order("8", placed=DAY, buyer=friend("mira-7", "mira@example.com"))))
    shop.tell(ContactsMerged(kept=customer("mira-7"), gone=customer("zoe-7")))
    row: Collision = crm.one(Collision)
    assert row.state == "merged"
    assert row.decided_at == crm.watch.at
    assert len(advocates(crm)) == 2
    assert crm.violations() == {}
