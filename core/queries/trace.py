"""The story of one order: what was heard and found, what was decided by which rule, what became of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.contract.money import Money
from core.models import (
    Campaign,
    Connection,
    Conversion,
    Reversal,
    StoredDelivery,
    StoredOrder,
    StoredRefund,
    StoredTerms,
)
from core.queries.acts import Act, acts_on
from core.queries.conversions import ConversionRow, conversion_rows, with_people
from core.queries.deliveries import DeliveryRow, delivery_rows, row_of
from core.queries.heard import Heard, heard
from core.queries.orders import SamePurchase, same_purchases
from core.queries.people import Face, faces
from core.queries.reward_story import RewardStory, reward_stories
from core.queries.suspected import Suspected, suspected

MOST_DELIVERIES = 50


@dataclass(frozen=True, slots=True)
class TracedOrder:
    """The newest state of the order; `base` is what can count for a reward, before refunds."""

    id: str
    source_id: str
    name: str
    kind: str
    connection: str
    connector: str
    channel: str
    friend: Face | None
    base: Money
    is_paid: bool
    is_test: bool
    placed_at: datetime
    updated_at: datetime
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True)
class EvidenceFound:
    """One trace of a referral on the order, as the source gave it: it may be forged or nobody's."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule found."""

    rule: str
    passed: bool
    words: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What one campaign (`*`: all of them) made of the order, rule by rule.

    `terms_version` is None without a conversion.
    """

    slug: str
    campaign: str
    terms_version: int | None
    counts: bool
    rules: tuple[RuleResult, ...]


@dataclass(frozen=True, slots=True)
class RefundTold:
    """One refund of the order; `amount` is its share of the base."""

    source_id: str
    amount: Money
    refunded_at: datetime


@dataclass(frozen=True, slots=True)
class ReversalMade:
    """The share of a conversion's base that one cause took back."""

    conversion_id: str
    cause: str
    base: Money
    reversed_at: datetime


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything the hub knows of one order; of its rewards the advocate's comes first.

    `same_as` are the orders of other connections that tell of the same purchase: the one that counts, or the others;
    `acts` what people did about the order itself and its fraud cases, which `suspected` holds; `heard` what was known
    of it from which time on.
    """

    order: TracedOrder
    heard: tuple[Heard, ...]
    deliveries: tuple[DeliveryRow, ...]
    evidence: tuple[EvidenceFound, ...]
    decisions: tuple[Decision, ...]
    conversions: tuple[ConversionRow, ...]
    refunds: tuple[RefundTold, ...]
    reversals: tuple[ReversalMade, ...]
    rewards: tuple[RewardStory, ...]
    same_as: tuple[SamePurchase, ...]
    acts: tuple[Act, ...]
    suspected: tuple[Suspected, ...]


def trace(session: Session, order_id: str) -> Trace | None:
    """The story of the order with our id `order_id`; None if there is none. About twenty statements."""
    order = session.get(StoredOrder, order_id)
    if order is None:
        return None
    statement = conversion_rows().where(Conversion.order_id == order_id).order_by(Conversion.id)
    found = session.execute(statement).all()
    conversions = with_people(session, found)
    cases = suspected(session, [conversion.id for conversion in conversions])
    return Trace(
        order=_order(session, order),
        heard=heard(session, order),
        deliveries=_deliveries(session, order),
        evidence=tuple(EvidenceFound(str(one["kind"]), str(one["value"])) for one in order.evidence),
        decisions=_decisions(session, order, [row.Conversion for row in found]),
        conversions=conversions,
        refunds=_refunds(session, order),
        reversals=_reversals(session, conversions),
        rewards=tuple(reward_stories(session, [conversion.id for conversion in conversions])),
        same_as=_same_as(session, order),
        acts=acts_on(session, [f"order:{order.id}", *(f"assessment:{case.id}" for case in cases)]),
        suspected=cases,
    )


def _same_as(session: Session, order: StoredOrder) -> tuple[SamePurchase, ...]:
    """The order that counts instead; for one that counts itself, the others: of the same friend, which has an index."""
    is_other = and_(StoredOrder.friend_id == order.friend_id, StoredOrder.same_as_id == order.id)
    return same_purchases(session, StoredOrder.id == order.same_as_id if order.same_as_id else is_other)


def _order(session: Session, order: StoredOrder) -> TracedOrder:
    connection = session.get_one(Connection, order.connection_id)
    return TracedOrder(
        id=order.id,
        source_id=order.source_id,
        name=order.name,
        kind=order.kind,
        connection=connection.label,
        connector=connection.connector,
        channel=order.channel,
        friend=faces(session, [order.friend_id]).get(order.friend_id or ""),
        base=order.base,
        is_paid=order.is_paid,
        is_test=order.is_test,
        placed_at=order.placed_at,
        updated_at=order.updated_at,
        cancelled_at=order.cancelled_at,
    )


def _deliveries(session: Session, order: StoredOrder) -> tuple[DeliveryRow, ...]:
    is_about = or_(StoredDelivery.subject == order.source_id, StoredDelivery.id == order.delivery_id)
    statement = (
        delivery_rows()
        .where(
            StoredDelivery.connection_id == order.connection_id, or_(is_about, StoredDelivery.id == order.delivery_id)
        )
        .order_by(StoredDelivery.received_at, StoredDelivery.id)
        .limit(MOST_DELIVERIES)
    )
    return tuple(row_of(row) for row in session.execute(statement))


def _decisions(session: Session, order: StoredOrder, made: Iterable[Conversion]) -> tuple[Decision, ...]:
    by_id = {conversion.campaign_id: conversion for conversion in made}
    is_meant = or_(Campaign.slug.in_(order.reasons), Campaign.id.in_(by_id))
    campaigns = session.scalars(select(Campaign).where(Campaign.merchant_id == order.merchant_id, is_meant)).all()
    names = {row.slug: row.name for row in campaigns}
    conversions = {row.slug: by_id[row.id] for row in campaigns if row.id in by_id}
    versions = _versions(session, conversions)
    # A conversion's own reasons say more: also why it stays although the order no longer qualifies.
    reasons: dict[str, Any] = order.reasons | {slug: one.reasons for slug, one in conversions.items()}
    return tuple(
        Decision(
            slug=slug,
            campaign=names.get(slug, "Every campaign"),
            terms_version=versions.get(slug),
            counts=slug in conversions and conversions[slug].state != "withdrawn",
            rules=tuple(_rule(told) for told in rules),
        )
        for slug, rules in sorted(reasons.items())
    )


def _versions(session: Session, conversions: Mapping[str, Conversion]) -> dict[str, int]:
    terms_ids = [conversion.terms_id for conversion in conversions.values()]
    statement = select(StoredTerms.id, StoredTerms.version).where(StoredTerms.id.in_(terms_ids))
    found = dict(session.execute(statement).all())
    return {slug: found[conversion.terms_id] for slug, conversion in conversions.items()}


def _rule(told: Mapping[str, Any]) -> RuleResult:
    return RuleResult(str(told["rule"]), bool(told["passed"]), str(told["words"]))


def _refunds(session: Session, order: StoredOrder) -> tuple[RefundTold, ...]:
    statement = (
        select(StoredRefund)
        .where(StoredRefund.connection_id == order.connection_id, StoredRefund.order_source_id == order.source_id)
        .order_by(StoredRefund.refunded_at, StoredRefund.id)
    )
    return tuple(
        RefundTold(refund.source_id, Money(refund.amount_minor, refund.currency), refund.refunded_at)
        for refund in session.scalars(statement)
    )


def _reversals(session: Session, conversions: Iterable[ConversionRow]) -> tuple[ReversalMade, ...]:
    currency = {conversion.id: conversion.base.currency for conversion in conversions}
    statement = select(Reversal).where(Reversal.conversion_id.in_(currency)).order_by(Reversal.reversed_at, Reversal.id)
    return tuple(
        ReversalMade(row.conversion_id, row.cause, Money(row.base_minor, currency[row.conversion_id]), row.reversed_at)
        for row in session.scalars(statement)
    )
