"""The offers: their terms as they were written, how much of the budget is promised, what they brought."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Allowance, Campaign, CampaignPause, Code, Conversion, StoredTerms
from core.rules.limits import BUDGET, UNBOUNDED

TABLES = ("campaign", "counts", "attribution", "advocate", "friend", "hold", "limits")


@dataclass(frozen=True, slots=True)
class TermsVersion:
    """One version of terms: `stated` are the places and values of its document, in reading order.

    What is not stated has its default. `effective_at` is None until the version is published.
    """

    version: int
    effective_at: datetime | None
    stated: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Spent:
    """What was promised in one currency, and the budget that it counts against (None: none was set)."""

    promised: Money
    budget: Money | None

    @property
    def left(self) -> Money | None:
        """What may still be promised."""
        return self.budget - self.promised if self.budget else None


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One campaign; `holds` are the terms in force, `next` what is drafted or will hold later.

    `spent` is by currency, and empty before anything could be promised; `conversions` is what counts.
    """

    id: str
    slug: str
    name: str
    state: str
    created_at: datetime
    holds: TermsVersion | None
    next: TermsVersion | None
    spent: tuple[Spent, ...]
    codes: int
    conversions: int


def campaigns(session: Session, now: datetime) -> list[CampaignRow]:
    """Every campaign as it stands at `now`, the newest first. Six statements."""
    versions: dict[str, list[StoredTerms]] = {}
    for terms in session.scalars(select(StoredTerms).order_by(StoredTerms.version)):
        versions.setdefault(terms.campaign_id, []).append(terms)
    budgets: dict[str, dict[str, Allowance]] = {}
    for counter in session.scalars(select(Allowance).where(Allowance.name.startswith(f"{BUDGET}:"))):
        budgets.setdefault(counter.campaign_id, {})[counter.name] = counter
    codes = _count(session, Code.campaign_id, Code.is_active & Code.ended_at.is_(None))
    conversions = _count(session, Conversion.campaign_id, Conversion.state != "withdrawn")
    paused = set(session.scalars(select(CampaignPause.campaign_id).where(_lasts(now))))
    return [
        CampaignRow(
            id=row.id,
            slug=row.slug,
            name=row.name,
            state="paused" if row.id in paused else row.state,
            created_at=row.created_at,
            codes=codes.get(row.id, 0),
            conversions=conversions.get(row.id, 0),
            **_terms(versions.get(row.id, []), budgets.get(row.id, {}), now),
        )
        for row in session.scalars(select(Campaign).order_by(Campaign.id.desc()))
    ]


def _lasts(now: datetime) -> ColumnElement[bool]:
    ends = or_(CampaignPause.until_at.is_(None), CampaignPause.until_at > now)
    return and_(CampaignPause.from_at <= now, ends)


def _count(session: Session, key: Any, condition: Any) -> dict[str, int]:
    return dict(session.execute(select(key, func.count()).where(condition).group_by(key)).all())


def _terms(versions: Sequence[StoredTerms], budgets: Mapping[str, Allowance], now: datetime) -> dict[str, Any]:
    """The terms in force and the ones to come, and what was promised by currency."""
    holds = in_force(versions, now)
    later = [one for one in versions if one.effective_at is None or one.effective_at > now]
    return {
        "holds": _version(holds) if holds else None,
        "next": _version(later[-1]) if later else None,
        "spent": tuple(_spent(name, budgets[name]) for name in sorted(budgets)),
    }


def _spent(name: str, counter: Allowance) -> Spent:
    currency = name.partition(":")[2]
    budget = Money(counter.ceiling, currency) if counter.ceiling < UNBOUNDED else None
    return Spent(Money(counter.used, currency), budget)


def in_force(versions: Sequence[StoredTerms], now: datetime) -> StoredTerms | None:
    """The version of one campaign's terms that holds at `now`; None before the first does."""
    begun = [one for one in versions if one.effective_at is not None and one.effective_at <= now]
    return max(begun, key=lambda one: (one.effective_at, one.version), default=None)


def _version(terms: StoredTerms) -> TermsVersion:
    return TermsVersion(terms.version, terms.effective_at, tuple(sorted(_stated(terms.body), key=_reading_order)))


def _reading_order(stated: tuple[str, str]) -> tuple[int, str]:
    """The order of the document's tables; the database itself does not keep one."""
    table = stated[0].partition(".")[0]
    return (TABLES.index(table) if table in TABLES else len(TABLES), stated[0])


def _stated(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _stated(value, f"{prefix}{name}.")
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            for number, one in enumerate(value):
                yield from _stated(one, f"{prefix}{name}[{number}].")
        else:
            yield f"{prefix}{name}", _words(value)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
