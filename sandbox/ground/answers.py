"""An answer on its way back, and the manner in which it travels: whole, cut, slow, or not at all."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

BOMB_BYTES = 64 * 1024 * 1024
WORSE_MANNERS = ("drop", "hang", "reset", "truncated", "slow")


@dataclass
class Answer:
    """The manner is whole, drop, hang, reset, truncated or slow; seconds belong to hang and slow."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    manner: str = "whole"
    seconds: float = 0.0

    def travelling(self, manner: str, seconds: float) -> Answer:
        """The same answer on a worse way."""
        return replace(self, manner=manner, seconds=seconds)


def json_answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
    sent = {"Content-Type": "application/json; charset=utf-8"} | (headers or {})
    return Answer(status, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), sent)


def html_answer(status: int, text: str) -> Answer:
    page = f"<!DOCTYPE html><html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>"
    return Answer(status, page.encode(), {"Content-Type": "text/html; charset=utf-8"})


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status, b"", {"Location": location})


def bomb_answer() -> Answer:
    """A small body that unpacks to 64 MiB."""
    return Answer(200, _bomb(), {"Content-Type": "application/json", "Content-Encoding": "gzip"})


def delayed(answer: Answer, retry_after: str | None) -> Answer:
    """With the header that says when to come again, exactly as it was written; None leaves it out."""
    if retry_after is not None:
        answer.headers["Retry-After"] = retry_after
    return answer


@cache
def _bomb() -> bytes:
    return gzip.compress(b'{"data":"' + b" " * BOMB_BYTES + b'"}', compresslevel=9)
