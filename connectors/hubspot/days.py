"""Which properties hold a day and no time, and on which day a moment lies in the portal: as any process heard last."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from connectors.hubspot.account import zone_of
from connectors.hubspot.spelling import DAY, spelt, spelt_for
from connectors.hubspot.strict_json import loads, texts
from referhub import Keep

NAME = "days"
FRESH_SECONDS = 1.0  # for a batch of records, not for a change that somebody makes there


@dataclass(frozen=True, slots=True)
class Heard:
    """The names of the properties that hold a day, and the portal's time zone."""

    names: frozenset[str] = frozenset()
    zone: str = "UTC"


class Days:
    """Spells values for their property without a call for it."""

    def __init__(self, keep: Callable[[], Keep], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._keep = keep
        self._monotonic = monotonic
        self._known = Heard()
        self._fresh_until = 0.0

    def note(self, names: Iterable[str]) -> None:
        """These, and no others, hold a day."""
        told = json.dumps(sorted(names))
        if told != self._keep().get(NAME):
            self._keep().change(NAME, lambda _: told)
        self._fresh_until = 0.0

    def has(self, name: str) -> bool:
        """True for a property that holds a day."""
        return name in self._heard().names

    def sent(self, name: str, value: Any) -> str:
        """`value` as it is sent for this property."""
        return spelt_for(value, *self._kind(name))

    def spelt(self, name: str, value: Any) -> str | None:
        """`value` as this property shows it once it is written."""
        return spelt(value, *self._kind(name))

    def _kind(self, name: str) -> tuple[str, str]:
        heard = self._heard()
        return (DAY, heard.zone) if name in heard.names else ("", "UTC")

    def _heard(self) -> Heard:
        if self._monotonic() > self._fresh_until:
            self._known = Heard(_names(self._keep().get(NAME)), zone_of(self._keep))
            self._fresh_until = self._monotonic() + FRESH_SECONDS
        return self._known


def _names(text: str | None) -> frozenset[str]:
    try:
        return frozenset(texts(loads(text or "[]")))
    except ValueError:
        return frozenset()
