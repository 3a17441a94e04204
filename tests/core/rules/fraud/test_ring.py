"""Ring: circles and groups are found however they are told, and couples are only watched."""

from typing import Any

from core.rules.fraud.facts import Bought
from tests.core.rules.fraud.cases import DAY, bought, case, found, in_any_order, recommended


def brought(advocate: str, friend: str, days: int = 10, **told: object) -> Bought:
    """An order of `friend`, brought by `advocate` so many days ago."""
    return bought(f"{advocate}-{friend}", friend, -days * DAY, advocate_id=advocate, **told)


def test_three_who_recommend_each_other_in_a_circle_are_found() -> None:
    chain = brought("anna", "ben"), brought("ben", "mira")
    for told in in_any_order(case(recommended(), *chain)):
        seen = found("ring", told)
        assert seen
        assert seen.words == "3 people recommend each other in a circle"
        assert seen.points is None
    assert found("ring", case(recommended(), *chain), length=2) is None
    assert found("ring", case(recommended(), chain[0])) is None


def test_a_circle_may_be_four_long_and_not_too_old() -> None:
    chain = brought("anna", "ben"), brought("ben", "carl"), brought("carl", "mira")
    assert found("ring", case(recommended(), *chain))
    assert found("ring", case(recommended(), brought("anna", "ben", 181), *chain[1:])) is None
    longer = (*chain[:2], brought("carl", "dora"), brought("dora", "mira"))
    assert found("ring", case(recommended(), *longer)) is None


def test_two_households_who_recommend_each_other_are_only_watched() -> None:
    back = brought("anna", "mira", address="Elsewhere 2")
    seen = found("ring", case(recommended(address="Here 1"), back))
    assert seen
    assert seen.points == 0
    seen = found("ring", case(recommended(address="Here 1"), brought("anna", "mira", address="Here 1")))
    assert seen
    assert seen.points is None, "under one roof it counts"


def test_three_who_share_cards_or_browsers_and_recommend_each_other_are_a_ring() -> None:
    one = brought("mira", "ben", payment="card", browser="b")
    seen = found("ring", case(recommended(payment="card"), one, bought(browser="b")))
    assert seen
    assert seen.words == "3 people who share cards or browsers recommend each other"
    assert found("ring", case(recommended(payment="card"), one)) is None, "the advocate is no part of it"
    assert found("ring", case(recommended(payment="card"), one, bought(browser="b")), people=4) is None


def test_several_with_one_card_whom_one_advocate_brought_are_a_ring_too() -> None:
    others = [brought("mira", f"p{number}", payment="card") for number in range(2)]
    seen = found("ring", case(recommended(payment="card"), *others))
    assert seen
    assert seen.words == "3 people who share cards or browsers were all brought by one advocate"
    assert found("ring", case(recommended(payment="card"), others[0])) is None
    elsewhere = brought("zoe", "p1", payment="card")
    assert found("ring", case(recommended(payment="card"), others[0], elsewhere)) is None


def test_neighbours_at_one_address_in_one_network_are_no_ring() -> None:
    home: dict[str, Any] = {"address": "Dorm 1", "ip": "198.51.100.7", "postcode": "10115"}
    around = [brought("mira", f"p{number}", **home) for number in range(9)]
    assert found("ring", case(recommended(**home), *around, bought(**home))) is None


def test_a_family_that_shares_one_card_but_recommends_once_is_no_ring() -> None:
    assert found("ring", case(recommended(payment="c"), bought(payment="c"), bought("x", "child", payment="c"))) is None
