"""Feasibility: whether a campaign with these terms could work at all, and if not, why and what to change."""

from core.rules.feasibility.means import Means
from core.rules.feasibility.obstacles import obstacles, remarks

__all__ = ["Means", "obstacles", "remarks"]
