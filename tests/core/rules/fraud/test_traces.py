"""Traces: what advocate and friend both used is told, how long apart counts, and only an unusual crowd is held."""

from dataclasses import replace
from typing import Any

import pytest

from core.rules.fraud.facts import Bought
from tests.core.rules.fraud.cases import DAY, HOUR, bought, case, found, in_any_order, recommended

WEB: dict[str, Any] = {"ip": "198.51.100.7", "user_agent": "Firefox"}


@pytest.mark.parametrize(
    ("rule", "kind"), [("same_address", "address"), ("same_payment", "payment"), ("same_device", "browser")]
)
def test_what_both_used_is_told_with_the_order_that_shows_it(rule: str, kind: str) -> None:
    one: dict[str, Any] = {kind: "one"}
    other: dict[str, Any] = {kind: "another"}
    told = found(rule, case(recommended(**one), bought(**one)))
    assert told
    assert told.orders == ("own",)
    assert found(rule, case(recommended(**one), bought(**other))) is None
    assert found(rule, case(recommended(**one), bought("x", "stranger", **one))) is None
    assert found(rule, case(recommended(**one))) is None


def test_one_browser_counts_for_so_many_days_before_and_after() -> None:
    order = recommended(browser="b")
    for at in (-90 * DAY, 90 * DAY):
        assert found("same_device", case(order, bought(at=at, browser="b")))
    assert found("same_device", case(order, bought(at=-91 * DAY, browser="b"))) is None
    assert found("same_device", case(order, bought(at=-91 * DAY, browser="b")), days=91)


def test_an_internet_address_alone_says_nothing_of_two_people() -> None:
    order = recommended(**WEB)
    assert found("same_network", case(order, bought(at=-HOUR, **WEB)))
    assert found("same_network", case(order, bought(at=-HOUR, ip=WEB["ip"]))) is None
    assert found("same_network", case(order, bought(at=-HOUR, ip=WEB["ip"], user_agent="Safari"))) is None
    assert found("same_network", case(order, bought(at=-25 * HOUR, **WEB))) is None
    assert found("same_network", case(order, bought(at=-25 * HOUR, **WEB)), hours=25)


def test_only_what_goes_beyond_the_usual_of_one_network_is_held() -> None:
    crowd = [recommended(f"{number}", f"p{number}", -number * DAY, ip="2001:db8::1") for number in range(1, 4)]
    last = recommended(ip="2001:db8::ffff")  # the same /64
    for told in in_any_order(case(last, *crowd)):
        seen = found("busy_network", told)
        assert seen
        assert set(seen.orders) == {"1", "2", "3"}
    assert found("busy_network", case(crowd[0], *crowd[1:], last)) is None, "the ones before it are not"
    assert found("busy_network", case(last, *crowd[1:])) is None
    assert found("busy_network", case(last, *crowd), orders=4) is None
    assert found("busy_network", case(last, *crowd), days=3) is None


def sent_to(*doors: str, **told: str) -> list[Bought]:
    """Orders of so many friends of Mira, a day apart and the newest last, each from a network of its own."""
    last = len(doors) - 1
    return [
        recommended(f"{n}", f"p{n}", (n - last) * DAY, address=door, **{"ip": f"198.51.100.{n}", **told})
        for n, door in enumerate(doors)
    ]


def test_a_third_friend_at_one_door_from_a_third_network_is_told() -> None:
    *before, last = sent_to("Here 1", "Here 1", "here 1.")
    for told in in_any_order(case(last, *before)):
        seen = found("one_door", told)
        assert seen
        assert seen.orders == ("0", "1")
    assert found("one_door", case(before[1], before[0], last)) is None, "the ones before it are not"
    assert found("one_door", case(last, *before), friends=3) is None
    assert found("one_door", case(last, *before), days=2) is None


def test_families_and_offices_share_a_door_and_its_network_and_neighbours_share_neither() -> None:
    *colleagues, last = sent_to(*["Here 1"] * 6, ip="198.51.100.7")
    assert found("one_door", case(last, *colleagues)) is None
    *neighbours, last = sent_to("Here 1, door 1", "Here 1, door 2", "Here 1, door 3")
    assert found("one_door", case(last, *neighbours)) is None
    *others, last = sent_to("Here 1", "Here 1", "Here 1")
    brought_by_others = [replace(one, advocate_id="zoe") for one in others]
    assert found("one_door", case(last, *brought_by_others)) is None
    again = [replace(one, person_id=last.person_id) for one in others]
    assert found("one_door", case(last, *again)) is None, "one friend who moves about is one friend"


def test_orders_nobody_recommended_make_no_crowd_and_a_shops_own_till_never_does() -> None:
    crowd = [recommended(f"{number}", f"p{number}", -HOUR, ip="198.51.100.7") for number in range(4)]
    order = recommended(ip="198.51.100.7")
    assert found("busy_network", case(order, *crowd))
    assert found("busy_network", case(order, *crowd), allowed=("198.51.100.7",)) is None
    assert found("busy_network", case(order, *crowd), allowed=("198.51.100.8",))
    plain = [bought(f"{number}", f"p{number}", -HOUR, ip="198.51.100.7") for number in range(9)]
    assert found("busy_network", case(order, *plain)) is None
