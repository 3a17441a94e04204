"""A listener at the app's target address: it tells the events of what is posted to it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from tests.sandbox.listening import Hearing, Posted


class Received(Posted):
    """One request with its events."""

    @property
    def events(self) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = json.loads(self.body)
        return told


class Listener(Hearing[Received]):
    """The app that hears HubSpot."""

    def __init__(self) -> None:
        super().__init__(Received, "/hooks/portal")

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for each in self.received for event in each.events]

    def of(self, type: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["subscriptionType"] == type]

    def types(self) -> Counter[str]:
        return Counter(event["subscriptionType"] for event in self.events)
