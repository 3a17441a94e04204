"""A made-up town of buyers, honest and not, whose every purchase is labelled: to measure fraud rules by."""

from sandbox.population.archetypes import ARCHETYPES, Archetype
from sandbox.population.honest import OWN_NETWORKS
from sandbox.population.people import Human, Sale, Town
from sandbox.population.settling import settle

__all__ = ["ARCHETYPES", "OWN_NETWORKS", "Archetype", "Human", "Sale", "Town", "settle"]
