"""What all processes know of HubSpot's limits together, as the text that they keep."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from connectors.hubspot.strict_json import object_of

RESERVE = 0.1  # of the day's calls, which all apps of a portal share: the last of them are for what pays
HEARD_SECONDS = 3600.0  # so long is believed what was heard of the day, because at midnight it begins anew


@dataclass
class Ration:
    """What all processes know of the limits: calls reserved lately, and what the last answers told."""

    blocks: list[tuple[float, int]] = field(default_factory=list)
    searches: list[float] = field(default_factory=list)
    most: int = 100
    seconds: float = 10.0
    daily_most: int = 0
    daily_left: int = 0
    daily_at: float = 0.0
    rests_until: float = 0.0
    words: str = ""

    @classmethod
    def read(cls, text: str | None) -> "Ration":
        """The kept ration; one that cannot be read begins anew."""
        try:
            told = object_of(text or "")
            blocks = [(float(at), int(calls)) for at, calls in told.get("blocks", [])]
            searches = [float(at) for at in told.get("searches", [])]
            numbers = {name: kind(told[name]) for name, kind in NUMBERS.items() if name in told}
            return cls(blocks=blocks, searches=searches, words=str(told.get("words", "")), **numbers)
        except (ValueError, TypeError):
            return cls()

    def spares_for(self, now: float) -> float:
        """For how many seconds the rest of the day's calls is kept for what pays; none or less: not at all."""
        is_low = self.daily_most > 0 and self.daily_left < RESERVE * self.daily_most
        return self.daily_at + HEARD_SECONDS - now if is_low else 0.0

    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


NUMBERS: Mapping[str, Callable[[Any], Any]] = {
    "most": int,
    "seconds": float,
    "daily_most": int,
    "daily_left": int,
    "daily_at": float,
    "rests_until": float,
}
