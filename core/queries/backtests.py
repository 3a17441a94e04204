"""Backtests: which terms were tried on which period, and what would have been different."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import Backtest, Campaign
from core.queries.listing import DEFAULT_SIZE, Listing, Place, Statement, listing
from core.rules.replay.comparing import Difference


@dataclass(frozen=True, slots=True)
class BacktestRow:
    """One backtest; `version` is the campaign's version that was tried, None for terms that are not kept."""

    id: str
    campaign_id: str
    slug: str
    campaign: str
    ran_at: datetime
    since: datetime
    until: datetime
    version: int | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """What the period came to under one of the two terms: `liability` is what of the `cost` had not left the hub."""

    conversions: int
    reversed: int
    rewards: int
    refused: int
    cost: tuple[Money, ...]
    liability: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """Everything that is kept of one backtest; `differing` are the first of the `differ` orders that differ."""

    row: BacktestRow
    orders: int
    differ: int
    before: Side
    after: Side
    differing: tuple[Difference, ...]


def backtests(
    session: Session, *, campaign_id: str | None = None, place: Place | None = None, size: int = DEFAULT_SIZE
) -> Listing[BacktestRow]:
    """Backtests, the newest first; perhaps of one campaign only. One statement."""
    statement = _statement()
    if campaign_id is not None:
        statement = statement.where(Backtest.campaign_id == campaign_id)
    return listing(session, statement, Backtest.id, lambda found: _row(found[0], found[1]), place, size)


def backtest(session: Session, backtest_id: str) -> BacktestReport | None:
    """One backtest with its figures and the orders that differ; None where there is none of that id."""
    found = session.execute(_statement().where(Backtest.id == backtest_id)).one_or_none()
    return None if found is None else report(found[0], found[1])


def newest(session: Session, campaign_id: str, version: int) -> BacktestRow | None:
    """The newest backtest of that version of a campaign's terms; None while it was not tried."""
    tried = _statement().where(Backtest.campaign_id == campaign_id, Backtest.version == version)
    found = session.execute(tried.order_by(Backtest.ran_at.desc(), Backtest.id.desc()).limit(1)).one_or_none()
    return None if found is None else _row(found[0], found[1])


def report(row: Backtest, campaign: Campaign) -> BacktestReport:
    """What is kept of a backtest, read."""
    told = row.summary
    return BacktestReport(
        _row(row, campaign),
        told["orders"],
        told["differ"],
        _side(told["before"]),
        _side(told["after"]),
        tuple(_difference(one) for one in row.orders),
    )


def _statement() -> Statement:
    return select(Backtest, Campaign).join(Campaign, Campaign.id == Backtest.campaign_id)


def _row(row: Backtest, campaign: Campaign) -> BacktestRow:
    words = tuple(row.summary["words"])
    return BacktestRow(
        row.id, campaign.id, campaign.slug, campaign.name, row.ran_at, row.since, row.until, row.version, words
    )


def _side(told: Mapping[str, Any]) -> Side:
    counts = {name: told[name] for name in ("conversions", "reversed", "rewards", "refused")}
    return Side(**counts, cost=_money(told["cost"]), liability=_money(told["liability"]))


def _money(told: Mapping[str, int]) -> tuple[Money, ...]:
    return tuple(Money(minor, currency) for currency, minor in sorted(told.items()))


def _difference(told: Mapping[str, str]) -> Difference:
    placed_at = datetime.fromisoformat(told["placed_at"])
    return Difference(told["order_id"], told["name"], placed_at, told["before"], told["after"], told["words"])
