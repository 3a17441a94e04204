"""A made-up town of buyers, honest and not, whose every purchase is labelled: to measure fraud rules by."""

from sandbox.population.archetypes import ARCHETYPES, Archetype
from sandbox.population.people import Human, Sale, Town
from sandbox.population.settling import settle

__all__ = ["ARCHETYPES", "Archetype", "Human", "Sale", "Town", "settle"]
