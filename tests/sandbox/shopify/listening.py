"""A listener at the end of a shop's webhooks: it tells their topics."""

from __future__ import annotations

import json
from typing import Any

from tests.sandbox.listening import Hearing, Posted


class Received(Posted):
    """One webhook."""

    @property
    def topic(self) -> str:
        return self.headers["x-shopify-topic"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Listener(Hearing[Received]):
    """The app that hears a shop; a 302 leads back to it."""

    def __init__(self) -> None:
        super().__init__(Received, "/webhooks/shop")

    def answering(self) -> tuple[dict[str, str], bytes]:
        return ({"Location": self.url} if self.status == 302 else {}), b""

    def topics(self) -> list[str]:
        return [each.topic for each in self.received]

    def of(self, topic: str) -> list[Received]:
        return [each for each in self.received if each.topic == topic]
