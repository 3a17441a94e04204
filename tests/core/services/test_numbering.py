"""Numbering: tiers and milestones follow what stands, whenever it is heard, as long as nothing is paid yet."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select

from core.contract.events import ContactsMerged, OrderCancelled, OrderPaid
from core.models import Assessment, Code, Conversion, Referral, Reward
from core.services.book import open_book
from core.services.refusing import follow_refusal
from core.services.review import appeal
from core.services.reward import void
from tests.support.hub import DAY, HOUR, START, Scene, customer, friend, order, scene

ADVOCATE: dict[str, Any] = {
    "kind": "gift_card",
    "percent": "10",
    "tiers": [{"from": 3, "percent": "20"}],
    "milestones": [{"at": 2, "amount": "7.00"}, {"at": 4, "amount": "9.00"}],
}


@pytest.fixture
def bare_sqlite(sqlite_url: str) -> Iterator[Scene]:
    """A connected hub without any campaign, on the database that is quickly made."""
    built = scene(sqlite_url)
    yield built
    built.hub.database.close()


def counted(bare: Scene, **changes: Any) -> Scene:
    """A campaign in which it matters which of Mira's friends one is."""
    bare.campaign(friend=None, advocate=ADVOCATE, **changes)
    bare.advocate()
    return bare


def bought(number: int, **changes: Any) -> OrderPaid:
    """That friend's order of EUR 100, placed on that day."""
    return OrderPaid(order(str(1000 + number), buyer=friend(f"friend-{number}"), placed=number * DAY, **changes))


def gone(number: int) -> OrderCancelled:
    """The same order, cancelled an hour later."""
    told = order(str(1000 + number), buyer=friend(f"friend-{number}"), placed=number * DAY, updated=DAY, cancelled=DAY)
    return OrderCancelled(told)


def paid_out(stage: Scene) -> None:
    """The first two friends' orders and the first milestone are paid."""
    stage.pay(bought(1).order, bought(2).order)
    stage.watch.forward(3 * DAY)
    stage.work()
    assert {row.state for row in stage.all(Reward)} == {"pushed"}


def earned(stage: Scene) -> dict[tuple[str, str], int]:
    """What stands, by order and side, in minor units."""
    sources = {row.id: row.order_source_id for row in stage.all(Conversion)}
    rows = [row for row in stage.all(Reward) if row.net and row.state not in ("void", "withdrawn")]
    return {(sources[row.conversion_id or ""], row.side): row.net.minor for row in rows}


def numbers(stage: Scene) -> dict[str, int | None]:
    return {row.order_source_id: row.number for row in stage.all(Conversion)}


FOUR = {
    ("1001", "advocate"): 1000,
    ("1002", "advocate"): 1000,
    ("1002", "milestone"): 700,
    ("1003", "advocate"): 2000,
    ("1004", "advocate"): 2000,
    ("1004", "milestone"): 900,
}


def test_tiers_and_milestones_come_to_the_same_in_one_batch_and_one_by_one(bare: Scene) -> None:
    counted(bare)
    bare.tell(*(bought(number) for number in (1, 2, 3, 4)))
    assert earned(bare) == FOUR
    assert numbers(bare) == {"1001": 1, "1002": 2, "1003": 3, "1004": 4}
    assert bare.violations() == {}


@pytest.mark.parametrize("heard", list(permutations((1, 2, 3, 4)))[::5])
def test_in_whatever_order_they_are_heard(bare_sqlite: Scene, heard: tuple[int, ...]) -> None:
    counted(bare_sqlite)
    for number in heard:
        bare_sqlite.tell(bought(number))
    assert earned(bare_sqlite) == FOUR
    assert bare_sqlite.violations() == {}


def test_an_order_that_goes_back_moves_those_behind_it(bare: Scene) -> None:
    counted(bare)
    bare.tell(*(bought(number) for number in (1, 2, 3, 4)))
    bare.tell(gone(2))
    assert numbers(bare) == {"1001": 1, "1002": None, "1003": 2, "1004": 3}
    assert earned(bare) == {
        ("1001", "advocate"): 1000,
        ("1003", "advocate"): 1000,
        ("1003", "milestone"): 700,
        ("1004", "advocate"): 2000,
    }
    assert bare.violations() == {}


def test_an_order_that_is_refused_as_fraud_moves_those_behind_it_until_an_appeal_is_heard(bare: Scene) -> None:
    counted(bare)
    bare.tell(*(bought(number) for number in (1, 2, 3, 4)))
    row, book_of = bare.one(Assessment, conversion_id=bare.conversion("1002").id), bare.conversion("1002").merchant_id
    with bare.hub.database.transaction() as session:
        book = open_book(bare.hub, session, book_of)
        for reward in session.scalars(select(Reward).filter_by(conversion_id=row.conversion_id)):
            void(book, reward, "blocked: one person")
        follow_refusal(book, session.get_one(Assessment, row.id), "blocked")
    assert numbers(bare) == {"1001": 1, "1002": None, "1003": 2, "1004": 3}
    assert earned(bare) == {
        ("1001", "advocate"): 1000,
        ("1003", "advocate"): 1000,
        ("1003", "milestone"): 700,
        ("1004", "advocate"): 2000,
    }
    bare.tell(bought(2, updated=HOUR))
    assert numbers(bare)["1002"] is None, "news of it change nothing about that"
    appeal(bare.hub, row.id, "they are sisters", actor="Zoe")
    assert (numbers(bare), earned(bare)) == ({"1001": 1, "1002": 2, "1003": 3, "1004": 4}, FOUR)
    assert bare.violations() == {}


def test_what_was_paid_stays_and_a_milestone_is_not_given_twice(bare_sqlite: Scene) -> None:
    stage = counted(bare_sqlite)
    paid_out(stage)
    assert earned(stage)["1002", "milestone"] == 700
    stage.tell(OrderPaid(order("1000", buyer=friend("early"), placed=-DAY)))
    assert numbers(stage) == {"1000": 1, "1001": 2, "1002": 3}
    assert earned(stage) == {
        ("1000", "advocate"): 1000,
        ("1001", "advocate"): 1000,
        ("1002", "advocate"): 1000,
        ("1002", "milestone"): 700,
    }
    assert stage.violations() == {}


def test_a_milestone_whose_order_went_back_after_it_was_paid_is_claimed_back_and_reached_with_the_next(
    bare_sqlite: Scene,
) -> None:
    stage = counted(bare_sqlite)
    paid_out(stage)
    stage.tell(gone(2), bought(3))
    assert stage.balance("receivable") == 1700
    assert earned(stage) == {
        ("1001", "advocate"): 1000,
        ("1003", "advocate"): 1000,
        ("1003", "milestone"): 700,
    }
    assert stage.violations() == {}


def test_a_paid_milestone_is_claimed_back_once_fewer_friends_stand_than_it_is_for(bare_sqlite: Scene) -> None:
    stage = counted(bare_sqlite)
    paid_out(stage)
    stage.tell(gone(1))
    assert earned(stage) == {("1002", "advocate"): 1000}
    assert stage.balance("receivable") == 1700
    stage.tell(bought(3))
    assert earned(stage)["1003", "milestone"] == 700
    assert stage.violations() == {}


def test_a_milestone_that_was_claimed_back_is_reached_again_with_the_same_order(bare_sqlite: Scene) -> None:
    stage = counted(bare_sqlite)
    paid_out(stage)
    stage.tell(gone(1))
    stage.tell(OrderPaid(order("1000", buyer=friend("early"), placed=-DAY)))
    assert numbers(stage) == {"1000": 1, "1001": None, "1002": 2}
    assert earned(stage)["1002", "milestone"] == 700
    stage.tell(bought(3))
    assert ("1003", "milestone") not in earned(stage)
    assert len(stage.all(Reward, side="milestone")) == 2
    assert stage.violations() == {}


def test_a_friend_who_turns_out_to_be_the_advocate_makes_no_number_and_no_milestone(bare_sqlite: Scene) -> None:
    """What was paid before stays for a person to decide; a milestone that is still open is not paid as well."""
    stage = counted(bare_sqlite)
    stage.pay(bought(1).order)
    assert stage.states() == {("1001", "advocate"): "pushed"}
    stage.tell(OrderPaid(order("1000", buyer=friend("early"))))
    assert earned(stage)["1001", "milestone"] == 700
    with stage.hub.database.transaction() as session:
        session.get_one(Code, stage.one(Code).id).is_active = False
    stage.tell(ContactsMerged(kept=customer("customer-mira"), gone=customer("friend-1")))
    assert numbers(stage) == {"1000": 1, "1001": None}
    assert earned(stage) == {("1000", "advocate"): 1000, ("1001", "advocate"): 1000}
    assert stage.violations() == {}


def test_two_advocates_who_become_one_are_numbered_together(bare_sqlite: Scene) -> None:
    stage = counted(bare_sqlite)
    stage.advocate("ZOE")
    stage.tell(bought(1), bought(2, code="ZOE"), bought(3))
    assert numbers(stage) == {"1001": 1, "1002": 1, "1003": 2}
    stage.tell(ContactsMerged(kept=customer("customer-mira"), gone=customer("customer-zoe")))
    assert numbers(stage) == {"1001": 1, "1002": 2, "1003": 3}
    assert earned(stage)["1003", "advocate"] == 2000
    assert earned(stage)["1002", "milestone"] == 700
    assert ("1003", "milestone") not in earned(stage)
    assert stage.violations() == {}


def test_with_last_touch_a_friend_counts_for_each_advocate_who_brought_an_order(bare: Scene) -> None:
    counted(bare, attribution={"touch": "last"}, counts={"first_order_only": False})
    bare.advocate("ZOE")
    anna = friend("anna")
    bare.tell(OrderPaid(order("1", buyer=anna)), OrderPaid(order("2", buyer=anna, code="ZOE", placed=DAY)))
    bare.tell(OrderPaid(order("3", buyer=anna, placed=2 * DAY)))
    assert numbers(bare) == {"1": 1, "2": 1, "3": 2}
    assert len({row.referral_id for row in bare.all(Conversion)}) == 2
    assert bare.violations() == {}


def test_a_friend_whom_two_brought_who_become_one_was_brought_by_that_one(bare_sqlite: Scene) -> None:
    stage = counted(bare_sqlite, attribution={"touch": "last"}, counts={"first_order_only": False})
    stage.advocate("ZOE")
    anna = friend("anna")
    stage.tell(OrderPaid(order("1", buyer=anna)), OrderPaid(order("2", buyer=anna, code="ZOE", placed=DAY)))
    stage.tell(ContactsMerged(kept=customer("customer-mira"), gone=customer("customer-zoe")))
    assert len(stage.all(Referral)) == 1
    assert numbers(stage) == {"1": 1, "2": 2}
    assert earned(stage)["2", "milestone"] == 700
    assert stage.violations() == {}


def test_what_was_paid_counts_for_its_advocate_even_if_somebody_else_brought_the_friend(bare_sqlite: Scene) -> None:
    """What comes to light later changes nothing about it, and nothing hangs on whose news was decided last."""
    stage = counted(bare_sqlite, counts={"first_order_only": False})
    stage.advocate("ZOE")
    anna, told = friend("anna"), {"1": 1, "2": 1, "3": 2}
    stage.pay(order("2", buyer=anna))
    first = order("1", buyer=anna, code="ZOE", placed=-DAY)
    stage.tell(OrderPaid(first), OrderPaid(order("3", buyer=anna, placed=DAY)))
    assert numbers(stage) == told
    stage.tell(OrderPaid(order("4", code="ZOE", buyer=friend("ben"), placed=2 * DAY)))
    before = stage.facts()
    stage.tell(OrderPaid(replace(first, updated_at=START + DAY)))
    assert (numbers(stage), stage.facts()) == (told | {"4": 3}, before)
    assert stage.violations() == {}
