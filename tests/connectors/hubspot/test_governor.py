"""All processes together stay below HubSpot's limits, and know when it wants to be left alone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from connectors.hubspot.answers import Slowed, refuse, until_midnight
from connectors.hubspot.governor import Governor
from referhub import Later, Memory, Record, TryLater, Usage
from tests.connectors.hubspot.support import ScriptedHttp, answer, connector, delivery, event

NO_ROWS = {"status": "COMPLETE", "results": []}


class Watch:
    """A clock that moves when somebody pauses."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds


def _governors(count: int, watch: Watch) -> list[Governor]:
    keep = Memory()
    return [Governor(lambda: keep, watch, watch.pause) for _ in range(count)]


def _patiently(watch: Watch, take: Callable[[], None]) -> float:
    """The time at which the call went through."""
    while True:
        try:
            take()
        except TryLater as problem:
            watch.pause(problem.after.total_seconds())
        else:
            return watch.now


def _most_within(times: list[float], seconds: float) -> int:
    return max(sum(1 for other in times if start <= other < start + seconds) for start in times)


@pytest.mark.parametrize("most", [10, 100, 190])
def test_two_processes_together_never_exceed_what_the_header_allows(most: int) -> None:
    """HS-25."""
    watch = Watch()
    governors = _governors(2, watch)
    for governor in governors:
        governor.note({"x-hubspot-ratelimit-max": str(most), "x-hubspot-ratelimit-interval-milliseconds": "10000"})
    times = []
    for number in range(4 * most):
        times.append(_patiently(watch, governors[number % 2].take))
        watch.pause(0.002)
    assert _most_within(times, 10.0) <= most
    assert len(times) / (times[-1] - times[0]) > 0.5 * most / 10.0


def test_calls_that_are_slow_still_count_until_they_are_sent() -> None:
    watch = Watch()
    (governor,) = _governors(1, watch)
    governor.note({"x-hubspot-ratelimit-max": "20"})
    times = []
    for _ in range(60):
        times.append(_patiently(watch, governor.take))
        watch.pause(0.7)
    assert _most_within(times, 10.0) <= 20


def _taken(governor: Governor, watch: Watch, calls: int) -> list[float]:
    """The times of as many calls as went through at once."""
    times = []
    for _ in range(calls):
        try:
            governor.take()
        except TryLater:
            break
        times.append(watch.now)
    return times


@pytest.mark.parametrize("later", [0.95, 5.0, 10.9])
def test_reserved_calls_that_are_made_at_the_last_moment_stay_below_the_limit_too(later: float) -> None:
    """HS-25: many processes reserve, make one call, and the rest of what they reserved only `later`."""
    watch = Watch()
    watch.pause = lambda _: (_ for _ in ()).throw(TryLater("no patience"))  # what would wait does not go through
    governors = _governors(25, watch)
    for governor in governors:
        governor.note({"x-hubspot-ratelimit-max": "190"})
    begins = watch.now
    times = [at for governor in governors for at in _taken(governor, watch, 1)]
    watch.now = begins + later
    times += [at for governor in governors for at in _taken(governor, watch, 7)]
    for seconds in (10.01, 11.01):
        watch.now = max(watch.now, begins + seconds)
        times += [at for governor in governors for at in _taken(governor, watch, 8)]
    assert _most_within(times, 10.0) <= 190
    assert len(times) > 190


def test_what_one_process_hears_of_the_limit_holds_for_the_other() -> None:
    watch = Watch()
    one, other = _governors(2, watch)
    one.note({"x-hubspot-ratelimit-max": "10"})
    one.take()
    times = [_patiently(watch, other.take) for _ in range(30)]
    assert _most_within(times, 10.0) <= 10


def test_searches_are_at_most_four_in_any_second() -> None:
    """HS-35."""
    watch = Watch()
    governors = _governors(2, watch)
    times = [_patiently(watch, governors[number % 2].take_search) for number in range(40)]
    assert _most_within(times, 1.0) <= 4


def test_a_short_wait_is_waited_and_a_long_one_is_told() -> None:
    watch = Watch()
    (governor,) = _governors(1, watch)
    for _ in range(5):
        governor.take_search()
    assert watch.now == pytest.approx(1_000_001.1)
    governor.note({"x-hubspot-ratelimit-max": "1"})
    watch.now += 60
    governor.take()
    with pytest.raises(TryLater) as later:
        governor.take()
    assert later.value.after > timedelta(seconds=1.5)


def test_a_call_costs_the_shared_text_only_now_and_then() -> None:
    watch, changes = Watch(), []

    class Counting(Memory):
        def change(self, name: str, work: Callable[[str | None], str]) -> str:
            changes.append(name)
            return super().change(name, work)

    keep = Counting()
    governor = Governor(lambda: keep, watch, watch.pause)
    for _ in range(40):
        governor.take()
    assert len(changes) <= 10


def test_a_kept_text_that_makes_no_sense_begins_anew() -> None:
    for text in ("", "[]", "{", '{"blocks": 7}', '{"blocks": [["x", 1]]}', '{"most": "many"}'):
        keep = Memory()
        keep.change("rate", lambda _, text=text: text)
        Governor(lambda keep=keep: keep, Watch()).take()


@pytest.mark.parametrize("told", ["", "-1", "1.5", "x", "9" * 12, "٣"])
def test_a_header_that_is_no_number_is_not_believed(told: str) -> None:
    watch = Watch()
    (governor,) = _governors(1, watch)
    governor.note({"x-hubspot-ratelimit-max": told, "x-hubspot-ratelimit-interval-milliseconds": told})
    governor.take()
    assert watch.now == 1_000_000.0


def _limited(policy: str, **headers: str) -> tuple[TryLater, Memory]:
    http = ScriptedHttp(answer({"message": "too many", "policyName": policy}, 429, **headers))
    keep = Memory()
    with pytest.raises(TryLater) as later:
        connector(http, keep).read_many([delivery(event("contact.creation"))])
    return later.value, keep


def test_a_rolling_limit_is_a_short_wait_for_all_processes() -> None:
    """HS-26."""
    later, keep = _limited("TEN_SECONDLY_ROLLING")
    assert timedelta(seconds=1) <= later.after <= timedelta(seconds=10)
    with pytest.raises(TryLater):
        connector(keep=keep).read_many([delivery(event("contact.creation"))])


def test_a_wait_that_hubspot_names_is_kept() -> None:
    """HS-26."""
    assert _limited("TEN_SECONDLY_ROLLING", retry_after="3")[0].after == timedelta(seconds=3)


def test_the_daily_limit_is_a_rest_until_the_portals_midnight_and_is_shown() -> None:
    """HS-26."""
    keep = _limited("DAILY")[1]
    other = connector(keep=keep)
    with pytest.raises(TryLater, match="today"):
        other.read_many([delivery(event("contact.creation"))])
    usage = other.usage()
    assert usage is not None
    assert "today" in usage.words


@pytest.mark.parametrize(
    ("now", "zone", "hours"),
    [
        ("2026-10-24T23:00:00+00:00", "Europe/Berlin", 24),  # at home it is the hour before the clock goes back
        ("2026-11-25T12:00:00+00:00", "UTC", 12),
        ("2026-11-25T12:00:00+00:00", "Pacific/Auckland", 23),
        ("2026-11-25T12:00:00+00:00", "US/Eastern", 17),
        ("2026-11-25T12:00:00+00:00", "Nowhere/AtAll", 12),
        ("2026-11-25T12:00:00+00:00", "", 12),
    ],
)
def test_a_daily_limit_ends_at_the_portals_own_midnight(now: str, zone: str, hours: int) -> None:
    """HS-26."""
    at = datetime.fromisoformat(now)
    assert until_midnight(at, zone) == timedelta(hours=hours)
    with pytest.raises(Slowed) as slowed:
        refuse(answer({"policyName": "DAILY"}, 429), now=at, zone=zone)
    assert (slowed.value.after, slowed.value.is_daily) == (timedelta(hours=hours), True)


def test_the_rest_of_a_day_begins_at_the_midnight_of_the_portal_that_was_asked() -> None:
    """HS-26."""
    later, keep = _limited("DAILY")
    there = until_midnight(datetime.now(UTC), json.loads(keep.get("portal") or "")["zone"])
    assert abs(later.after - there) < timedelta(minutes=1)
    assert abs(later.after - until_midnight(datetime.now(UTC), "UTC")) > timedelta(minutes=50)


def test_when_the_rest_is_over_every_process_goes_on_and_nobody_is_told_of_it_any_more() -> None:
    """HS-26."""
    watch = Watch()
    one, other = _governors(2, watch)
    one.rest(timedelta(hours=5), "HubSpot's limit for today is used up")
    one.rest(timedelta(seconds=3), "slower")  # a shorter wait takes nothing from a longer one
    watch.now += 5 * 3600 - 60
    for governor in (one, other):
        with pytest.raises(TryLater, match="today") as later:
            governor.take()
        assert later.value.after == timedelta(seconds=60)
    assert one.usage() == Usage(0, 0, "HubSpot's limit for today is used up")
    watch.now += 61
    for governor in (one, other):
        governor.take()
    assert one.usage() is None


def test_usage_is_what_the_headers_told() -> None:
    headers = {"x_hubspot_ratelimit_daily": "250000", "x_hubspot_ratelimit_daily_remaining": "249000"}
    http = ScriptedHttp(answer(NO_ROWS, **headers), answer(NO_ROWS, **headers))
    opened = connector(http)
    assert opened.usage() is None
    opened.read_many([delivery(event("contact.creation"))])
    assert opened.usage() == Usage(1_000, 250_000)


def _day(governor: Governor, left: int) -> None:
    governor.note({"x-hubspot-ratelimit-daily": "250000", "x-hubspot-ratelimit-daily-remaining": str(left)})


def test_the_last_tenth_of_a_day_is_left_to_what_pays_and_to_the_portals_other_apps() -> None:
    """All apps of a portal share the day's calls: whoever uses them up stops the others."""
    watch = Watch()
    one, other = _governors(2, watch)
    one.spare()
    _day(one, 25_000)
    one.spare()
    _day(one, 24_999)
    one.take()
    for governor in (one, other):
        with pytest.raises(TryLater, match="tenth") as later:
            governor.spare()
        assert later.value.after == timedelta(hours=1)
        governor.take()
    usage = other.usage()
    assert usage is not None
    assert (usage.used, usage.limit) == (225_001, 250_000)
    assert "tenth" in usage.words


def test_what_was_heard_of_the_day_is_asked_anew_after_an_hour() -> None:
    """At the portal's midnight there are calls again, and only a call can tell."""
    watch = Watch()
    one, other = _governors(2, watch)
    _day(one, 10)
    one.take()
    watch.now += 3_601
    one.spare()
    _day(other, 249_000)
    other.take()
    watch.now += 1
    one.take()
    one.spare()
    assert one.usage() == other.usage() == Usage(1_000, 250_000), "what was heard last holds, whoever heard it"


def test_with_few_calls_left_polls_and_fields_wait_and_hints_are_read() -> None:
    headers = {"x_hubspot_ratelimit_daily": "250000", "x_hubspot_ratelimit_daily_remaining": "9"}
    http = ScriptedHttp(*[answer(NO_ROWS, **headers)] * 4)
    opened = connector(http)
    opened.read_many([delivery(event("contact.creation"))])
    with pytest.raises(TryLater, match="tenth"):
        opened.poll(None, datetime.now(UTC))
    (outcome,) = opened.write([Record("201", {"referral_code": "A"})])
    assert isinstance(outcome, Later)
    assert "tenth" in outcome.reason
    opened.read_many([delivery(event("contact.creation"))])
    assert len(http.asked) == 4


def test_a_day_without_a_call_left_is_told_as_such() -> None:
    headers = {"x_hubspot_ratelimit_daily": "250000", "x_hubspot_ratelimit_daily_remaining": "0"}
    http = ScriptedHttp(answer(NO_ROWS, **headers), answer(NO_ROWS, **headers))
    opened = connector(http)
    opened.read_many([delivery(event("contact.creation"))])
    usage = opened.usage()
    assert usage is not None
    assert (usage.used, usage.limit) == (250_000, 250_000)
