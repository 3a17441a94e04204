"""The forecast of a budget: what is promised and still open, and when it is used up at the pace of the last 28 days."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Allowance, Reward, StoredTerms
from core.queries.campaigns import in_force
from core.queries.limits_kept import OWED_NOTHING
from core.rules.limits import budget_name
from core.rules.terms import Terms, parse_terms

PACE = timedelta(days=28)
DAY = timedelta(days=1)
FAR = timedelta(days=3650)
HELD, DUE = ("held", "review"), ("due", "pushing", "rejected")


@dataclass(frozen=True, slots=True)
class Forecast:
    """One currency of a campaign: its budget (None: unlimited), and what of it is promised, held and due.

    `a_day` is what was promised a day in the last 28 days, or since the campaign began; `used_up_at` when the budget is
    used up at that pace (None: never, or not within ten years).
    """

    budget: Money | None
    promised: Money
    held: Money
    due: Money
    a_day: Money
    used_up_at: datetime | None

    @property
    def words(self) -> str:
        """The forecast as a sentence."""
        open_now = f"{self.held} are held and {self.due} are due"
        if self.budget is None:
            return f"{self.promised} are promised, without a budget; {open_now}"
        told = f"{self.promised} of {self.budget} are promised; {open_now}"
        if self.promised.minor >= self.budget.minor:
            return f"{told}; the budget is used up"
        if not self.a_day.minor:
            return f"{told}; nothing was promised in the last 28 days, so the rest lasts"
        until = f"until {self.used_up_at.date()}" if self.used_up_at else "for more than ten years"
        return f"{told}; at {self.a_day} a day the rest lasts {until}"


def forecast(session: Session, campaign_id: str, now: datetime) -> list[Forecast]:
    """One for each currency of the terms in force, the main one first; none before anything is published."""
    query = select(StoredTerms).filter_by(campaign_id=campaign_id).where(StoredTerms.effective_at.is_not(None))
    versions = list(session.scalars(query))
    holds = in_force(versions, now)
    if holds is None:
        return []
    terms, begun = parse_terms(holds.body), min(one.effective_at for one in versions if one.effective_at)
    return [_of(session, campaign_id, terms, currency, begun, now) for currency in terms.currencies]


def _of(session: Session, campaign_id: str, terms: Terms, currency: str, begun: datetime, now: datetime) -> Forecast:
    used = select(Allowance.used).filter_by(campaign_id=campaign_id, name=budget_name(currency))
    budget, promised = terms.limits.budget.get(currency), Money(session.scalar(used) or 0, currency)
    since = max(begun, now - PACE)
    days = max((now - since) / DAY, 1.0)
    lately = _sum(session, campaign_id, currency, Reward.state.not_in(OWED_NOTHING), Reward.created_at >= since)
    left = budget.minor - promised.minor if budget else 0
    return Forecast(
        budget=budget,
        promised=promised,
        held=_sum(session, campaign_id, currency, Reward.state.in_(HELD)),
        due=_sum(session, campaign_id, currency, Reward.state.in_(DUE)),
        a_day=Money(round(lately.minor / days), currency),
        used_up_at=_used_up(left, lately.minor, days, now) if budget else None,
    )


def _used_up(left: int, lately: int, days: float, now: datetime) -> datetime | None:
    if left <= 0:
        return now
    wait = timedelta(days=min(left / lately * days, FAR.days)) if lately > 0 else FAR
    return now + wait if wait < FAR else None


def _sum(session: Session, campaign_id: str, currency: str, *where: object) -> Money:
    owed = func.coalesce(func.sum(Reward.granted_minor - Reward.reversed_minor), 0)
    query = select(owed).where(Reward.campaign_id == campaign_id, Reward.currency == currency, *where)  # type: ignore[arg-type]
    return Money(int(session.scalar(query) or 0), currency)
