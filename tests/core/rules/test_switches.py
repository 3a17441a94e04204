"""Switches: the strongest place that says anything decides, and within it the more particular word."""

import pytest

from core.rules.switches import Lock, Place, Switches, plain

ON, OFF = Lock(True, "a strong place"), Lock(False, "a weak place")


@pytest.mark.parametrize("wanted", [True, False])
def test_where_no_setting_says_anything_the_people_decide(wanted: bool) -> None:
    switches = Switches((Place({"hubspot": OFF}, {"other": OFF}), Place()))
    assert switches.lock("shopify", "my shop") is None
    assert switches.is_on("shopify", "my shop", wanted=wanted) is wanted


@pytest.mark.parametrize("wanted", [True, False])
def test_a_setting_wins_over_the_people_either_way(wanted: bool) -> None:
    assert Switches((Place({"shopify": ON}),)).is_on("shopify", "my shop", wanted=wanted)
    assert not Switches((Place({"shopify": OFF}),)).is_on("shopify", "my shop", wanted=wanted)


def test_the_stronger_place_wins_even_with_the_less_particular_word() -> None:
    switches = Switches((Place({"shopify": ON}), Place({}, {"my_shop": OFF})))
    assert switches.lock("shopify", "My shop") == ON
    assert Switches(tuple(reversed(switches.places))).lock("shopify", "My shop") == OFF


def test_within_a_place_the_connection_goes_before_its_kind() -> None:
    switches = Switches((Place({"shopify": OFF}, {"my_shop": ON}),))
    assert switches.lock("shopify", "My Shop") == ON
    assert switches.lock("shopify", "Another shop") == OFF


def test_kinds_that_are_off_are_told() -> None:
    switches = Switches((Place({"shopify": ON}), Place({"shopify": OFF, "hubspot": OFF}, {"my_shop": ON})))
    assert switches.off_kinds() == {"hubspot"}


@pytest.mark.parametrize("label", ["My shop", "my-shop", "MY_SHOP"])
def test_a_label_is_plain_as_in_a_variables_name(label: str) -> None:
    assert plain(label) == "my_shop"
