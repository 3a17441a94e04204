"""Fates: what is scripted to happen to coming requests and coming events, one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sandbox.ground.refusal import Refused
from sandbox.hubspot.nouns import Event


@dataclass(frozen=True)
class Kind:
    """What a fate does to the effect (done, none, late, undone) and to the answer on its way back."""

    effect: str
    answer: str


STATUSES = "400 401 403 404 409 423 429 477 500 502 503 504 521 522 523 524 525 526".split()
KINDS = {
    "ok": Kind("done", "whole"),
    "effect_then_drop": Kind("done", "drop"),
    "drop_before_effect": Kind("none", "drop"),
    "effect_then_timeout": Kind("done", "hang"),
    "timeout_before_effect": Kind("none", "hang"),
    "effect_then_500": Kind("done", "status"),
    "late_effect": Kind("late", "drop"),
    **{status: Kind("none", "status") for status in STATUSES},
    "undeclared": Kind("done", "undeclared"),
    "short": Kind("done", "short"),
    "rows": Kind("done", "rows"),
    "ok_but_nothing": Kind("undone", "whole"),
    "reset": Kind("done", "reset"),
    "truncated": Kind("done", "truncated"),
    "slow": Kind("done", "slow"),
    "html": Kind("none", "html"),
    "wrong_json": Kind("done", "wrong_json"),
    "redirect": Kind("none", "redirect"),
    "gzip_bomb": Kind("none", "bomb"),
}
MAIL_KINDS = ("duplicate", "drop", "hold", "delay")


@dataclass
class Fate:
    """
    One script: skip so many matching requests, then befall so many (count=0: all until they are cleared).

    match is a part of "METHOD /path"; None befalls everything but the token endpoint. ids: the rows that
    `rows` refuses (category, message; context=False leaves out their ids) or that `short` leaves out.
    policy belongs to 429, scopes to 403, retry_after is sent as it is written, seconds belong to a hang, to a
    late effect and to slow bytes. effect overrides whether the portal acts.
    """

    kind: str
    match: str | None = None
    count: int = 1
    skip: int = 0
    seconds: float = 0.2
    retry_after: str | None = None
    policy: str = "TEN_SECONDLY_ROLLING"
    scopes: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    category: str = "OBJECT_NOT_FOUND"
    message: str = "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid."
    context: bool = True
    status: int | None = None
    location: str | None = None
    effect: bool | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise Refused(f"no fate is called {self.kind!r}; there are {', '.join(KINDS)}")
        self.ids = [str(each) for each in self.ids]
        self.forever = self.count == 0

    @property
    def acts(self) -> str:
        if self.effect is None:
            return KINDS[self.kind].effect
        return "done" if self.effect else "none"

    @property
    def answer(self) -> str:
        return KINDS[self.kind].answer

    def befalls(self, call: str) -> bool:
        return "/oauth/" not in call if self.match is None else self.match in call


@dataclass
class MailFate:
    """What befalls the next `count` events of a type (or of any): told twice, lost, held back, or late."""

    kind: str
    type: str | None = None
    count: int = 1
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in MAIL_KINDS:
            raise Refused(f"no fate of an event is called {self.kind!r}; there are {', '.join(MAIL_KINDS)}")


class Fates:
    """The scripts still to come, and the effects that are still on their way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: list[Fate] = []
        self._mail: list[MailFate] = []
        self.late: list[tuple[int, Callable[[], None]]] = []

    def add(self, fate: Fate) -> None:
        with self._lock:
            self._coming.append(fate)

    def add_mail(self, fate: MailFate) -> None:
        with self._lock:
            self._mail.append(fate)

    def take(self, call: str) -> Fate | None:
        """The first fate that befalls this call; its count goes down."""
        with self._lock:
            for fate in self._coming:
                if not fate.befalls(call):
                    continue
                if fate.skip:
                    fate.skip -= 1
                    continue
                fate.count -= 1
                if fate.count <= 0 and not fate.forever:
                    self._coming.remove(fate)
                return fate
        return None

    def mail(self, event: Event, number: Callable[[], int]) -> list[Event]:
        """The event as fate has it: itself, twice, or in another state."""
        with self._lock:
            fate = next((each for each in self._mail if each.type in (None, event.body["subscriptionType"])), None)
            if fate is None:
                return [event]
            fate.count -= 1
            if fate.count <= 0:
                self._mail.remove(fate)
        if fate.kind == "duplicate":
            return [event, replace(event, number=number(), attempts=[])]
        states = {"drop": "dropped", "hold": "held"}
        due_at = event.due_at + int(fate.seconds * 1000)
        return [replace(event, state=states.get(fate.kind, event.state), due_at=due_at)]

    def coming(self) -> list[dict[str, Any]]:
        with self._lock:
            return [*map(asdict, self._coming), *map(asdict, self._mail)]

    def clear(self) -> None:
        with self._lock:
            self._coming.clear()
            self._mail.clear()

    def postpone(self, due_at: int, act: Callable[[], None]) -> None:
        with self._lock:
            self.late.append((due_at, act))

    def run_late(self, now: int) -> None:
        """Effects whose time has come happen now, in the order in which they were due."""
        with self._lock:
            due = sorted((each for each in self.late if each[0] <= now), key=lambda each: each[0])
            self.late = [each for each in self.late if each[0] > now]
        for _, act in due:
            act()
