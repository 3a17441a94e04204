"""Objectives: a campaign's goals are set, set anew and dropped."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.contract.errors import Mendable, Unreadable
from core.contract.money import Money
from core.gateway.hub import Hub
from core.models import Campaign, Objective, StoredTerms, new_id
from core.rules.objectives import MEANINGS, PERCENT, Measure
from core.rules.terms import parse_terms
from core.services.audit import note
from core.services.book import lock
from core.services.campaigns import find
from core.services.connections import NotFound

COUNT = re.compile(r"[1-9][0-9]{0,8}")
SHARE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
DAY = timedelta(days=1)


class BadObjective(Mendable, ValueError):
    """A goal that cannot be; the text says what to write instead."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A goal as somebody typed it; `by` is its last day and `since` its first, both UTC.

    Without `since` it counts from when the campaign began; without `currency` in the campaign's own.
    """

    measure: Measure
    target: str
    by: str
    since: str = ""
    currency: str = ""


def set_objective(hub: Hub, slug: str, wish: Wish) -> Objective:
    """The campaign has this goal, instead of an earlier one of that measure and currency.

    Raises `BadObjective`, or `NotFound` for a campaign that is not there.
    """
    with hub.database.transaction() as session:
        campaign = find(session, slug)
        lock(session, campaign.merchant_id)
        currency = _currency(session, campaign, wish)
        target, due_at = _target(wish, currency), _day(wish.by, "by") + DAY
        starts_at = _day(wish.since, "from") if wish.since else _begun_at(session, campaign, hub.now())
        _check_period(starts_at, due_at, hub.now())
        row = _kept(session, campaign, wish.measure, currency)
        if row is None:
            row = Objective(id=new_id(), merchant_id=campaign.merchant_id, campaign_id=campaign.id)
            session.add(row)
        row.measure, row.currency, row.target = wish.measure, currency, target
        row.starts_at, row.due_at, row.created_at = starts_at, due_at, hub.now()
        words = f"{wish.measure} {wish.target} {currency}".strip() + f" by {wish.by}"
        note(session, campaign.merchant_id, "set_objective", f"campaign:{slug}", words, hub.now())
        return row


def drop_objective(hub: Hub, slug: str, measure: Measure, currency: str = "") -> None:
    """The campaign has that goal no more. Raises `NotFound` when it has none."""
    with hub.database.transaction() as session:
        campaign = find(session, slug)
        lock(session, campaign.merchant_id)
        currency = _currency(session, campaign, Wish(measure, "", "", currency=currency))
        row = _kept(session, campaign, measure, currency)
        if row is None:
            raise NotFound(f"{slug} has no such objective: `referhub objectives list` shows all")
        session.delete(row)
        note(session, campaign.merchant_id, "drop_objective", f"campaign:{slug}", str(measure), hub.now())


def _kept(session: Session, campaign: Campaign, measure: Measure, currency: str) -> Objective | None:
    query = select(Objective).filter_by(campaign_id=campaign.id, measure=measure, currency=currency)
    return session.scalars(query).one_or_none()


def _currency(session: Session, campaign: Campaign, wish: Wish) -> str:
    """The goal's currency, or "" where it is not about money."""
    if not MEANINGS[wish.measure].has_currency:
        if wish.currency:
            raise BadObjective(f"{wish.measure} is not counted in money: leave out --currency")
        return ""
    query = select(StoredTerms).filter_by(campaign_id=campaign.id).order_by(StoredTerms.version.desc())
    known = parse_terms(session.scalars(query.limit(1)).one().body).currencies
    if wish.currency and wish.currency not in known:
        raise BadObjective(f"{campaign.slug} does not count {wish.currency}: write {' or '.join(known)}")
    return wish.currency or known[0]


def _target(wish: Wish, currency: str) -> int:
    if wish.measure is Measure.CUSTOMERS:
        return _whole(wish.target)
    return _money(wish.target, currency) if currency else _share(wish.target)


def _whole(text: str) -> int:
    if not COUNT.fullmatch(text):
        raise BadObjective(f"--target: {text[:40]!r} does not fit; write how many customers, such as 100")
    return int(text)


def _share(text: str) -> int:
    hundredths = int(Decimal(text) * PERCENT) if SHARE.fullmatch(text) else 0
    if not 0 < hundredths <= PERCENT * PERCENT:
        raise BadObjective(f"--target: {text[:40]!r} does not fit; write a percentage from 0.01 to 100, such as 20")
    return hundredths


def _money(text: str, currency: str) -> int:
    try:
        amount = Money.parse(text, currency)
    except Unreadable:
        amount = Money.zero(currency)
    if amount.minor <= 0 or amount.decimal != Decimal(text):
        example = Money(1000, currency).text()
        raise BadObjective(f"--target: {text[:40]!r} does not fit; write an amount in {currency}, such as {example}")
    return amount.minor


def _day(text: str, option: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise BadObjective(f"--{option}: {text[:40]!r} is no day; write it like 2027-01-31") from None


def _check_period(starts_at: datetime, due_at: datetime, now: datetime) -> None:
    if due_at <= now:
        raise BadObjective("--by: that day is over; write one that is still to come")
    if due_at <= starts_at:
        raise BadObjective(f"--by: the period would end before it begins, on {starts_at:%Y-%m-%d}; write a later day")


def _begun_at(session: Session, campaign: Campaign, now: datetime) -> datetime:
    """When the campaign's first terms took effect; now for one that is a draft."""
    query = select(func.min(StoredTerms.effective_at)).where(StoredTerms.campaign_id == campaign.id)
    return session.scalar(query) or now
