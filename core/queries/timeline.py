"""A trace told in the order of time: what happened, moment by moment, in plain words."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from core.contract.money import Money
from core.queries.acts import Act
from core.queries.heard import Heard
from core.queries.ledger import LedgerPosting
from core.queries.reward_story import RewardStory
from core.queries.totals import by_currency
from core.queries.trace import Trace
from core.queries.why_words import act_words, kind_words, reason_words, side_words


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened; `topic` is one of `order, delivery, decision, reward, push, act, ledger`."""

    at: datetime
    topic: str
    words: str


def timeline(trace: Trace) -> list[Moment]:
    """Every moment of the order's story, oldest first; at the same instant causes come before effects."""
    return sorted((moment for tell in TELLERS for moment in tell(trace)), key=lambda moment: moment.at)


# What is said of each kind when it came about, and when it was taken back.
HAPPENED = {
    "order": ("was placed", "was cancelled"),
    "deal": ("was closed", "was not won, or no longer is"),
    "lead": ("was qualified", "is no longer qualified"),
    "contact": ("was created", "is gone"),
}

# What is said once it is known that the friend bought. Terms may count a deal before it is won, so deals say nothing.
PAID = {"order": "The order is paid"}


def _order(trace: Trace) -> Iterator[Moment]:
    order = trace.order
    begun, taken_back = HAPPENED[order.kind]
    base = trace.heard[0].base if trace.heard else order.base
    yield Moment(order.placed_at, "order", f"{order.kind.title()} {order.name} {begun}; {base} of it can count")
    for before, after in pairwise(trace.heard):
        yield from _change(order.kind, before, after)
    if order.cancelled_at:
        yield Moment(order.cancelled_at, "order", f"{order.kind.title()} {order.name} {taken_back}")


def _change(kind: str, before: Heard, after: Heard) -> Iterator[Moment]:
    """What was new when the hub heard of the order once more."""
    if after.base != before.base:
        yield Moment(after.at, "order", f"From now on {after.base} of it can count, no longer {before.base}")
    if after.is_paid and not before.is_paid and kind in PAID:
        yield Moment(after.at, "order", PAID[kind])


def _was_paid(trace: Trace, at: datetime) -> bool:
    """Whether it was known at that time that the order is paid."""
    known = [one.is_paid for one in trace.heard if one.at <= at]
    return known[-1] if known else trace.order.is_paid


def _deliveries(trace: Trace) -> Iterator[Moment]:
    for told in trace.deliveries:
        words = f"{told.connection} sent {told.topic}; stored, then acknowledged"
        yield Moment(told.received_at, "delivery", words)
        if told.read_at:
            yield Moment(told.read_at, "delivery", f"The {told.topic} delivery was read")


WILL_COUNT, COUNTS = "It will count in {campaign} once it is paid", "It counts in {campaign}"


def _conversions(trace: Trace) -> Iterator[Moment]:
    for one in trace.conversions:
        is_early = one.state == "pending" or (trace.order.kind in PAID and not _was_paid(trace, one.converted_at))
        counts = (WILL_COUNT if is_early else COUNTS).format(campaign=one.campaign)
        # Whose word it was before an operator spoke is not kept with the conversion.
        is_ruled = any(act.verb == "reattribute" and act.acted_at > one.converted_at for act in trace.acts)
        brought = "" if is_ruled else f": the code {one.code} brought this friend"
        words = f"{counts}{brought}; the hold ends {one.release_at:%Y-%m-%d %H:%M} UTC"
        yield Moment(one.converted_at, "decision", words)
        if one.verified_at:
            yield Moment(one.verified_at, "decision", f"Read again at the source: the {trace.order.kind} still stands")


def _suspicions(trace: Trace) -> Iterator[Moment]:
    for one in trace.suspected:
        held = "could hold nothing any more" if one.is_of_paid else "hold its rewards for a person"
        yield Moment(one.at, "decision", f"Fraud rules {'stop its rewards' if one.is_blocked else held}: {one.words}")


def _refunds(trace: Trace) -> Iterator[Moment]:
    for refund in trace.refunds:
        words = f"{refund.amount} of the base was refunded (refund {refund.source_id})"
        yield Moment(refund.refunded_at, "order", words)
    for reversal in trace.reversals:
        words = f"{reversal.base} of the base no longer counts ({reversal.cause})"
        yield Moment(reversal.reversed_at, "decision", words)


def _rewards(trace: Trace) -> Iterator[Moment]:
    for story in trace.rewards:
        yield from reward_moments(story)


def reward_moments(story: RewardStory) -> Iterable[Moment]:
    """What happened to one reward."""
    side = side_words(story.reward.side)
    yield from _promises(story)
    for push in story.pushes:
        verb = "giving" if push.gives else "taking back"
        for told in push.story:
            yield Moment(told.at, "push", f"{verb.capitalize()} {push.amount} ({side}): {told.words}")
    for act in story.acts:
        yield _act(act)
    for posting in story.postings:
        yield Moment(posting.posted_at, "ledger", f"Booked as no. {posting.number}: {_sums(posting)} {posting.words}")


def _promises(story: RewardStory) -> Iterator[Moment]:
    """What was promised at first, and each time it became more or less: as it was then, not as it is now."""
    reward, promised = story.reward, 0
    told = [one for one in story.postings if one.reward_id == reward.id and one.what in PROMISED]
    kind, side = kind_words(reward.kind), side_words(reward.side)
    for posting in told:
        change = -sum(line.amount.minor for line in posting.lines if line.account == PROGRAMME)
        promised = change if posting.what == "grant" else promised + change
        words = PROMISED[posting.what] if promised else "From now on no {kind} is promised to {side}"
        amount = Money(promised, reward.granted.currency)
        yield Moment(posting.posted_at, "reward", words.format(amount=amount, kind=kind, side=side))
    if not told and reward.state == "void":
        why = f": {reason_words(reward.reason)}" if reward.reason else ""
        words = f"{reward.granted} as {kind} could not be promised to {side}{why}"
        yield Moment(reward.created_at, "reward", words)


def _acts(trace: Trace) -> Iterator[Moment]:
    for act in trace.acts:
        yield _act(act)


def _act(act: Act) -> Moment:
    return Moment(act.acted_at, "act", f"{act.actor} {act_words(act.verb)}" + (f": {act.detail}" if act.detail else ""))


def _sums(posting: LedgerPosting) -> str:
    """What the transaction moved: the sum of what it puts on accounts."""
    gained = [line.amount for line in posting.lines if line.amount.minor > 0]
    return " · ".join(str(money) for money in by_currency((one.currency, one.minor) for one in gained))


# What the ledger moves between the programme and a reward, in words; whatever is owed comes from the programme.
PROGRAMME = "programme"
PROMISED = {
    "grant": "{amount} as {kind} was promised to {side}",
    "adjust": "From now on {amount} as {kind} is promised to {side}",
}
TELLERS: tuple[Callable[[Trace], Iterator[Moment]], ...] = (
    _order,
    _deliveries,
    _conversions,
    _acts,
    _rewards,
    _suspicions,
    _refunds,
)
