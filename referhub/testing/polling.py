"""Checks of `poll`: what webhooks lost is found by asking, and a cursor is all that is remembered."""

from collections.abc import Sequence
from typing import Any, ClassVar

from referhub import (
    ConnectorError,
    Delivery,
    Page,
    ReadsMany,
    TryLater,
    Unreadable,
)
from referhub.testing.faulty_http import FaultyHttp, lose_answer, refuse_connection
from referhub.testing.ground import Ground, Opening
from referhub.testing.reading import require_events, told_in_trouble
from referhub.testing.shape import speaks_of
from referhub.testing.source import Source
from referhub.testing.verdict import require
from referhub.testing.watched import Watched

MOST_PAGES = 50
STRANGE_CURSORS = ("", "not a cursor of ours", "{}", "null", "[]", '{"since": 7}', "2026-13-45T99:99:99Z", "\x00é")


class PollsChecks(Ground):
    """What webhooks lost is found by asking, once, and nothing is asked for twice for ever."""

    PART: ClassVar[str] = "polls"

    def test_a_sweep_finds_what_changed(self, connector: Watched, source: Source) -> None:
        change = _changed(source)
        deliveries, _cursor = _swept(connector, source, None)
        _require_found(connector, deliveries, change, "a first sweep, without a cursor")

    def test_a_cursor_resumes(self, connector: Watched, another: Opening, http: FaultyHttp, source: Source) -> None:
        _changed(source)
        _found, cursor = _swept(connector, source, None)
        change = _changed(source)
        later = another(http)
        deliveries, again = _swept(later, source, cursor)
        _require_found(later, deliveries, change, "the sweep after that, by another process with the stored cursor")
        change = _changed(source)
        deliveries, _cursor = _swept(later, source, again)
        _require_found(later, deliveries, change, "a third sweep")

    def test_a_finished_sweep_comes_to_rest(self, connector: Watched, source: Source) -> None:
        _changed(source)
        found, cursor = _swept(connector, source, None)
        known = {delivery.key for delivery in found}
        for _ in range(2):
            found, cursor = _swept(connector, source, cursor)
            fresh = {delivery.key for delivery in found} - known
            require(
                not fresh,
                "what did not change is not new: an overlap tells it again under the same key",
                found=fresh,
                mend="make the key of what the record is and when it changed, such as poll:<id>:<modified>",
            )

    def test_sweeping_again_from_the_same_cursor_gives_the_same_keys(
        self, connector: Watched, another: Opening, http: FaultyHttp, source: Source
    ) -> None:
        _changed(source)
        _found, cursor = _swept(connector, source, None)
        _changed(source)
        first = {delivery.key for delivery in _swept(connector, source, cursor)[0]}
        again = {delivery.key for delivery in _swept(another(http), source, cursor)[0]}
        require(
            first <= again,
            "a sweep that was not stored is repeated and finds the same, under the same keys",
            found=f"{sorted(first)}, then {sorted(again)}",
            mend="keep nothing in the connector: everything a sweep must remember is in the cursor",
        )

    def test_what_shows_late_is_found_by_the_overlap(self, connector: Watched, source: Source) -> None:
        _changed(source)
        _found, cursor = _swept(connector, source, None)
        change = source.late_change()
        source.pass_time()
        deliveries, _cursor = _swept(connector, source, cursor)
        _require_found(connector, deliveries, change, "the sweep after an order that showed late")

    def test_somebody_elses_cursor_is_refused_in_words(self, connector: Watched, source: Source) -> None:
        told = connector.tell("poll", STRANGE_CURSORS[1], source.now())
        require(
            isinstance(told, Unreadable) and str(told).strip(),
            "a cursor that is not ours is Unreadable, in words",
            found=repr(told),
            mend='raise Unreadable("the polling cursor is not one of ours")',
        )
        for cursor in STRANGE_CURSORS:
            told = connector.tell("poll", cursor, source.now())
            require(
                isinstance(told, (ConnectorError, Page)),
                "poll returns a Page",
                found=repr(told),
                mend="return Page(deliveries, cursor, is_last)",
            )

    def test_a_sweep_in_trouble_moves_nothing(
        self, connector: Watched, another: Opening, http: FaultyHttp, source: Source
    ) -> None:
        _changed(source)
        _found, cursor = _swept(connector, source, None)
        change = _changed(source)
        for trouble in (refuse_connection, lose_answer):
            with http.meeting(trouble, every=True):
                told = another(http).tell("poll", cursor, source.now())
            require(
                isinstance(told, TryLater),
                "a source that cannot be reached is TryLater: the cursor stays where it is",
                found=repr(told),
                mend="raise TryLater; an empty Page would say that nothing changed",
            )
        deliveries, _cursor = _swept(connector, source, cursor)
        _require_found(connector, deliveries, change, "the sweep after a failed one")

    def test_polling_bears_every_answer(self, another: Opening, http: FaultyHttp, source: Source) -> None:
        _changed(source)
        for told in told_in_trouble(another, http, "poll", None, source.now()):
            require(
                isinstance(told, (ConnectorError, Page)),
                "poll returns a Page or raises one of the contract's errors",
                found=repr(told),
                mend="check the shape of every answer",
            )


def _changed(source: Source) -> str:
    change = source.change()
    source.pass_time()
    return change


def _swept(connector: Watched, source: Source, cursor: str | None) -> tuple[list[Delivery], str]:
    """Everything up to the last page, and the cursor to store."""
    found: list[Delivery] = []
    for _ in range(MOST_PAGES):
        page = connector.must("poll", cursor, source.now())
        require(
            isinstance(page, Page) and isinstance(page.cursor, str) and page.cursor,
            "poll returns a Page with a cursor to store",
            found=repr(page),
            mend="return Page(deliveries, cursor, is_last), the cursor even when nothing changed",
        )
        found += page.deliveries
        cursor = page.cursor
        if page.is_last:
            return found, cursor
    require(
        False,
        "a sweep ends",
        found=f"more than {MOST_PAGES} pages for a handful of orders",
        mend="say is_last=True with the page that reaches the present",
    )
    raise AssertionError


def _require_found(connector: Watched, deliveries: Sequence[Delivery], source_id: str, when: str) -> None:
    events = [event for delivery in deliveries for event in _events(connector, delivery)]
    require(
        any(speaks_of(event, source_id) for event in events),
        "what changed is found by asking, and reads as any delivery does",
        found=f"{when} found {len(deliveries)} deliveries, none that tells of {source_id}",
        mend="ask for everything modified since the cursor, a few minutes overlapping, up to the present",
    )


def _events(connector: Watched, delivery: Delivery) -> Sequence[Any]:
    if isinstance(connector.connector, ReadsMany):
        (told,) = connector.must("read_many", [delivery])
        if isinstance(told, ConnectorError):
            return ()
    else:
        told = connector.must("read", delivery)
    require_events(told, f"read of the polled {delivery.key}")
    events: Sequence[Any] = told
    return events
