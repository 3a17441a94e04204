"""The ground of a rehearsal: a hub of its own and places to play in, opened by whoever puts the house together."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from core.contract.facts import FieldValue
from core.gateway.hub import Hub


@dataclass(frozen=True, slots=True)
class Source:
    """One connected source, for which a place is wanted: its settings without any secret."""

    kind: str
    label: str
    currency: str
    about: Mapping[str, str]


class Effect(Protocol):
    """So much was given to an account, or (below zero) taken back, as the place itself has it."""

    @property
    def account(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def amount(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def remote_id(self) -> str: ...


class Repertoire(Protocol):
    """What can be made up of one kind of purchase. Anything can be told of the facts that it `plays`; `usual` says what
    is told of others where nobody asks for anything, and then what could be told instead."""

    @property
    def plays(self) -> frozenset[str]: ...
    @property
    def usual(self) -> Mapping[str, Sequence[FieldValue]]: ...
    @property
    def can_be_taken_back(self) -> bool: ...


class Place(Protocol):
    """A stand-in of one source. What only a shop can do is asked of one that `sells`."""

    kind: str
    label: str
    currency: str
    sells: bool

    @property
    def repertoire(self) -> Mapping[str, Repertoire]:
        """By kind of what counts (order, deal, lead, contact) what can be made up: of what the source tells of."""
        ...

    @property
    def settings(self) -> dict[str, str]:
        """What a connector is told to reach this place instead of the real one."""
        ...

    def hear_at(self, url: str) -> None:
        """News go to that address."""
        ...

    def meet(self, name: str, email: str) -> str:
        """Somebody is known there; the id of the account."""
        ...

    def find(self, email: str) -> str:
        """Whoever is reached there is known as this account; "" for nobody."""
        ...

    def buy(
        self,
        who: str,
        amount: str,
        *,
        kind: str = ...,
        code: str = "",
        paid: bool = True,
        facts: Mapping[str, Any] | None = None,
    ) -> str:
        """Somebody buys two equal pieces for that amount, or a deal of it is made; its id there.

        A lead or a contact is somebody, without any amount. Without a `kind` it is an order in a shop, or a deal.
        """
        ...

    def cancel(self, order: str, kind: str = ...) -> None:
        """The purchase is taken back as a whole."""
        ...

    def turn(self, seconds: float) -> None:
        """It is later there."""
        ...

    def settle(self) -> bool:
        """True once everything that was told has been heard."""
        ...

    def effects(self) -> Sequence[Effect]:
        """What was really given and taken back there."""
        ...

    def shown(self, account: str) -> Mapping[str, str]:
        """What stands on somebody's record, by the source's own names."""
        ...


class Shop(Place, Protocol):
    """A place that sells and pays."""

    def refund(self, order: str, pieces: int = 2) -> None:
        """So many of the two pieces are sent back."""
        ...

    def hold_mail(self) -> None:
        """What the shop tells from now on waits on its way."""
        ...

    def release_mail(self) -> None:
        """What waited goes out."""
        ...

    def repeat_mail(self, order: str, times: int) -> None:
        """All news of the order are told again."""
        ...

    def lose_an_answer(self, kind: str) -> None:
        """The next reward of this kind is given, and the answer gets lost."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """A rehearsal's own hub, whose door is open, and its places by label."""

    hub: Hub
    places: Mapping[str, Place]


class Ground(Protocol):
    """Opens stages; `kinds` are the kinds of sources that have a stand-in."""

    @property
    def kinds(self) -> frozenset[str]: ...
    @property
    def folder(self) -> Path: ...
    def open(self, folder: Path, sources: Sequence[Source]) -> AbstractContextManager[Stage]:
        """A stage whose database, keys and places are in that folder, made there if it is empty."""
        ...
