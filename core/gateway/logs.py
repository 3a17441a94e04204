"""Logs: one line of JSON (or of words, on a terminal) for each thing, and nothing personal or secret in any of them."""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import IO

from core.rules.redacting import redacted

# Ours; what libraries have to say below a warning may hold rows, headers or bodies.
OURS = ("core", "connectors", "web", "webhooks", "referhub", "sandbox", "app", "doors")
# Whatever else somebody hangs on a line is left out of it.
ALLOWED = ("timestamp", "level", "logger", "event", "merchant", "connection", "lane", "delivery", "push", "exception")
# What an exception quotes is usually the value that it did not like.
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|[‘“«][^’”»]*[’”»]")
MOST_FRAMES = 30
LONGEST = 2_000
ABOUT: ContextVar[Mapping[str, str]] = ContextVar("about", default=MappingProxyType({}))


def start_logging(level: str = "warning", form: str = "auto", stream: IO[str] | None = None) -> None:
    """Everything logged from now on goes to `stream` (standard error); `form` is json, plain or auto."""
    stream = stream or sys.stderr
    is_plain = form == "plain" or (form == "auto" and stream.isatty())
    lines = logging.StreamHandler(stream)
    lines.setFormatter(Lines(_as_words if is_plain else _as_json))
    root = logging.getLogger()
    root.handlers = [lines]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    sys.excepthook = _log_the_end
    threading.excepthook = _log_the_thread


class Lines(logging.Formatter):
    """How a record of the standard `logging` becomes a line: as `render` writes what of it is allowed."""

    def __init__(self, render: Callable[[Mapping[str, str]], str] | None = None) -> None:
        super().__init__()
        self._render = render or _as_json

    def format(self, record: logging.LogRecord) -> str:
        """The whole line, without its end."""
        return self._render(_only_what_is_allowed(_told(record)))


@contextmanager
def about(**names: str) -> Iterator[None]:
    """Every line in this block says which merchant, connection, lane, delivery or push it is about."""
    before = ABOUT.set({**ABOUT.get(), **names})
    try:
        yield
    finally:
        ABOUT.reset(before)


def told_exception(problem: BaseException) -> list[str]:
    """Where it happened and what it was, with its causes: no locals, no parameters, no source's words unredacted."""
    lines: list[str] = []
    seen: set[int] = set()
    one: BaseException | None = problem
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        frames = traceback.extract_tb(one.__traceback__)[-MOST_FRAMES:]
        # Only the first line: in the next ones PostgreSQL repeats the row it could not take.
        words = redacted(QUOTED.sub("'…'", str(one).partition("\n")[0]))[:LONGEST]
        lines += [f"{type(one).__name__}: {words}", *(f"  {at.filename}:{at.lineno} in {at.name}" for at in frames)]
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return lines


def _told(record: logging.LogRecord) -> dict[str, str]:
    at = datetime.fromtimestamp(record.created, UTC)
    problem = record.exc_info[1] if record.exc_info else None
    return {
        "timestamp": f"{at:%Y-%m-%dT%H:%M:%S.%f}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": record.getMessage(),
        **ABOUT.get(),
        **({"exception": "\n".join(told_exception(problem))} if problem else {}),
    }


def _only_what_is_allowed(told: Mapping[str, str]) -> dict[str, str]:
    kept = {name: told[name] for name in ALLOWED if name in told}
    return {name: value if name == "exception" else redacted(str(value))[:LONGEST] for name, value in kept.items()}


def _as_json(told: Mapping[str, str]) -> str:
    return json.dumps(told, ensure_ascii=False)


def _as_words(told: Mapping[str, str]) -> str:
    names = ("merchant", "connection", "lane", "delivery", "push")
    things = " ".join(f"{name}={told[name]}" for name in names if name in told)
    line = f"{told['timestamp']} {told['level'].upper()} {told['logger']}: {told['event']} {things}".rstrip()
    return f"{line}\n{told['exception']}" if "exception" in told else line


def _log_the_end(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, problem, trace)
        return
    logging.getLogger("referhub").critical("the program ends by a mistake of its own", exc_info=(kind, problem, trace))


def _log_the_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None:
        trouble = (told.exc_type, told.exc_value, told.exc_traceback)
        logging.getLogger("referhub").critical("a thread ends by a mistake of its own", exc_info=trouble)
