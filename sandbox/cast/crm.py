"""What is the same of every CRM to play in: it pays nothing, and its desk makes it later."""

from __future__ import annotations

from sandbox.cast.effect import Effect
from sandbox.ground.control import Control


class Crm:
    """A stand-in that tells of deals and shows fields; `_desk` moves it."""

    sells = False
    _desk: Control

    def turn(self, seconds: float) -> None:
        """It is later here."""
        self._desk.advance(seconds)

    def settle(self) -> bool:
        """Everything that was told has been heard."""
        return self._desk.settle(30)

    def effects(self) -> list[Effect]:
        """A CRM pays nothing."""
        return []
