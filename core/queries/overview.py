"""The state of the hub at a glance: what was heard, decided, owed and given, and what waits for somebody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Campaign
from core.queries.advocates import count_advocates
from core.queries.connections import ConnectionHealth, Switches, connections
from core.queries.conversions import conversions_by_state
from core.queries.daily import Day, daily
from core.queries.deliveries import deliveries_by_state
from core.queries.fraud_numbers import FraudNumbers, fraud_numbers
from core.queries.ledger import receivable
from core.queries.orders import count_orders
from core.queries.pushes import pushes_by_state
from core.queries.rewards import RewardTotal, rewards_by_state
from core.queries.stopped import last_check_at, why_pushing_is_stopped
from core.queries.totals import by_currency
from core.rules.switches import LEFT_TO_PEOPLE

# Promised and not yet given: what the merchant still owes.
OWED = ("held", "review", "due", "pushing")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """When the invariants were last checked; `broken` is "" or names what does not hold and stops pushing."""

    checked_at: datetime
    broken: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The numbers of the first page. Money is per currency; counts are keyed by state."""

    orders: int
    advocates: int
    campaigns: dict[str, int]
    conversions: dict[str, int]
    rewards: tuple[RewardTotal, ...]
    owed: tuple[Money, ...]
    given: tuple[Money, ...]
    receivable: tuple[Money, ...]
    deliveries: dict[str, int]
    oldest_waiting_at: datetime | None
    pushes: dict[str, int]
    connections: tuple[ConnectionHealth, ...]
    days: tuple[Day, ...]
    fraud: FraudNumbers
    check: CheckResult | None


def overview(session: Session, now: datetime, switches: Switches = LEFT_TO_PEOPLE) -> Overview:
    """The state of the hub at `now`. About twenty statements, however much has happened."""
    totals, sources = tuple(rewards_by_state(session)), tuple(connections(session, now, switches))
    return Overview(
        orders=count_orders(session),
        advocates=count_advocates(session),
        campaigns=_campaigns(session),
        conversions=conversions_by_state(session),
        rewards=totals,
        owed=_sum(totals, OWED),
        given=_sum(totals, ("pushed", "netted", "clawed_back")),
        receivable=receivable(session),
        deliveries=deliveries_by_state(session),
        oldest_waiting_at=min((one.oldest_waiting_at for one in sources if one.oldest_waiting_at), default=None),
        pushes=pushes_by_state(session),
        connections=sources,
        days=daily(session, now),
        fraud=fraud_numbers(session, now),
        check=_check(session),
    )


def _sum(totals: tuple[RewardTotal, ...], states: tuple[str, ...]) -> tuple[Money, ...]:
    wanted = [money for total in totals if total.state in states for money in total.net]
    return by_currency((money.currency, money.minor) for money in wanted)


def _campaigns(session: Session) -> dict[str, int]:
    statement: Any = select(Campaign.state, func.count()).group_by(Campaign.state)
    return dict(session.execute(statement).all())


def _check(session: Session) -> CheckResult | None:
    checked_at = last_check_at(session)
    return CheckResult(checked_at, why_pushing_is_stopped(session)) if checked_at else None
