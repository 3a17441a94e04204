"""What campaigns shall reach, how far they are, and where their pace leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from core.contract.events import WITHOUT_MONEY
from core.models import Campaign, Conversion, Objective, Person, Reward, StoredOrder
from core.models.base import UtcTime
from core.queries.standing import STANDS
from core.rules.objectives import PACE, Counted, Goal, Measure, Progress, last_day, progress

LEFT_OUT = ("void", "withdrawn", "rejected")  # rewards that cost nothing
Statement: TypeAlias = Select[*tuple[Any, ...]]
Counts = dict[str, tuple[int, int]]  # by objective: in the whole period, and what the pace is measured on


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    """One objective as it stands; `so_far` and `lately` are what was counted, `definition` says how.

    `value`, `target`, `forecast`, `counted` and `counted_lately` are words; `part` is how much of the target is
    reached, from 0 to 100.
    """

    id: str
    campaign_id: str
    slug: str
    campaign: str
    measure: str
    title: str
    definition: str
    starts_at: datetime
    due_at: datetime
    by: str
    target: str
    value: str
    forecast: str
    state: str
    words: str
    part: int
    so_far: Counted
    lately: Counted
    counted: str
    counted_lately: str


def objectives(session: Session, now: datetime, slug: str = "", *, is_open: bool = False) -> list[ObjectiveRow]:
    """Every objective (of that campaign), the next one due first; with `is_open` only those whose period goes on.

    Six statements, however many there are.
    """
    statement = _wanted(slug)
    found = session.execute(statement.where(Objective.due_at > now) if is_open else statement).all()
    counted = {
        Measure.CUSTOMERS: _counts(session, _customers(now)),
        Measure.REVENUE: _counts(session, _revenue(now)),
        Measure.NEW_SHARE: _counts(session, _brought(now)),
        Measure.COST_PER_NEW: _counts(session, _cost(now)),
    }
    everybody = _counts(session, _newcomers(now))
    below = {Measure.NEW_SHARE: everybody, Measure.COST_PER_NEW: counted[Measure.NEW_SHARE]}
    rows = [_row(row, campaign, counted, below, now) for row, campaign in found]
    return sorted(rows, key=lambda one: (one.due_at, one.slug, tuple(Measure).index(Measure(one.measure))))


def _wanted(slug: str) -> Statement:
    statement = select(Objective, Campaign).join(Campaign, Campaign.id == Objective.campaign_id)
    statement = statement.order_by(Objective.currency)
    return statement.where(Campaign.slug == slug) if slug else statement


def _row(
    row: Objective,
    campaign: Campaign,
    counted: Mapping[Measure, Counts],
    below: Mapping[Measure, Counts],
    now: datetime,
) -> ObjectiveRow:
    measure = Measure(row.measure)
    goal = Goal(measure, row.target, row.currency, row.starts_at, row.due_at)
    whole, pace = counted[measure].get(row.id, (0, 0)), below.get(measure, {}).get(row.id, (0, 0))
    so_far, lately = Counted(whole[0], pace[0]), Counted(whole[1], pace[1])
    found = progress(goal, so_far, lately, now)
    return ObjectiveRow(
        id=row.id,
        campaign_id=campaign.id,
        slug=campaign.slug,
        campaign=campaign.name,
        measure=measure,
        title=goal.meaning.title,
        definition=goal.meaning.definition,
        starts_at=row.starts_at,
        due_at=row.due_at,
        by=last_day(row.due_at),
        target=goal.shown(row.target),
        value=goal.shown(found.value),
        forecast="" if found.forecast is None else goal.shown(found.forecast),
        state=found.state,
        words=found.words,
        part=_part(goal, found),
        so_far=so_far,
        lately=lately,
        counted=goal.told(so_far),
        counted_lately=goal.told(lately),
    )


def _part(goal: Goal, found: Progress) -> int:
    """How much of the target is reached; of a cost, how much of what it may be is used."""
    return min(100, 100 * (found.value or 0) // goal.target)


def _counts(session: Session, statement: Statement) -> Counts:
    return {objective: (int(whole or 0), int(lately or 0)) for objective, whole, lately in session.execute(statement)}


def _lately(at: Any, now: datetime, what: Any = 1) -> ColumnElement[int]:
    """The sum of `what` over that which happened in the last 28 days."""
    since = literal(now - PACE, UtcTime())
    return func.sum(case((at >= since, what), else_=0))


def _in_period(at: Any, now: datetime) -> ColumnElement[bool]:
    return and_(at >= Objective.starts_at, at < Objective.due_at, at <= literal(now, UtcTime()))


def _standing(*columns: Any, now: datetime) -> Statement:
    """Objectives with the conversions that stand and were placed in their period."""
    return (
        select(Objective.id, *columns)
        .select_from(Objective)
        .join(Conversion, Conversion.campaign_id == Objective.campaign_id)
        .join(StoredOrder, StoredOrder.id == Conversion.order_id)
        .where(STANDS, _in_period(StoredOrder.placed_at, now))
    )


def _customers(now: datetime) -> Statement:
    """Each friend once, on the day of the first purchase in the period."""
    first = func.min(StoredOrder.placed_at).label("first_at")
    friends = _standing(first, now=now).where(Objective.measure == Measure.CUSTOMERS)
    once = friends.group_by(Objective.id, StoredOrder.friend_id).subquery()
    return select(once.c.id, func.count(), _lately(once.c.first_at, now)).group_by(once.c.id)


def _revenue(now: datetime) -> Statement:
    net = Conversion.base_minor - Conversion.reversed_minor
    counted = _standing(func.sum(net), _lately(StoredOrder.placed_at, now, net), now=now)
    is_wanted = and_(Objective.measure == Measure.REVENUE, Conversion.currency == Objective.currency)
    return counted.where(is_wanted).group_by(Objective.id)


def _cost(now: datetime) -> Statement:
    """What was promised or given, less what was taken back; what was granted by hand counts on the day of its grant."""
    net, at = Reward.granted_minor - Reward.reversed_minor, func.coalesce(StoredOrder.placed_at, Reward.created_at)
    return (
        select(Objective.id, func.sum(net), _lately(at, now, net))
        .join(Reward, and_(Reward.campaign_id == Objective.campaign_id, Reward.currency == Objective.currency))
        .outerjoin(Conversion, Conversion.id == Reward.conversion_id)
        .outerjoin(StoredOrder, StoredOrder.id == Conversion.order_id)
        .where(Objective.measure == Measure.COST_PER_NEW, Reward.state.not_in(LEFT_OUT), _in_period(at, now))
        .group_by(Objective.id)
    )


def _is_purchase(order: Any) -> ColumnElement[bool]:
    """As a decision sees it: `core/rules/purchases.py:OrderFacts.is_purchase`, and not told twice."""
    bought = and_(order.is_paid, order.is_test.is_(False), order.cancelled_at.is_(None))
    return and_(bought, order.kind.not_in(WITHOUT_MONEY), order.same_as_id.is_(None))


def _first_purchases() -> ColumnElement[bool]:
    """Orders with which somebody became a customer."""
    earlier = aliased(StoredOrder)
    is_before = and_(earlier.friend_id == StoredOrder.friend_id, _is_earlier(earlier))
    had_bought = select(earlier.id).where(is_before, _is_purchase(earlier)).exists()
    returns = select(Person.id).where(Person.id == StoredOrder.friend_id, Person.is_returning).exists()
    return and_(_is_purchase(StoredOrder), StoredOrder.friend_id.is_not(None), ~had_bought, ~returns)


def _is_earlier(earlier: Any) -> ColumnElement[bool]:
    """Of two of one moment the one with the smaller id is the first, so that nobody becomes a customer twice."""
    is_same = and_(earlier.placed_at == StoredOrder.placed_at, earlier.id < StoredOrder.id)
    return or_(earlier.placed_at < StoredOrder.placed_at, is_same)


def _newcomers(now: datetime) -> Statement:
    """Everybody who became a customer in the period, whoever brought them."""
    return (
        select(Objective.id, func.count(), _lately(StoredOrder.placed_at, now))
        .join(StoredOrder, _in_period(StoredOrder.placed_at, now))
        .where(Objective.measure == Measure.NEW_SHARE, _first_purchases())
        .group_by(Objective.id)
    )


def _brought(now: datetime) -> Statement:
    """Those among them whose first purchase counts for the campaign and stands."""
    counted = _standing(func.count(), _lately(StoredOrder.placed_at, now), now=now)
    is_wanted = Objective.measure.in_((Measure.NEW_SHARE, Measure.COST_PER_NEW))
    return counted.where(is_wanted, _first_purchases()).group_by(Objective.id)
