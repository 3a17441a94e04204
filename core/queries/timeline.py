"""A trace told in the order of time: what happened, moment by moment, in plain words."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from core.contract.money import Money
from core.queries.acts import Act
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


def _order(trace: Trace) -> Iterator[Moment]:
    order = trace.order
    begun, taken_back = HAPPENED[order.kind]
    yield Moment(order.placed_at, "order", f"{order.kind.title()} {order.name} {begun}; {order.base} of it can count")
    if order.cancelled_at:
        yield Moment(order.cancelled_at, "order", f"{order.kind.title()} {order.name} {taken_back}")


def _deliveries(trace: Trace) -> Iterator[Moment]:
    for told in trace.deliveries:
        words = f"{told.connection} sent {told.topic}; stored, then acknowledged"
        yield Moment(told.received_at, "delivery", words)
        if told.read_at:
            yield Moment(told.read_at, "delivery", f"The {told.topic} delivery was read")


# What is said when it was found to count, by what it waits for now.
COUNTED = {"pending": "It will count in {campaign} once it is paid"}


def _conversions(trace: Trace) -> Iterator[Moment]:
    for one in trace.conversions:
        counts = COUNTED.get(one.state, "It counts in {campaign}").format(campaign=one.campaign)
        # Whose word it was before an operator spoke is not kept with the conversion.
        is_ruled = any(act.verb == "reattribute" and act.acted_at > one.converted_at for act in trace.acts)
        brought = "" if is_ruled else f": the code {one.code} brought this friend"
        words = f"{counts}{brought}; the hold ends {one.release_at:%Y-%m-%d %H:%M} UTC"
        yield Moment(one.converted_at, "decision", words)
        if one.verified_at:
            yield Moment(one.verified_at, "decision", f"Read again at the source: the {trace.order.kind} still stands")


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
    kind, side = kind_words(reward.kind), side_words(reward.side)
    for posting in story.postings:
        if posting.reward_id != reward.id or posting.what not in PROMISED:
            continue
        change = -sum(line.amount.minor for line in posting.lines if line.account == PROGRAMME)
        promised = change if posting.what == "grant" else promised + change
        amount = Money(promised, reward.granted.currency)
        yield Moment(posting.posted_at, "reward", PROMISED[posting.what].format(amount=amount, kind=kind, side=side))
    if not promised and reward.state == "void":
        words = f"{reward.granted} as {kind} could not be promised to {side}: {reason_words(reward.reason)}"
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
    _refunds,
)
