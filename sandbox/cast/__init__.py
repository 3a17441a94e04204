"""The cast's places: stand-ins in which made-up people buy, send back and are rewarded, all moved by the same words."""

from sandbox.cast.effect import Effect
from sandbox.cast.places import KINDS, open_place

__all__ = ["KINDS", "Effect", "open_place"]
