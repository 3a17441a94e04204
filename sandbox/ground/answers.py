"""An answer on its way back, and the manner in which it travels: whole, cut, slow, or not at all."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

BOMB_BYTES = 64 * 1024 * 1024


@dataclass
class Answer:
    """The manner is whole, drop, hang, reset, truncated or slow; seconds belong to hang and slow."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    manner: str = "whole"
    seconds: float = 0.0


def json_answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
    sent = {"Content-Type": "application/json; charset=utf-8"} | (headers or {})
    return Answer(status, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), sent)


def html_answer(status: int, text: str) -> Answer:
    page = f"<!DOCTYPE html><html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>"
    return Answer(status, page.encode(), {"Content-Type": "text/html; charset=utf-8"})


@cache
def bomb() -> bytes:
    """A small body that unpacks to 64 MiB."""
    return gzip.compress(b'{"data":"' + b" " * BOMB_BYTES + b'"}', compresslevel=9)
