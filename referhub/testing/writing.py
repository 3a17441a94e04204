"""Checks of the fields on people: absolute values, one outcome per record, and what is shown is what was written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from referhub import ConnectorError, Later, Money, Moved, NotThere, Record, Refused, TryLater
from referhub.testing.faulty_http import EVERY_TROUBLE, FaultyHttp, lose_answer, refuse_connection
from referhub.testing.ground import Ground, Opening, told
from referhub.testing.paying import KNOWN_TROUBLES
from referhub.testing.source import Source
from referhub.testing.verdict import broken, missing, require
from referhub.testing.watched import Watched

MOST_CALLS = 12
MOST_TRIES = 5


def _values(turn: int) -> dict[str, Any]:
    """One value for each of our fields; another one for each turn."""
    day = datetime(2026, 11, 10 + turn, 9, 15, 30, tzinfo=UTC)
    return {
        "code": f"ALICE-{turn}F2K",
        "link": f"https://shop.example/?ref=ALICE-{turn}F2K",
        "referred_by": f"BOB-{turn}77",
        "status": ("advocate", "referred", "converted")[turn % 3],
        "friends_brought": 3 + turn,
        "revenue_brought": Money(12_345 + turn, "EUR"),
        "rewards_earned": Money(2_345 + turn, "EUR"),
        "rewards_pending": Money(1_345 + turn, "EUR"),
        "currency": "EUR",
        "last_referral_at": day,
        "last_reward_at": day,
        "trace": f"https://hub.example/dashboard/people/{turn}",
        "hub_id": f"01a20df2f35478e1aa85c4a468f6ea9{turn}",
    }


@dataclass(frozen=True)
class Desk:
    """What the tests of one connector write, and where they look at it."""

    connector: Watched
    source: Source
    method: str = "write"

    @property
    def names(self) -> Mapping[str, str]:
        """Ours to theirs."""
        names: Mapping[str, str] = self.connector.connector.default_fields  # type: ignore[attr-defined]
        return names

    def records(self, turn: int, people: Sequence[str]) -> list[Record]:
        """Each of the people gets the values of that turn, `hub_id` a different one each (it is unique there)."""
        values = _values(turn)
        return [
            Record(
                person,
                {
                    theirs: f"{values[ours]}{place}" if ours == "hub_id" else values[ours]
                    for ours, theirs in self.names.items()
                },
            )
            for place, person in enumerate(people)
        ]

    def write(self, records: Sequence[Record]) -> list[Any]:
        """The outcomes, as many as the records."""
        outcomes = self.connector.must(self.method, records)
        require(
            len(outcomes) == len(records),
            f"{self.method} gives one outcome for each record, in order",
            found=f"{len(outcomes)} outcomes for {len(records)} records",
            mend="put None into the place of every record that is written",
        )
        return list(outcomes)

    def until_written(self, records: Sequence[Record]) -> None:
        """Written, in as many tries as `Later` asks for."""
        for _ in range(MOST_TRIES):
            outcomes = self.write(records)
            if all(one is None for one in outcomes):
                return
            unfit = [told(one) for one in outcomes if one is not None and not isinstance(one, Later)]
            require(not unfit, "good records are written", found=unfit, mend="see what was found")
        broken(
            "what is Later is done sometime", found=f"still Later after {MOST_TRIES} tries", mend="see write_in_bulk"
        )

    def carried(self, person: str) -> dict[str, str | None]:
        """What the person truly carries in our fields; the source may well note when it was last written to."""
        carried = self.source.carried(person)
        return {theirs: carried.get(theirs) for theirs in self.names.values()}

    def require_carried(self, records: Sequence[Record]) -> None:
        """Fails unless the source's people carry these very values."""
        for record in records:
            carried = self.source.carried(record.source_id)
            for field, value in record.fields.items():
                require(
                    _tells(carried.get(field), value),
                    "a record that is written is carried by the person, field by field",
                    found=f"{field} of {record.source_id} is {carried.get(field)!r}, not {value!r}",
                    mend="write the value as it is told: money in major units with its decimals, times in UTC",
                )


class WritesChecks(Ground):
    """Writes referral fields."""

    PART: ClassVar[str] = "writes"

    def test_its_fields_are_named(self, connector: Watched) -> None:
        kind = connector.connector
        size = kind.record_batch_size  # type: ignore[attr-defined]
        require(
            type(size) is int and size >= 1,
            "record_batch_size is how many records one write may get",
            found=repr(size),
            mend="give the number that the source's documentation names",
        )
        names = kind.default_fields  # type: ignore[attr-defined]
        unknown = sorted(set(names) - set(_values(0)))
        require(
            names and not unknown and len(set(names.values())) == len(names),
            "default_fields leads from our fields to the source's own, each to another one",
            found=unknown or dict(names),
            mend=f"use these names: {', '.join(_values(0))}",
        )

    def test_what_is_written_is_carried(self, connector: Watched, source: Source) -> None:
        desk, people = Desk(connector, source), people_of(source)
        for turn in (0, 1):
            records = desk.records(turn, people)
            desk.until_written(records)
            desk.require_carried(records)

    def test_writing_twice_is_writing_once(self, connector: Watched, source: Source) -> None:
        desk, people = Desk(connector, source), people_of(source)
        records = desk.records(0, people)
        desk.until_written(records)
        before = [desk.carried(person) for person in people]
        desk.until_written(records)
        after = [desk.carried(person) for person in people]
        require(
            before == after,
            "values are absolute: a repeat changes nothing",
            found=f"{before}, then {after}",
            mend="write what the record says, never add to what is there",
        )

    def test_none_removes_a_value(self, connector: Watched, source: Source) -> None:
        desk, people = Desk(connector, source), people_of(source)
        desk.until_written(desk.records(0, people))
        desk.until_written([Record(people[0], dict.fromkeys(desk.names.values()))])
        left = {name: value for name, value in desk.carried(people[0]).items() if value}
        require(
            not left,
            "None removes a value at the source",
            found=left,
            mend="send the source's own word for nothing (null, an empty text, a delete)",
        )
        desk.require_carried(desk.records(0, people)[1:])

    def test_only_what_is_told_changes(self, connector: Watched, source: Source) -> None:
        desk, people = Desk(connector, source), people_of(source)
        (first, *_), (record, *_) = desk.records(0, people), desk.records(1, people)
        desk.until_written([first])
        one = next(iter(desk.names.values()))
        desk.until_written([Record(record.source_id, {one: record.fields[one]})])
        desk.require_carried([Record(first.source_id, {**first.fields, one: record.fields[one]})])

    def test_one_bad_record_harms_no_other(self, connector: Watched, source: Source) -> None:
        desk, people = Desk(connector, source), people_of(source)
        records = desk.records(1, [people[0], source.missing_person, people[1]])
        outcomes = desk.write(records)
        require(
            isinstance(outcomes[1], (NotThere, Refused, Moved)) and outcomes[0] is None and outcomes[2] is None,
            "each record has its own outcome: somebody who is not there is NotThere, the others are written",
            found=[told(one) for one in outcomes],
            mend="match the source's answers to the records by place or id; send the others again alone if one bad "
            "record makes the source refuse all of them",
        )
        desk.require_carried([records[0], records[2]])

    def test_many_records_cost_fewer_calls_than_each(
        self, connector: Watched, http: FaultyHttp, source: Source
    ) -> None:
        size = min(connector.connector.record_batch_size, 3)  # type: ignore[attr-defined]
        desk, people = Desk(connector, source), people_of(source)[:size]
        desk.write(desk.records(0, people))  # a token is fetched now and not counted below
        before = len(http.calls)
        desk.write(desk.records(1, people))
        together = len(http.calls) - before
        for record in desk.records(2, people):
            desk.write([record])
        alone = len(http.calls) - before - together
        require(
            together < alone or size == 1,
            "record_batch_size says that many records go out together",
            found=f"{together} calls for {len(people)} records together, {alone} one by one",
            mend="send them in one request, or set record_batch_size = 1",
        )

    def test_writing_in_trouble_is_told_as_it_is(
        self, connector: Watched, another: Opening, http: FaultyHttp, source: Source
    ) -> None:
        people = people_of(source)
        for turn, (name, trouble) in enumerate(KNOWN_TROUBLES.items()):
            for at in range(MOST_CALLS):
                desk = Desk(another(http), source)
                records = desk.records((turn + at) % 3, people)
                with http.meeting(trouble, at=at) as met:
                    outcomes = desk.connector.tell("write", records)
                if not met.was_met:
                    break
                self._judge_write(desk, records, outcomes, f"{name} at call {at}")
                fresh = Desk(another(http), source)
                fresh.until_written(records)
                fresh.require_carried(records)

    def test_writing_bears_every_answer(self, another: Opening, http: FaultyHttp, source: Source) -> None:
        people = people_of(source)
        for trouble in EVERY_TROUBLE.values():
            with http.meeting(trouble, every=True):
                desk = Desk(another(http), source)
                outcomes = desk.connector.tell("write", desk.records(0, people))
            require(
                isinstance(outcomes, ConnectorError) or len(outcomes) == len(people),
                "write gives one outcome for each record, whatever is answered",
                found=repr(outcomes),
                mend="an answer of another length is Later for all of them",
            )

    def _judge_write(self, desk: Desk, records: Sequence[Record], outcomes: Any, when: str) -> None:
        if isinstance(outcomes, ConnectorError):
            return
        for record, outcome in zip(records, outcomes, strict=True):
            require(
                outcome is None or isinstance(outcome, Later),
                "trouble that passes is Later: the values are absolute, so sending them again is safe",
                found=f"{when}: {told(outcome)}",
                mend="return Later; Refused, FieldRefused and NotThere are for what the source says about the record",
            )
            if outcome is None:
                desk.require_carried([record])


class WritesInBulkChecks(Ground):
    """The slower way that costs fewer calls."""

    PART: ClassVar[str] = "writes_in_bulk"

    def test_bulk_writes_what_write_writes(self, connector: Watched, source: Source) -> None:
        above, size = connector.connector.bulk_above, connector.connector.bulk_batch_size  # type: ignore[attr-defined]
        require(
            type(above) is int and type(size) is int and above > 0 and size > 0,
            "bulk_above and bulk_batch_size are numbers of records",
            found=(above, size),
            mend="give both as whole numbers above zero",
        )
        desk, people = Desk(connector, source, "write_in_bulk"), people_of(source)
        records = desk.records(1, people)
        desk.until_written(records)
        desk.require_carried(records)

    def test_bulk_bears_every_answer(self, another: Opening, http: FaultyHttp, source: Source) -> None:
        people = people_of(source)
        for trouble in (refuse_connection, lose_answer):
            with http.meeting(trouble, every=True):
                desk = Desk(another(http), source)
                outcomes = desk.connector.tell("write_in_bulk", desk.records(0, people))
            require(
                isinstance(outcomes, TryLater)
                or (isinstance(outcomes, Sequence) and all(isinstance(one, Later) for one in outcomes)),
                "a source that cannot be reached is Later for every record",
                found=repr(outcomes),
                mend="return Later for each, or raise TryLater",
            )


def people_of(source: Source) -> list[str]:
    people = list(source.person_ids())
    if len(people) < 3:
        missing("three people", "let Source.person_ids() return at least three ids")
    return people[:3]


def _tells(carried: str | None, value: Any) -> bool:
    return carried is not None and any(spelling in str(carried) for spelling in _spellings(value))


def _spellings(value: Any) -> Iterator[str]:
    if isinstance(value, Money):
        yield value.text()
    elif isinstance(value, datetime):
        yield from (value.strftime("%Y-%m-%d"), str(int(value.timestamp())))
    else:
        yield str(value)
