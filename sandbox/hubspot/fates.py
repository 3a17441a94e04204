"""Fates: what is scripted to happen to coming requests and coming events, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar

from sandbox.ground.fates import Fates as Scripts
from sandbox.ground.fates import Kind, ScriptOfEffect
from sandbox.ground.refusal import Refused
from sandbox.hubspot.nouns import Event

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
class Fate(ScriptOfEffect):
    """
    One script: skip so many matching requests, then befall so many (count=0: all until they are cleared).

    match is a part of "METHOD /path"; None befalls everything but the token endpoint. ids: the rows that
    `rows` refuses (category, message; context=False leaves out their ids) or that `short` leaves out.
    policy belongs to 429, scopes to 403, retry_after is sent as it is written, seconds belong to a hang, to a
    late effect and to slow bytes.
    """

    KINDS: ClassVar = KINDS
    TOKEN: ClassVar = "/oauth/"
    FOR_EVER: ClassVar = 0

    retry_after: str | None = None
    policy: str = "TEN_SECONDLY_ROLLING"
    scopes: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    category: str = "OBJECT_NOT_FOUND"
    message: str = "Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid."
    context: bool = True
    status: int | None = None
    location: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.ids = [str(each) for each in self.ids]


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


class Fates(Scripts[Fate]):
    """The scripts still to come, for requests and for events."""

    def __init__(self) -> None:
        super().__init__()
        self._mail: list[MailFate] = []

    def add_mail(self, fate: MailFate) -> None:
        with self._lock:
            self._mail.append(fate)

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
            return [*super().coming(), *map(asdict, self._mail)]

    def clear(self) -> None:
        with self._lock:
            super().clear()
            self._mail.clear()
