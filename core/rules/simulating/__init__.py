"""Simulating: what terms would do with one made-up order, by the same rules that decide about real ones."""

from core.rules.simulating.made_up import MadeUp, read_made_up
from core.rules.simulating.trying import Outcome, Tried, try_order

__all__ = ["MadeUp", "Outcome", "Tried", "read_made_up", "try_order"]
