"""Scripts for coming calls: the first that befalls a call is taken, and each lasts for so many calls."""

from __future__ import annotations

import threading
from collections.abc import Collection, Container, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Generic, TypeVar

from sandbox.ground.refusal import Refused


@dataclass
class Script:
    """
    Skip so many matching calls, then befall so many; match None befalls every call but that for a token.

    A vendor says what kinds of fates it knows and how a call for a token is called; for ever is the count of a script
    that stays until it is cleared.
    """

    KINDS: ClassVar[Collection[str]] = ()
    TOKEN: ClassVar[str]
    FOR_EVER: ClassVar[int | None] = None

    kind: str
    match: str | None = None
    count: int = 1
    skip: int = 0
    seconds: float = 0.2

    def __post_init__(self) -> None:
        if self.kind not in self.KINDS:
            raise Refused(f"no fate is called {self.kind!r}; there are {', '.join(self.KINDS)}")

    def befalls(self, call: Container[str]) -> bool:
        """Whether it is meant for a call that goes by these names."""
        return self.TOKEN not in call if self.match is None else self.match in call

    def lets_pass(self) -> bool:
        """Whether this call is one of those that it skips; then there is one less."""
        passes = self.skip > 0
        self.skip -= passes
        return passes

    def wears_off(self) -> bool:
        """Whether that was its last call."""
        if self.count == self.FOR_EVER:
            return False
        self.count -= 1
        return self.count <= 0


@dataclass(frozen=True)
class Kind:
    """What a fate does to the effect (done, none, late, undone, stale) and to the answer on its way back."""

    effect: str
    answer: str
    status: int = 200


@dataclass
class ScriptOfEffect(Script):
    """Of a vendor's fates of the usual kinds; effect overrides whether the call takes effect before it is answered."""

    KINDS: ClassVar[Mapping[str, Kind]] = {}

    effect: bool | None = None

    @property
    def acts(self) -> str:
        if self.effect is None:
            return self.KINDS[self.kind].effect
        return "done" if self.effect else "none"

    @property
    def answer(self) -> str:
        return self.KINDS[self.kind].answer


S = TypeVar("S", bound=Script)


class Fates(Generic[S]):
    """The scripts still to come."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._coming: list[S] = []

    def add(self, script: S) -> None:
        with self._lock:
            self._coming.append(script)

    def take(self, call: Container[str]) -> S | None:
        """The first script that befalls this call; its count goes down."""
        with self._lock:
            for script in self._coming:
                if script.befalls(call) and not script.lets_pass():
                    if script.wears_off():
                        self._coming.remove(script)
                    return script
        return None

    def coming(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(script) for script in self._coming]

    def clear(self) -> None:
        with self._lock:
            self._coming.clear()
