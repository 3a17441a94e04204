"""The world of a replay: which terms a decision knew, what is tried in their place, and who is looked at together."""

from datetime import UTC, datetime, timedelta

from core.rules.counting import TermsInForce
from core.rules.order_rules import PauseFacts
from core.rules.replay.world import Alike, Course, Kin, Paused, Published
from core.rules.terms import parse_terms
from tests.support.hub import terms

DAY = timedelta(days=1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def version(name: str, since: datetime, **changes: object) -> TermsInForce:
    return TermsInForce(name, parse_terms(terms(**changes)), since)


def names(course: Course, number: int) -> list[tuple[str, datetime]]:
    return [(one.terms_id, one.effective_at) for one in course.at(number)]


def test_a_version_is_known_from_the_decision_after_it_was_published() -> None:
    course = Course([Published(5, version("second", NOON + DAY)), Published(2, version("first", NOON))])
    assert [len(course.at(number)) for number in (1, 2, 4, 5)] == [0, 1, 1, 2]
    assert names(course, 9) == [("first", NOON), ("second", NOON + DAY)]


def test_tried_terms_hold_in_their_period_and_what_held_at_its_end_holds_again() -> None:
    course = Course([Published(1, version("first", NOON)), Published(2, version("second", NOON + 4 * DAY))])
    tried = course.instead(version("tried", NOON + DAY), NOON + 6 * DAY)
    assert names(tried, 3) == [("first", NOON), ("tried", NOON + DAY), ("second", NOON + 6 * DAY)]
    assert names(course.instead(version("tried", NOON + DAY), NOON + 2 * DAY), 3) == [
        ("first", NOON),
        ("tried", NOON + DAY),
        ("first", NOON + 2 * DAY),
        ("second", NOON + 4 * DAY),
    ]


def test_a_pause_that_the_old_terms_made_by_themselves_is_not_made_under_others() -> None:
    pauses = [Paused(3, "p", PauseFacts(NOON)), Paused(4, "own", PauseFacts(NOON + DAY), is_own=True)]
    pauses += [Paused(6, "p", PauseFacts(NOON, NOON + DAY))]
    course = Course([], pauses)
    assert [len(course.pauses_at(number)) for number in (2, 3, 5)] == [0, 1, 2]
    assert course.pauses_at(6)[0] == PauseFacts(NOON, NOON + DAY)
    assert course.instead(version("tried", NOON), NOON + DAY).pauses_at(9) == (PauseFacts(NOON, NOON + DAY),)


def test_terms_are_alike_when_they_ask_the_same_of_an_order_whatever_they_give() -> None:
    alike = Alike()
    kinds = [
        alike.kind(parse_terms(terms(**changes)))
        for changes in (
            {},
            {"advocate": {"percent": "50"}, "limits": {"budget": "9.00"}, "hold": {"days": 1}},
            {"counts": {"minimum": "31.00"}},
            {"attribution": {"window_days": 1}},
        )
    ]
    assert kinds == [0, 0, 1, 2]


def test_kin_are_all_who_are_joined_by_somebody() -> None:
    kin = Kin([("c", "b"), ("x", "y"), ("b", "a")])
    assert {head: sorted(members) for head, members in kin.families().items()} == {
        "a": ["a", "b", "c"],
        "x": ["x", "y"],
    }
    assert (kin.head("c"), kin.head("nobody")) == ("a", "nobody")
