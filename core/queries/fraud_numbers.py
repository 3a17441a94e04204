"""Fraud numbers: how each rule judges, and whether the rules as a whole stop too much or too little."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Assessment, Campaign, Reward, StoredTerms
from core.queries.fraud import REMINDERS
from core.queries.listing import Statement, counted
from core.queries.standing import OPEN, REFUSED
from core.rules.fraud.strictness import EPOCH, InForce, Strictness, strictness
from core.rules.fraud_table import RULES
from core.rules.terms import Terms, parse_terms

# Out of so many conversions a share says something; more held than this is a rule gone wrong, less a dead one.
ENOUGH, TOO_MANY, TOO_FEW = 50, 0.20, 0.002
ENOUGH_FOR_FEW = 1_000
MONTH = timedelta(days=30)
COSTS_NOTHING = ("void", "withdrawn", "rejected")


@dataclass(frozen=True, slots=True)
class RuleRow:
    """How a campaign's terms let one rule judge now."""

    rule: str
    looks_for: str
    told: str
    mode: str
    points: int
    on_trial: bool
    settings: dict[str, int | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FraudNumbers:
    """Of the conversions judged since a month: how many were held or blocked, and what is wrong with that share.

    `late` are the cases that have waited for three days or longer; `gathers` says where one person gets more of a
    campaign's rewards than half.
    """

    judged: int
    stopped: int
    confirmed: int
    late: int
    alarm: str = ""
    gathers: str = ""


def fraud_numbers(session: Session, now: datetime) -> FraudNumbers:
    """What the rules did in the last thirty days, and whether that share is sound. Three statements."""
    recent = Assessment.assessed_at > now - MONTH
    by_state = counted(session, select(Assessment.state, func.count()).where(recent).group_by(Assessment.state))
    judged = sum(by_state.values())
    stopped = judged - by_state.get("clear", 0) - by_state.get("observed", 0)
    confirmed = sum(by_state.get(state, 0) for state in REFUSED)
    is_late = Assessment.state == OPEN, Assessment.opened_at <= now - REMINDERS[0]
    late = session.scalar(select(func.count(Assessment.id)).where(*is_late)) or 0
    return FraudNumbers(judged, stopped, confirmed, late, _alarm(judged, stopped), _gathers(session, now))


def _gathers(session: Session, now: datetime) -> str:
    """Of what was promised in the last thirty days in each campaign, in each currency."""
    each = _by_person(now).subquery()
    most, whole, rewards = func.max(each.c.got), func.sum(each.c.got), func.sum(each.c.rewards)
    query = select(Campaign.slug, each.c.currency, most, whole).join(Campaign, Campaign.id == each.c.campaign_id)
    query = query.group_by(Campaign.slug, each.c.currency).having(rewards >= ENOUGH, most * 2 > whole)
    rows = session.execute(query.order_by(Campaign.slug, each.c.currency))
    return "; ".join(_gathered(slug, *(Money(int(one), money) for one in sums)) for slug, money, *sums in rows)


def _by_person(now: datetime) -> Statement:
    """What everybody was promised of late, and how often."""
    got = func.sum(Reward.granted_minor - Reward.reversed_minor).label("got")
    query = select(Reward.campaign_id, Reward.currency, got, func.count().label("rewards"))
    counts = Reward.created_at > now - MONTH, Reward.state.not_in(COSTS_NOTHING)
    return query.where(*counts).group_by(Reward.campaign_id, Reward.currency, Reward.person_id)


def _gathered(slug: str, one: Money, whole: Money) -> str:
    return f"one person got {one} of the {whole} that {slug} promised in 30 days, more than half: referhub leaderboard"


def rule_modes(terms: Terms) -> list[RuleRow]:
    """How each rule judges under these terms, those that are off included; no trial is known of single terms."""
    return _modes(strictness([(terms.fraud, EPOCH)], EPOCH))


def rules_of(session: Session, slug: str, now: datetime) -> list[RuleRow] | None:
    """How each rule judges now under the terms in force for that campaign, or a draft's newest; None: no campaign."""
    query = select(StoredTerms).join(Campaign, Campaign.id == StoredTerms.campaign_id).where(Campaign.slug == slug)
    rows = session.scalars(query.order_by(StoredTerms.effective_at, StoredTerms.version)).all()
    published = [(parse_terms(row.body).fraud, row.effective_at) for row in rows if row.effective_at]
    in_force = [(terms, at) for terms, at in published if at <= now]
    if not in_force and rows:
        return rule_modes(parse_terms(max(rows, key=lambda row: row.version).body))
    return _modes(strictness(in_force, now)) if rows else None


def _modes(strict: Strictness) -> list[RuleRow]:
    in_force = {one.rule: one for one in strict.rules}
    return [_row(rule, in_force.get(rule)) for rule in RULES]


def _row(rule: str, judges: InForce | None) -> RuleRow:
    shipped = RULES[rule]
    return RuleRow(
        rule=rule,
        looks_for=shipped.looks_for,
        told=shipped.told,
        mode=str(judges.mode) if judges else "off",
        points=judges.points if judges else shipped.points,
        on_trial=judges is not None and judges.on_trial,
        settings={**judges.settings.numbers, **judges.settings.lists} if judges else {},
    )


def _alarm(judged: int, stopped: int) -> str:
    if judged >= ENOUGH and stopped > judged * TOO_MANY:
        return f"{stopped} of {judged} conversions were stopped: more than 20 %, so a rule is probably too strict"
    if judged >= ENOUGH_FOR_FEW and stopped < judged * TOO_FEW:
        return f"{stopped} of {judged} conversions were stopped: fewer than 0.2 %, so a rule is probably dead"
    return ""
