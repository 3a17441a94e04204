"""What the overview says to whoever opens it: the things that wait for a person, the most pressing first."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.queries.attention import Attention
from core.queries.connections import ConnectionHealth
from core.queries.overview import Overview
from web.dashboard.chart import counted


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that waits, and where to go for it (`endpoint` is "" when there is no page for it)."""

    colour: str
    symbol: str
    title: str
    words: str
    endpoint: str = ""
    action: str = ""
    args: dict[str, str] = field(default_factory=dict)


def notices(seen: Overview, waits: Attention) -> list[Notice]:
    """Everything that waits for a person."""
    return [
        *_broken(seen),
        *_in_need(seen),
        *_parked(waits),
        *_in_review(waits),
        *_suspected(seen, waits),
        *_alarming(seen),
        *_proposed(waits),
        *_asked(waits),
        *_colliding(waits),
        *_unread(waits),
        *_refused_records(waits),
        *_resting(waits),
        *_late(seen),
    ]


def _broken(seen: Overview) -> Iterator[Notice]:
    if seen.check and seen.check.broken:
        yield Notice("red", "alert-triangle", "Pushing has stopped", seen.check.broken)


def _in_need(seen: Overview) -> Iterator[Notice]:
    for one in seen.connections:
        if one.health == "needs_attention":
            yield Notice("red", "plug-connected", one.label, one.hint, "dashboard.connections", "Show")


def _parked(waits: Attention) -> Iterator[Notice]:
    if waits.parked_pushes:
        title = counted(waits.parked_pushes, "push", "pushes") + " without a certain outcome"
        words = "The shop cannot tell what happened: look at the account and decide."
        yield Notice("red", "send", title, words, "dashboard.pushes", "Decide", {"state": "parked"})


def _in_review(waits: Attention) -> Iterator[Notice]:
    if waits.rewards_in_review:
        title = counted(waits.rewards_in_review, "reward") + " in review"
        words = "Approve or void; nothing goes on by itself."
        yield Notice("yellow", "gift", title, words, "dashboard.rewards", "Review", {"state": "review"})


def _suspected(seen: Overview, waits: Attention) -> Iterator[Notice]:
    if waits.fraud_cases:
        title = counted(waits.fraud_cases, "order") + " that fraud rules hold"
        late = f" {seen.fraud.late} waited for three days or longer." if seen.fraud.late else ""
        words = f"Each says what was found; approve it or void it.{late}"
        yield Notice("red" if late else "yellow", "eye-exclamation", title, words, "dashboard.fraud", "Review")


def _alarming(seen: Overview) -> Iterator[Notice]:
    if seen.fraud.alarm:
        title = "A fraud rule may be wrong"
        yield Notice("yellow", "eye-exclamation", title, f"{seen.fraud.alarm}.", "dashboard.fraud", "Show")
    if seen.fraud.gathers:
        title = "One account gathers more than its share"
        yield Notice("yellow", "eye-exclamation", title, f"{seen.fraud.gathers}.", "dashboard.leaderboard", "Show")


def _proposed(waits: Attention) -> Iterator[Notice]:
    if waits.open_proposals:
        title = counted(waits.open_proposals, "act") + " for a second person"
        words = "Nothing is done before somebody else than who asked says yes."
        yield Notice("yellow", "scale", title, words, "dashboard.proposals", "Decide")


def _colliding(waits: Attention) -> Iterator[Notice]:
    if waits.people_in_review:
        title = counted(waits.people_in_review, "pair", "pairs") + " of people may be one"
        words = "Merge them or keep them apart; until then they are two."
        yield Notice("yellow", "user", title, words, "dashboard.people", "Decide")


def _asked(waits: Attention) -> Iterator[Notice]:
    if waits.data_requests:
        title = counted(waits.data_requests, "person", "people") + " asked what is kept of them"
        words = "The law gives a month to hand the answer over."
        yield Notice("yellow", "user", title, words, "dashboard.people", "Answer")


def _unread(waits: Attention) -> Iterator[Notice]:
    if waits.unreadable_deliveries:
        title = counted(waits.unreadable_deliveries, "delivery", "deliveries") + " could not be read"
        words = "Nothing is lost: they are kept and can be replayed."
        yield Notice("yellow", "inbox", title, words, "dashboard.deliveries", "Show", {"state": "unreadable"})


def _refused_records(waits: Attention) -> Iterator[Notice]:
    if waits.parked_records:
        title = counted(waits.parked_records, "record") + " not written any more"
        words = "A source does not take what the hub writes there: its page says why, and tries again."
        yield Notice("yellow", "plug-connected", title, words, "dashboard.connections", "Show")


def _resting(waits: Attention) -> Iterator[Notice]:
    if waits.paused_campaigns:
        title = counted(waits.paused_campaigns, "campaign") + " paused without anybody's word"
        words = "A limit of its terms was reached, so no new order counts: referhub campaigns resume"
        yield Notice("yellow", "hourglass", title, words, "dashboard.campaigns", "Show")


def _late(seen: Overview) -> Iterator[Notice]:
    for one in seen.connections:
        if one.health == "late":
            yield Notice(
                "yellow",
                "clock",
                f"{one.label} is late",
                _backlog(one),
                "dashboard.deliveries",
                "Show",
                _inbox(one),
            )


def _backlog(one: ConnectionHealth) -> str:
    count = counted(one.backlog, "delivery waits", "deliveries wait")
    return f"{count} to be read, the oldest since {one.oldest_waiting_at:%Y-%m-%d %H:%M} UTC."


def _inbox(one: ConnectionHealth) -> dict[str, str]:
    return {"state": "stored", "connection": one.id}
