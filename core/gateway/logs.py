"""Logs: one line of JSON (or of words, on a terminal) for each thing, and nothing personal or secret in any of them."""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from types import TracebackType
from typing import IO, Any

import structlog

from core.rules.redacting import redacted

# Ours; what libraries have to say below a warning may hold rows, headers or bodies.
OURS = ("core", "connectors", "web", "webhooks", "referhub", "sandbox", "app")
# Whatever else somebody hangs on a line is left out of it.
ALLOWED = ("timestamp", "level", "logger", "event", "merchant", "connection", "lane", "delivery", "push", "exception")
# What an exception quotes is usually the value that it did not like.
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|[‘“«][^’”»]*[’”»]")
MOST_FRAMES = 30
LONGEST = 2_000
Event = MutableMapping[str, Any]


def start_logging(level: str = "warning", form: str = "auto", stream: IO[str] | None = None) -> None:
    """Everything logged from now on goes to `stream` (standard error); `form` is json, plain or auto."""
    stream = stream or sys.stderr
    is_plain = form == "plain" or (form == "auto" and stream.isatty())
    lines = logging.StreamHandler(stream)
    lines.setFormatter(formatter(_as_words if is_plain else _as_json))
    root = logging.getLogger()
    root.handlers = [lines]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    sys.excepthook = _log_the_end
    threading.excepthook = _log_the_thread


def formatter(render: Any = None) -> structlog.stdlib.ProcessorFormatter:
    """How a record of the standard `logging` becomes a line."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            _tell_exception,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _only_what_is_allowed,
            render or _as_json,
        ],
    )


@contextmanager
def about(**names: str) -> Iterator[None]:
    """Every line in this block says which merchant, connection, lane, delivery or push it is about."""
    with structlog.contextvars.bound_contextvars(**names):
        yield


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


def _tell_exception(_logger: Any, _method: str, event: Event) -> Event:
    told = event.pop("exc_info", None)
    problem = told[1] if isinstance(told, tuple) else told
    if isinstance(problem, BaseException):
        event["exception"] = "\n".join(told_exception(problem))
    return event


def _only_what_is_allowed(_logger: Any, _method: str, event: Event) -> Event:
    kept = {name: event[name] for name in ALLOWED if name in event}
    return {name: value if name == "exception" else redacted(str(value))[:LONGEST] for name, value in kept.items()}


def _as_json(_logger: Any, _method: str, event: Event) -> str:
    return json.dumps(event, ensure_ascii=False)


def _as_words(_logger: Any, _method: str, event: Mapping[str, Any]) -> str:
    names = ("merchant", "connection", "lane", "delivery", "push")
    told = " ".join(f"{name}={event[name]}" for name in names if name in event)
    line = f"{event['timestamp']} {event['level'].upper()} {event['logger']}: {event['event']} {told}".rstrip()
    return f"{line}\n{event['exception']}" if "exception" in event else line


def _log_the_end(kind: type[BaseException], problem: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, problem, trace)
        return
    logging.getLogger("referhub").critical("the program ends by a mistake of its own", exc_info=(kind, problem, trace))


def _log_the_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_value is not None:
        trouble = (told.exc_type, told.exc_value, told.exc_traceback)
        logging.getLogger("referhub").critical("a thread ends by a mistake of its own", exc_info=trouble)
