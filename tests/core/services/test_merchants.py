"""Merchants: named, found, and erased with everything of theirs while the neighbour's world stays as it was."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from core.models import AuditEntry, LedgerEntry, Merchant, OfMerchant
from core.services.check import check
from core.services.merchants import (
    BadMerchant,
    WhichMerchant,
    add,
    default_merchant,
    find_merchant,
    merchants,
    remove,
    rename,
    scope_of,
)
from tests.support.hub import START, Watch, open_hub
from tests.support.two_merchants import TwoMerchants, two_merchants


@pytest.fixture
def two(database_url: str) -> Iterator[TwoMerchants]:
    with two_merchants(database_url) as found:
        yield found


def _rows(two: TwoMerchants, merchant_id: str) -> dict[str, int]:
    """How many rows of each table are that merchant's."""
    counts = {}
    with two.house.database.reading() as session:
        for model in OfMerchant.__subclasses__():
            whose: Any = model.merchant_id
            counts[model.__name__] = len(session.execute(select(whose).where(whose == merchant_id)).all())
    return counts


def test_removing_a_merchant_leaves_nothing_of_theirs_and_everything_of_the_others(two: TwoMerchants) -> None:
    mine, theirs = two.my_ids["merchant"], two.their_ids["merchant"]
    before, gone_before = _rows(two, mine), _rows(two, theirs)
    assert gone_before["LedgerEntry"] > 0
    assert gone_before["AuditEntry"] > 0
    assert remove(two.house, "Tea House-two", "Tea House-two") == theirs
    assert _rows(two, mine) == before
    assert not any(_rows(two, theirs).values())
    with two.house.database.reading() as session:
        assert [row.name for row in merchants(session)] == ["Tea House"]
        acts = session.scalars(select(AuditEntry.verb).where(AuditEntry.merchant_id.is_(None))).all()
    assert list(acts) == ["remove_merchant"]


def test_the_chains_of_the_others_are_whole_afterwards(two: TwoMerchants) -> None:
    remove(two.house, two.their_ids["merchant"], "Tea House-two")
    findings = {one.number: one.violations for one in check(two.house).findings}
    assert findings["I31"] == ()


def test_nothing_is_removed_unless_the_name_is_said_again(two: TwoMerchants) -> None:
    before = _rows(two, two.their_ids["merchant"])
    with pytest.raises(BadMerchant, match="nothing was removed"):
        remove(two.house, "Tea House-two", "Tea House")
    assert _rows(two, two.their_ids["merchant"]) == before


def test_the_books_of_a_merchant_who_stays_let_nothing_go(two: TwoMerchants) -> None:
    """The ledger's wall has a door for a merchant who leaves, and for nobody else."""

    def take_out() -> None:
        with two.mine.database.transaction() as session:
            session.delete(session.scalars(select(LedgerEntry)).first())

    with pytest.raises(Exception, match="append-only"):
        take_out()


def test_what_is_broken_for_one_stops_nobody_else(two: TwoMerchants) -> None:
    """And the other does not even hear of it."""
    from core.queries.stopped import stopped_name, why_pushing_is_stopped
    from core.services.check import _note

    with two.house.database.transaction() as session:
        _note(session, stopped_name(two.their_ids["merchant"]), "I16 is broken")
    with two.mine.database.reading() as session:
        assert why_pushing_is_stopped(session) == ""
    with two.house.within(two.their_ids["merchant"]).database.reading() as session:
        assert why_pushing_is_stopped(session) == "I16 is broken"
    with two.house.database.reading() as session:
        assert why_pushing_is_stopped(session) == "I16 is broken"


def test_the_house_is_told_whose_books_are_broken(two: TwoMerchants) -> None:
    findings = [words for one in check(two.house).findings for words in one.violations]
    assert any(words.startswith("Tea House: ") for words in findings)
    assert any(words.startswith("Tea House-two: ") for words in findings)
    assert not [words for one in check(two.mine).findings for words in one.violations if "two" in words]


def test_a_merchant_is_added_and_renamed_under_a_name_of_its_own(sqlite_url: str) -> None:
    house = open_hub(sqlite_url, Watch())
    first = add(house, "Tea")
    with pytest.raises(BadMerchant, match="already"):
        add(house, "Tea")
    for name in ("", "  ", "a\nb", "x" * 121):
        with pytest.raises(BadMerchant, match="letters"):
            add(house, name)
    other = add(house, "Coffee")
    with pytest.raises(BadMerchant, match="already"):
        rename(house, "Coffee", "Tea")
    assert rename(house, other.id, "Cocoa").name == "Cocoa"
    with house.database.reading() as session:
        assert find_merchant(session, "Tea").id == first.id
        with pytest.raises(WhichMerchant, match="there are Cocoa, Tea"):
            find_merchant(session, "Coffee")
    house.database.close()


def test_whose_hub_it_is_goes_without_saying_while_there_is_one(sqlite_url: str) -> None:
    house = open_hub(sqlite_url, Watch())
    assert scope_of(house, "").merchant_id is None
    with house.database.transaction() as session:
        made = default_merchant(house, session)
    assert scope_of(house, "").merchant_id == made.id
    with house.database.transaction() as session:
        assert default_merchant(house, session).id == made.id
        session.add(Merchant(id="2", name="Second", created_at=START))
    with pytest.raises(WhichMerchant, match="there are Second, default"):
        scope_of(house, "")
    with house.database.transaction() as session, pytest.raises(WhichMerchant):
        default_merchant(house, session)
    assert scope_of(house, "Second").merchant_id == "2"
    house.database.close()
