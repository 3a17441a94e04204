"""Recorded requests: one file as HTTP writes it, and beside it what it has to mean."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from referhub import WebhookRequest

RECEIVED_AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
ENDING = ".http"


@dataclass(frozen=True, slots=True)
class Recording:
    """A request (whose signature the test class writes anew, see `signed`) and the events that it means.

    `events` is None as long as nobody wrote them down: a list of `[]` per delivery says that nothing follows, and `*`
    stands for a text that the pretend vendor makes anew each time.
    """

    name: str
    request: WebhookRequest
    events: list[list[Any]] | None
    events_file: Path | None = None


def recordings_in(folder: Path, *, received_at: datetime = RECEIVED_AT) -> list[Recording]:
    """Every `NAME.http` of the folder with its `NAME.events.json`, by name."""
    return [recording_from(path, received_at=received_at) for path in sorted(folder.glob(f"*{ENDING}"))]


def recording_from(path: Path, *, received_at: datetime = RECEIVED_AT) -> Recording:
    """The first line is method and path, then one header a line, then an empty line, then the body.

    The newline with which an editor ends the file is not part of the body.
    """
    head, _, body = path.read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode("utf-8").splitlines()
    method, address = first.split(" ")[:2]
    place, _, query = address.partition("?")
    request = WebhookRequest(method, place, query, _headers(lines), body.removesuffix(b"\n"), received_at)
    beside = path.with_name(path.name.removesuffix(ENDING) + ".events.json")
    events = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else None
    return Recording(path.name.removesuffix(ENDING), request, events, beside)


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
