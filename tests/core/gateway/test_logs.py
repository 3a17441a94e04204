"""Logs: one line for each thing, in JSON or in words, with what it is about, and nothing personal or secret (S35)."""

import io
import json
import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy.exc import IntegrityError

from core.gateway.logs import OURS, about, start_logging

log = logging.getLogger("core.somewhere")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The process logs as before afterwards."""
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in OURS]
    kept, levels = (root.handlers, root.level), [one.level for one in ours]
    hooks = sys.excepthook, threading.excepthook
    yield
    root.handlers, (sys.excepthook, threading.excepthook) = kept[0], hooks
    root.setLevel(kept[1])
    for one, level in zip(ours, levels, strict=True):
        one.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_and_says_what_it_is_about() -> None:
    stream = io.StringIO()
    start_logging("info", "auto", stream)
    with about(merchant="m1", connection="c1", lane="read"):
        log.info("%s waits", "somebody")
    log.info("alone")
    first, second = lines(stream)
    assert first.pop("timestamp").endswith("Z")
    told = {"level": "info", "logger": "core.somewhere", "event": "somebody waits"}
    assert first == told | {"merchant": "m1", "connection": "c1", "lane": "read"}
    assert "merchant" not in second


def test_on_a_terminal_it_is_said_in_words() -> None:
    stream = Terminal()
    start_logging("info", "auto", stream)
    with about(connection="c1"):
        log.info("it waits")
    assert stream.getvalue().strip().endswith("INFO core.somewhere: it waits connection=c1")


def test_what_hangs_on_a_line_besides_is_left_out() -> None:
    stream = io.StringIO()
    start_logging("info", "json", stream)
    with about(body="anna@example.com", token="s3cret"):
        log.info("read", extra={"headers": {"authorization": "Bearer s3cret"}}, stack_info=True)
    assert lines(stream)[0].keys() == {"timestamp", "level", "logger", "event"}
    assert "s3cret" not in stream.getvalue()


def fail(secret: str) -> None:
    try:
        int(secret)
    except ValueError as problem:
        raise KeyError(secret) from problem


def test_an_exception_tells_where_and_what_with_its_causes_but_no_values() -> None:
    stream = io.StringIO()
    start_logging("info", "json", stream)
    try:
        fail("Anna Night and her token")
    except KeyError:
        log.exception("it went wrong")
    told = lines(stream)[0]["exception"]
    assert told.startswith("KeyError: '…'\n")
    assert "ValueError: invalid literal for int() with base 10: '…'" in told
    assert " in fail" in told
    assert "Anna" not in stream.getvalue()


def test_what_a_database_repeats_of_a_row_is_left_out() -> None:
    stream = io.StringIO()
    start_logging("info", "json", stream)
    try:
        raise IntegrityError("INSERT", {"name": "anna"}, Exception("duplicate key\nDETAIL: Key (x)=(anna)"))
    except IntegrityError:
        log.exception("not stored")
    assert "anna" not in stream.getvalue()
    assert "duplicate key" in stream.getvalue()


def test_libraries_are_heard_only_when_they_warn() -> None:
    """Below that they tell of rows, headers and bodies."""
    stream = io.StringIO()
    start_logging("debug", "json", stream)
    for name in ("sqlalchemy.engine.Engine", "urllib3.connectionpool", "core.somewhere"):
        logging.getLogger(name).debug("a row")
        logging.getLogger(name).warning("a warning")
    assert [(one["logger"], one["event"]) for one in lines(stream)] == [
        ("sqlalchemy.engine.Engine", "a warning"),
        ("urllib3.connectionpool", "a warning"),
        ("core.somewhere", "a row"),
        ("core.somewhere", "a warning"),
    ]


def test_a_mistake_that_nobody_caught_is_logged_the_same_way() -> None:
    stream = io.StringIO()
    start_logging("warning", "json", stream)
    try:
        fail("anna@example.com")
    except KeyError as problem:
        sys.excepthook(type(problem), problem, problem.__traceback__)
    thread = threading.Thread(target=fail, args=("anna@example.com",))
    thread.start()
    thread.join()
    assert [one["level"] for one in lines(stream)] == ["critical", "critical"]
    assert "anna" not in stream.getvalue()
