"""Checks of what people carry now, and of which fields can be written: `show`, `spelt`, `check_fields`."""

from typing import ClassVar

from referhub import Gone, Record, TryLater
from referhub.testing.faulty_http import FaultyHttp, lose_answer, refuse_connection
from referhub.testing.ground import Ground, Opening
from referhub.testing.source import Source
from referhub.testing.verdict import require
from referhub.testing.watched import Watched
from referhub.testing.writing import Desk, people_of

NO_SUCH_FIELD = "no_such_field_of_ours"


class ShowsChecks(Ground):
    """What people carry now."""

    PART: ClassVar[str] = "shows"

    def test_what_was_written_is_shown_as_it_is_spelt(
        self, connector: Watched, another: Opening, http: FaultyHttp, source: Source
    ) -> None:
        desk, people = Desk(connector, source), people_of(source)
        records = desk.records(2, people)
        desk.until_written(records)
        shown = another(http).must("show", people, list(desk.names.values()))
        for record in records:
            for field, value in record.fields.items():
                spelt = connector.must("spelt", value, field)
                found = (shown.get(record.source_id) or {}).get(field)
                require(
                    found == spelt,
                    "show tells a value as spelt says it would: only so the hub knows whether it drifted",
                    found=f"{field}: shown {found!r}, spelt {spelt!r}",
                    mend="bring both to one form: dates, decimals without needless zeros, None for nothing",
                )

    def test_a_removed_value_is_shown_as_none(self, connector: Watched, source: Source) -> None:
        desk, people = Desk(connector, source), people_of(source)
        fields = list(desk.names.values())
        desk.until_written(desk.records(0, people))
        desk.until_written([Record(people[0], dict.fromkeys(fields))])
        shown = connector.must("show", people[:1], fields)
        wrong = {field: value for field, value in shown[people[0]].items() if value is not None}
        require(
            not wrong, "nothing is shown as None, every field that was asked for", found=wrong, mend='turn "" into None'
        )
        spelt = {field: connector.must("spelt", None, field) for field in fields}
        require(not any(spelt.values()), "spelt(None, field) is None", found=spelt, mend="return None for None")

    def test_who_is_not_there_is_gone(self, connector: Watched, source: Source) -> None:
        desk, people = Desk(connector, source), people_of(source)
        shown = connector.must("show", [people[0], source.missing_person], list(desk.names.values()))
        require(
            isinstance(shown.get(source.missing_person), Gone) and not isinstance(shown.get(people[0]), Gone),
            "show names everybody who was asked for: Gone for those the source does not have",
            found=shown,
            mend='put Gone("...") under the id of whom the source left out',
        )

    def test_shared_fields_are_its_own(self, connector: Watched) -> None:
        shared = connector.connector.shared_fields  # type: ignore[attr-defined]
        require(
            isinstance(shared, frozenset) and shared <= set(connector.connector.default_fields),  # type: ignore[attr-defined]
            "shared_fields are some of default_fields, by our names",
            found=shared,
            mend='write frozenset({"referred_by"}), or an empty one',
        )

    def test_showing_in_trouble_is_tried_later(self, another: Opening, http: FaultyHttp, source: Source) -> None:
        for trouble in (refuse_connection, lose_answer):
            with http.meeting(trouble, every=True):
                desk = Desk(another(http), source)
                shown = desk.connector.tell("show", people_of(source), list(desk.names.values()))
            require(
                isinstance(shown, TryLater),
                "a source that cannot be reached is TryLater: an empty answer would say that nobody carries anything",
                found=repr(shown),
                mend="turn NotSent and AnswerLost into TryLater",
            )


class ChecksFieldsChecks(Ground):
    """Which fields cannot be written."""

    PART: ClassVar[str] = "checks_fields"

    def test_a_field_that_is_not_there_is_told_with_what_to_do(self, connector: Watched, source: Source) -> None:
        names = dict(Desk(connector, source).names)
        fine = connector.must("check_fields", names)
        require(not fine, "fields that are there are no problem", found=fine, mend="prepare the pretend vendor first")
        ours = next(iter(names))
        problems = connector.must("check_fields", {**names, ours: NO_SUCH_FIELD})
        require(
            set(problems) == {NO_SUCH_FIELD} and problems[NO_SUCH_FIELD].strip(),
            "check_fields names each field that cannot be written, with what to click",
            found=problems,
            mend="compare with the source's own description of the record",
        )
