"""A desk's client: every method is one request, and what cannot happen is raised as the desk's own sentence."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import requests

from sandbox.ground.desk import PREFIX

Body = dict[str, Any]


class DeskRefused(Exception):
    """The desk answered that this cannot happen; the message is its sentence."""


class Control:
    """What every desk can be asked for; `announced` is its word for what a courier carries."""

    announced: ClassVar[str]
    patience: ClassVar[float] = 30  # seconds

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._session = requests.Session()

    def _write(self, body: Any) -> str:
        return json.dumps(body)

    def _read(self, text: str) -> Any:
        return json.loads(text)

    def _ask(
        self, method: str, path: str, body: Any = None, query: Body | None = None, timeout: float | None = None
    ) -> Any:
        sent = self._write(body).encode() if body is not None else None
        answer = self._session.request(
            method, f"{self.base_url}{PREFIX}{path}", data=sent, params=query, timeout=timeout or self.patience
        )
        told = self._read(answer.text)
        if answer.status_code != 200:
            raise DeskRefused(told.get("error", answer.text))
        return told

    def hello(self) -> Body:
        """It is up; who it is, and its clock."""
        return dict(self._ask("GET", ""))

    def hold(self) -> None:
        """From now on what is announced waits to be released."""
        self._ask("POST", f"{self.announced}/hold")

    def settle(self, timeout: float = 30) -> bool:
        """Waits until nothing that was announced is due any more."""
        answer = self._ask("POST", f"{self.announced}/settle", {"timeout": timeout}, timeout=timeout + 30)
        return bool(answer["settled"])

    def fates(self) -> list[Body]:
        return list(self._ask("GET", "fates"))

    def clear_fates(self) -> None:
        self._ask("DELETE", "fates")

    def now(self) -> str:
        return str(self._ask("GET", "clock")["now"])

    def advance(self, seconds: float = 0, to: str | None = None) -> str:
        """It is later, by so many seconds or at that time, and what became due has happened; the time it is now."""
        return str(self._ask("POST", "clock", without_none({"seconds": seconds, "to": to}))["now"])


def without_none(given: Body) -> Body:
    """What nobody said anything of is left out."""
    return {name: value for name, value in given.items() if value is not None}
