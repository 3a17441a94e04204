"""Checks of `read` and `read_many`: only events, only the contract's errors, and the same every time."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from referhub import ConnectorError, Delivery, TryLater
from referhub.testing.faulty_http import EVERY_TROUBLE, FaultyHttp, refuse_connection
from referhub.testing.ground import Ground, Opening
from referhub.testing.recordings import Recording
from referhub.testing.shape import faults_of, is_event, shown, undeclared
from referhub.testing.verdict import broken, require
from referhub.testing.watched import Watched

WRONG_VALUES: Sequence[Any] = (
    None,
    True,
    -1,
    10**400,
    1.5,
    "",
    "x",
    "9" * 5_000,
    "2026-11-20",
    "NaN",
    "é\x00",
    [],
    {},
    [{}],
)
MOST_PLACES = 40
MOST_CALLS = 12


class ReadingChecks(Ground):
    """Translate one delivery into events."""

    def test_a_recording_means_what_its_file_says(
        self, connector: Watched, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        for one in recordings:
            told = [shown(connector.must("read", each)) for each in self._deliveries(connector, one, settings)]
            require(
                _fits(told, one.events),
                "every recording has a file that says what it means",
                found=f"{one.name} was read as {json.dumps(told)}",
                mend=f"if that is right, write it into {one.events_file}; if not, mend read",
            )

    def test_what_is_read_is_well_formed(
        self, connector: Watched, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        for one in recordings:
            for delivery in self._deliveries(connector, one, settings):
                require_events(connector.must("read", delivery), f"read of {one.name}")

    def test_facts_that_are_told_are_declared(
        self, connector: Watched, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        for one in recordings:
            for delivery in self._deliveries(connector, one, settings):
                told = [event.order for event in connector.must("read", delivery) if hasattr(event, "order")]
                faults = [fault for order in told for fault in undeclared(order, self.connector_class.facts)]
                require(
                    not faults,
                    "every fact of an order is declared in `facts`, with its kind",
                    found=f"{one.name}: {'; '.join(faults)}",
                    mend='declare it, as in facts = {"order.country": FactField(FactKind.TEXT, "the country")}',
                )

    def test_reading_again_means_the_same(
        self,
        connector: Watched,
        another: Opening,
        http: FaultyHttp,
        recordings: list[Recording],
        settings: Mapping[str, str],
    ) -> None:
        for one in recordings:
            for delivery in self._deliveries(connector, one, settings):
                first = connector.must("read", delivery)
                for again in (connector.must("read", delivery), another(http).must("read", delivery)):
                    require(
                        list(again) == list(first),
                        "the same delivery means the same each time, in every process: it may be read again after a "
                        "crash",
                        found=f"{one.name}: {shown(first)}, then {shown(again)}",
                        mend="take every value from the delivery or the source; no clock, no memory, no random",
                    )

    def test_a_spoilt_body_is_unreadable_and_nothing_worse(
        self, another: Opening, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        connector = another()
        for one in recordings:
            for delivery in self._deliveries(connector, one, settings):
                for body in spoilt(delivery.body):
                    told = connector.tell("read", replace(delivery, body=body))
                    if not isinstance(told, ConnectorError):
                        require_events(told, f"read of a spoilt {one.name}")

    def test_a_source_in_trouble_is_asked_again_later(
        self,
        connector: Watched,
        another: Opening,
        http: FaultyHttp,
        recordings: list[Recording],
        settings: Mapping[str, str],
    ) -> None:
        for one in recordings:
            for delivery in self._deliveries(connector, one, settings):
                with http.meeting(refuse_connection, every=True) as met:
                    told = another(http).tell("read", delivery)
                require(
                    not met.was_met or isinstance(told, TryLater),
                    "a source that cannot be reached is TryLater: the delivery stays and is read again by itself",
                    found=f"{one.name} gave {told!r}",
                    mend="turn NotSent and AnswerLost into TryLater, never into Unreadable or into no events",
                )

    def test_reading_bears_every_answer(
        self,
        connector: Watched,
        another: Opening,
        http: FaultyHttp,
        recordings: list[Recording],
        settings: Mapping[str, str],
    ) -> None:
        for one in recordings:
            for delivery in self._deliveries(connector, one, settings):
                for told in told_in_trouble(another, http, "read", delivery):
                    if not isinstance(told, ConnectorError):
                        require_events(told, f"read of {one.name} in trouble")

    def _deliveries(self, connector: Watched, one: Recording, settings: Mapping[str, str]) -> tuple[Delivery, ...]:
        deliveries: tuple[Delivery, ...] = connector.must("receive", self.signed(one.request, settings)).deliveries
        return deliveries


class ReadsManyChecks(ReadingChecks):
    """`read_many` is `read` in fewer calls."""

    PART: ClassVar[str] = "reads_many"

    def test_reading_many_is_reading_each(
        self,
        connector: Watched,
        another: Opening,
        http: FaultyHttp,
        recordings: list[Recording],
        settings: Mapping[str, str],
    ) -> None:
        deliveries = self._all(connector, recordings, settings)
        deliveries.insert(1, replace(deliveries[0], key="spoilt", body=b"{"))
        alone = [another(http).tell("read", one) for one in deliveries]
        together = another(http).must("read_many", deliveries)
        require(
            len(together) == len(alone),
            "read_many gives one answer for each delivery, in order",
            found=f"{len(together)} answers for {len(alone)} deliveries",
            mend="put an error in the place of the one delivery that it concerns",
        )
        for one, many, delivery in zip(alone, together, deliveries, strict=True):
            require(
                _comparable(one) == _comparable(many),
                "read_many means what read means, and one spoilt delivery harms no other",
                found=f"{delivery.key}: read {_comparable(one)}, read_many {_comparable(many)}",
                mend="let both use the same translation",
            )

    def test_what_is_fetched_says_so(
        self, connector: Watched, recordings: list[Recording], settings: Mapping[str, str]
    ) -> None:
        deliveries = self._all(connector, recordings, settings)
        answers = connector.must("read_many", deliveries)
        events = [event for told in answers if not isinstance(told, ConnectorError) for event in told]
        silent = [event.order.source_id for event in events if hasattr(event, "order") and not event.order.is_current]
        require(
            not silent,
            "an order that was fetched is told with is_current: of two states of a time the one asked for later holds",
            found=f"not so: {', '.join(silent)}",
            mend="give is_current=True where the record is translated",
        )

    def test_many_cost_fewer_calls_than_each(
        self,
        connector: Watched,
        another: Opening,
        http: FaultyHttp,
        recordings: list[Recording],
        settings: Mapping[str, str],
    ) -> None:
        deliveries = self._all(connector, recordings, settings)
        reader = another(http)
        reader.must("read_many", deliveries)  # a token is fetched now and not counted below
        alone = _calls(http, lambda: [reader.must("read", one) for one in deliveries])
        together = _calls(http, lambda: reader.must("read_many", deliveries))
        require(
            together < alone,
            "read_many exists to ask less often than read",
            found=f"{together} calls together, {alone} one by one",
            mend="fetch the records of all deliveries with one request, or leave read_many out; give recordings of "
            "deliveries that have to be fetched",
        )

    def _all(self, connector: Watched, recordings: list[Recording], settings: Mapping[str, str]) -> list[Delivery]:
        return [delivery for one in recordings for delivery in self._deliveries(connector, one, settings)]


def require_events(told: Any, what: str) -> None:
    """Fails unless these are events as the contract describes them."""
    require(
        isinstance(told, Sequence) and not isinstance(told, (str, bytes)) and all(is_event(one) for one in told),
        "read returns a sequence of the contract's events; an empty one when nothing follows",
        found=f"{what} gave {told!r}",
        mend="return [OrderPaid(...)] or []",
    )
    faults = [fault for one in told for fault in faults_of(one)]
    require(not faults, "an event is well formed", found=f"{what}: {'; '.join(faults)}", mend="see what was found")


def told_in_trouble(another: Opening, http: FaultyHttp, method: str, *arguments: Any) -> Iterator[Any]:
    """What the method of a fresh connector tells when each of its calls meets each trouble."""
    for trouble in EVERY_TROUBLE.values():
        for at in range(MOST_CALLS):
            with http.meeting(trouble, at=at) as met:
                told = another(http).tell(method, *arguments)
            if not met.was_met:
                break
            yield told
        else:
            broken(
                f"{method}() ends",
                found=f"more than {MOST_CALLS} calls for one question",
                mend="bound every loop over pages",
            )


def spoilt(body: bytes) -> Iterator[bytes]:
    """The body cut, bent and, if it is JSON, with a wrong value in each of its places."""
    chance = random.Random(11)  # noqa: S311
    yield from (b"", b"\xff", b"null", b"[]", b"{}", b"7", b'""', b"[" * 20_000, body[: len(body) // 2], body + body)
    for _ in range(MOST_PLACES if body else 0):
        place = chance.randrange(len(body))
        yield body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :]
    try:
        value = json.loads(body)
    except ValueError:
        return
    places = list(_places(value))
    for path in chance.sample(places, min(len(places), MOST_PLACES)):
        yield from (json.dumps(_with(value, path, wrong)).encode() for wrong in WRONG_VALUES)


def _places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield above
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from _places(one, (*above, name))


def _with(value: Any, place: tuple[Any, ...], wrong: Any) -> Any:
    if not place:
        return wrong
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[place[0]] = _with(value[place[0]], place[1:], wrong)
    return changed


def _fits(told: Any, expected: Any) -> bool:
    """True when they are alike; `*` stands for a text that the pretend vendor makes anew each time, such as now."""
    if isinstance(told, dict) and isinstance(expected, dict):
        return told.keys() == expected.keys() and all(_fits(told[name], expected[name]) for name in told)
    if isinstance(told, list) and isinstance(expected, list):
        return len(told) == len(expected) and all(map(_fits, told, expected))
    return bool(told == expected or (expected == "*" and isinstance(told, str)))


def _comparable(told: Any) -> Any:
    return (type(told).__name__, str(told)) if isinstance(told, ConnectorError) else shown(told)


def _calls(http: FaultyHttp, work: Any) -> int:
    before = len(http.calls)
    work()
    return len(http.calls) - before
