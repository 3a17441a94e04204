"""Why: the story of one order with the rule that decided, what would have changed it, and each receipt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.contract.money import Money
from core.queries.cases import cases
from core.queries.otherwise import otherwise
from core.queries.reward_story import RewardStory
from core.queries.timeline import Moment, timeline
from core.queries.trace import Decision, RuleResult, Trace, trace
from core.queries.why_words import FACTS, kind_words, outcome_words, reward_words, rule_words, side_words
from core.rules.what_if import Case, Otherwise, WhatIf, what_if


@dataclass(frozen=True, slots=True)
class CampaignWhy:
    """What one campaign (`*`: all of them) made of the order: `decided_by` names the rule, `because` what it found.

    `state` is the conversion's: pending, qualified or reversed; not_counted where there is none that stands. `what_if`
    are the changes that would have turned the outcome, `otherwise` those that would have changed its rewards, each
    found by judging again.
    """

    slug: str
    campaign: str
    counts: bool
    state: str
    decided_by: str
    because: str
    what_if: tuple[WhatIf, ...]
    otherwise: tuple[Otherwise, ...]


@dataclass(frozen=True, slots=True)
class ReceiptTold:
    """What a source says that it gave (or took back, if not `gives`): `receipt` is its own id of that."""

    reward_id: str
    side: str
    gives: bool
    kind: str
    amount: Money
    connection: str
    receipt: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderWhy:
    """The whole answer about one order; `answer` says it in a sentence or two."""

    trace: Trace
    answer: str
    campaigns: tuple[CampaignWhy, ...]
    receipts: tuple[ReceiptTold, ...]
    moments: tuple[Moment, ...]


def why_order(session: Session, order_id: str, key: bytes) -> OrderWhy | None:
    """Why the order with our id `order_id` counts or does not; None if there is none. About forty statements.

    `key` is the one that signed cart attributes are proven with.
    """
    told = trace(session, order_id)
    if told is None:
        return None
    judged = cases(session, order_id, key)
    rewarded = otherwise(session, order_id, judged)
    campaigns = tuple(_why(decision, judged, rewarded, told) for decision in told.decisions)
    return OrderWhy(told, _answer(told, campaigns), campaigns, receipts(told.rewards), tuple(timeline(told)))


def _why(
    decision: Decision, judged: Mapping[str, Case], rewarded: Mapping[str, tuple[Otherwise, ...]], told: Trace
) -> CampaignWhy:
    rule = deciding(decision)
    case = judged.get(decision.slug)
    return CampaignWhy(
        slug=decision.slug,
        campaign=decision.campaign,
        counts=decision.counts,
        state=_state(decision, told),
        decided_by=rule_words(rule.rule),
        because=rule.words,
        what_if=what_if(case, told.order.id) if case else (),
        otherwise=rewarded.get(decision.slug, ()),
    )


def deciding(decision: Decision) -> RuleResult:
    """The finding that says most: where the order counts who brought it, else the last rule that was not met."""
    if decision.counts:
        return next((one for one in decision.rules if one.rule == "ruling"), None) or _brought(decision.rules)
    failed = [one for one in decision.rules if not one.passed]
    strong = [one for one in failed if not one.rule.startswith(FACTS)]
    return (strong or failed or list(decision.rules))[-1]


def _brought(rules: Sequence[RuleResult]) -> RuleResult:
    return next((one for one in rules if one.rule == "referral" and one.passed), rules[0])


def _answer(told: Trace, campaigns: Sequence[CampaignWhy]) -> str:
    what = f"{told.order.kind.capitalize()} {told.order.name}"
    if not campaigns:
        return f"{what} was not looked at by any campaign yet."
    sentences = [_sentence(what, one) for one in campaigns]
    return " ".join([*sentences, *(f"{_upper(reward_words(story.reward))}." for story in told.rewards)])


def _sentence(what: str, one: CampaignWhy) -> str:
    return f"{what} {outcome_words(one.state, '' if one.slug == '*' else one.campaign)}: {one.because}."


def _state(decision: Decision, told: Trace) -> str:
    states = {row.state for row in told.conversions if row.campaign == decision.campaign}
    return min(states, default="qualified") if decision.counts else "not_counted"


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def receipts(stories: Sequence[RewardStory]) -> tuple[ReceiptTold, ...]:
    """What the sources proved that they gave or took back for these rewards, oldest first."""
    return tuple(sorted(_receipts(stories), key=lambda one: one.at))


def _receipts(stories: Sequence[RewardStory]) -> Iterator[ReceiptTold]:
    for story in stories:
        for push in story.pushes:
            if push.receipt and push.confirmed_at:
                yield ReceiptTold(
                    reward_id=story.reward.id,
                    side=story.reward.side,
                    gives=push.gives,
                    kind=push.kind,
                    amount=push.moved or push.amount,
                    connection=push.connection,
                    receipt=push.receipt,
                    at=push.confirmed_at,
                )


def receipt_words(one: ReceiptTold) -> str:
    """One receipt in words."""
    verb = "gave" if one.gives else "took back"
    return f"{one.connection} {verb} {one.amount} as {kind_words(one.kind)} ({side_words(one.side)}): {one.receipt}"
