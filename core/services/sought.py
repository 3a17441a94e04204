"""Sought: what raw bodies are searched for, so that none is left that names an erased person."""

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from core.gateway.hub import Hub
from core.gateway.vault import SealBroken
from core.models import Erasure, StoredDelivery
from core.services.bodies import body_of

# A shorter text would be found in everybody's bodies; an account with so short an id is found by the subject alone.
SHORTEST = 5


@dataclass
class Sought:
    """`texts` name the person in any body, and `subjects` (connection id, source id) say whom a delivery speaks of."""

    texts: set[str] = field(default_factory=set)
    subjects: set[tuple[str, str]] = field(default_factory=set)

    def add(self, connection_id: str, source_id: str) -> None:
        """A record of this source: its deliveries by their subject, and whatever mentions it."""
        self.subjects.add((connection_id, source_id))
        if len(source_id) >= SHORTEST:
            self.texts.add(source_id)

    def join(self, other: "Sought") -> None:
        """What the other searches for is searched for as well."""
        self.texts |= other.texts
        self.subjects |= other.subjects

    def is_named_in(self, hub: Hub, row: StoredDelivery) -> bool:
        """True when the delivery speaks of the person. One that cannot be opened any more might, so it does."""
        if (row.connection_id, row.subject) in self.subjects:
            return True
        try:
            body = body_of(hub, row)
        except SealBroken:
            return True
        return bool(self.texts) and any(self._pattern.search(text.casefold()) for text in _spellings(body))

    @property
    def _pattern(self) -> re.Pattern[str]:
        # As a whole: 12345 is not named by 123456 or 12345.00, nor ann@example.com by mary-ann@example.com.
        words = "|".join(re.escape(text.casefold()) for text in sorted(self.texts))
        return re.compile(rf"(?<![0-9a-z.+_%-])(?:{words})(?![0-9a-z]|[.-][0-9a-z])")  # re caches it

    def sealed(self, hub: Hub, erasure_id: str) -> bytes:
        """As the table keeps it."""
        told = {"texts": sorted(self.texts), "subjects": sorted(self.subjects)}
        return hub.vault.seal(json.dumps(told).encode(), _context(erasure_id))


def sought_by(hub: Hub, erasure: Erasure) -> Sought:
    """What this erasure's bodies are searched for."""
    if erasure.sought is None:
        return Sought()
    told = json.loads(hub.vault.open(erasure.sought, _context(erasure.id)))
    return Sought(set(told["texts"]), {(one, other) for one, other in told["subjects"]})


def _context(erasure_id: str) -> str:
    return f"erasures.sought:{erasure_id}"


def _spellings(body: bytes) -> list[str]:
    """The body as it came, and with what JSON and XML may spell otherwise."""
    text = body.decode(errors="replace")
    found = [text]
    if "\\" in text:
        try:
            found.append("\n".join(_words_of(json.loads(text))))
        except (ValueError, RecursionError):
            found.append(re.sub(r"\\[nrtbf]", "\n", text).replace("\\/", "/"))
    if "&" in text:
        found.append(html.unescape(text))
    return found


def _words_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _words_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words_of(inner)
    else:
        yield str(value)
