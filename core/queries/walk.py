"""The walk of an order in seven stops, each done, next, stopped or not reached: the trace at a glance."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from core.queries.trace import Decision, Trace

DONE, NEXT, STOPPED, AHEAD = "done", "next", "stopped", "ahead"
GIVEN = frozenset({"pushed", "netted", "clawed_back"})
ENDED = frozenset({"rejected", "void", "withdrawn"})
NOT_RELEASED = frozenset({"held", "review", "void", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the walk; `state` is one of `done, next, stopped, ahead`."""

    name: str
    state: str
    words: str
    at: datetime | None = None


def walk(trace: Trace) -> tuple[Stop, ...]:
    """All seven stops. After one that is not done, the rest is ahead."""
    stops: list[Stop] = []
    for stop in _stops(trace):
        is_reached = all(earlier.state == DONE for earlier in stops)
        stops.append(stop if is_reached else Stop(stop.name, AHEAD, ""))
    return tuple(stops)


def _stops(trace: Trace) -> Iterator[Stop]:
    yield _heard(trace)
    yield _decided(trace)
    yield _promised(trace)
    yield _released(trace)
    yield _verified(trace)
    yield _given(trace)
    yield _booked(trace)


def _heard(trace: Trace) -> Stop:
    first = min((one.received_at for one in trace.deliveries), default=None)
    return Stop("Heard", DONE, f"from {trace.order.connection}", first or trace.order.placed_at)


def _decided(trace: Trace) -> Stop:
    counting = [one for one in trace.conversions if one.state != "withdrawn"]
    if counting:
        return Stop("Decided", DONE, f"counts in {counting[0].campaign}", counting[0].converted_at)
    if not trace.decisions:
        return Stop("Decided", NEXT, "not looked at yet")
    return Stop("Decided", STOPPED, _why_not(trace.decisions))


def _why_not(decisions: tuple[Decision, ...]) -> str:
    """The reason that stopped the order: the last rule that was not met says most."""
    failed = [rule.words for decision in decisions for rule in decision.rules if not rule.passed]
    return failed[-1] if failed else "it does not count"


def _promised(trace: Trace) -> Stop:
    if not trace.rewards:
        is_pending = any(one.state == "pending" for one in trace.conversions)
        return Stop("Promised", NEXT, "once the order is paid" if is_pending else "no reward was granted")
    count = len(trace.rewards)
    words = "1 reward" if count == 1 else f"{count} rewards"
    return Stop("Promised", DONE, words, min(story.reward.created_at for story in trace.rewards))


def _released(trace: Trace) -> Stop:
    ends = max((one.release_at for one in trace.conversions), default=None)
    states = {story.reward.state for story in trace.rewards}
    if states and states <= ENDED:
        return Stop("Held", STOPPED, "nothing is left to give", ends)
    is_over = bool(states - NOT_RELEASED)
    return Stop("Held", DONE if is_over else NEXT, "the hold is over" if is_over else "the hold ends", ends)


def _verified(trace: Trace) -> Stop:
    at = max((one.verified_at for one in trace.conversions if one.verified_at), default=None)
    return Stop("Verified", DONE if at else NEXT, "read again at the source" if at else "before anything is given", at)


def _given(trace: Trace) -> Stop:
    given = [story for story in trace.rewards if story.reward.state in GIVEN]
    refused = [story for story in trace.rewards if story.reward.state in ENDED | {"review"}]
    at = max((push.confirmed_at for story in given for push in story.pushes if push.confirmed_at), default=None)
    words = f"{len(given)} of {len(trace.rewards)}"
    if len(given) == len(trace.rewards):
        return Stop("Pushed", DONE, words, at)
    return Stop("Pushed", STOPPED if refused else NEXT, words, at)


def _booked(trace: Trace) -> Stop:
    postings = {posting.number: posting.posted_at for story in trace.rewards for posting in story.postings}
    words = "1 ledger transaction" if len(postings) == 1 else f"{len(postings)} ledger transactions"
    return Stop("Booked", DONE if postings else NEXT, words, max(postings.values(), default=None))
