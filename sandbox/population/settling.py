"""Settling: a town of so many people grows from a seed."""

from collections.abc import Mapping
from random import Random

from sandbox.population.archetypes import ARCHETYPES, Archetype
from sandbox.population.people import Town


def settle(people: int, seed: int, archetypes: Mapping[str, Archetype] = ARCHETYPES) -> Town:
    """A town of about so many people, each archetype with its share; by one seed always the same."""
    town = Town(Random(seed))
    whole = sum(one.per_mille for one in archetypes.values())
    for archetype in archetypes.values():
        until = len(town.humans) + max(1, people * archetype.per_mille // whole)
        while len(town.humans) < until:
            archetype.settle(town)
    return town
