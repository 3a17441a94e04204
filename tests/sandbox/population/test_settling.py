"""The town: one seed is one town, every archetype lives in it, and nobody's traces say what they are."""

import pytest

from sandbox.population import ARCHETYPES, Town, settle

PEOPLE = 800


@pytest.fixture(scope="module")
def town() -> Town:
    return settle(PEOPLE, 5)


def test_one_seed_is_one_town_and_another_is_another(town: Town) -> None:
    again = settle(PEOPLE, 5)
    assert (town.humans, town.sales) == (again.humans, again.sales)
    assert settle(PEOPLE, 6).sales != town.sales


def test_every_archetype_has_recommended_sales(town: Town) -> None:
    assert {sale.label for sale in town.sales if sale.advocate} == set(ARCHETYPES)
    assert sum(one.per_mille for one in ARCHETYPES.values()) == 1000


def test_at_least_twelve_kinds_cheat_and_as_many_look_like_it() -> None:
    cheats = [one for one in ARCHETYPES.values() if one.is_cheat]
    assert len(cheats) >= 12
    assert len(ARCHETYPES) - len(cheats) - 1 >= 12, "beside plain people"
    assert any(not one.is_reachable for one in cheats), "the measure admits what no rule can see"


def test_no_trace_carries_the_label(town: Town) -> None:
    words = set(ARCHETYPES)
    for sale in town.sales:
        assert not words & {word for value in sale.traces.values() for word in value.split()}
    assert not any(label in one.mail or label in one.key for one in town.humans for label in words - {"plain"})


def test_whoever_recommends_and_buys_lives_here_and_nobody_buys_before_the_beginning(town: Town) -> None:
    keys = {one.key for one in town.humans}
    assert all(sale.human in keys and (not sale.advocate or sale.advocate in keys) for sale in town.sales)
    assert len({sale.key for sale in town.sales}) == len(town.sales)
