"""Counting: which of a friend's orders count for a referral, decided from all of them together.

The decision is a function of state: orders sorted by when they were placed, never by when we heard of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.contract.events import Evidence
from core.contract.money import Money
from core.rules.attribution import Attribution, CodeFacts, attribute
from core.rules.reasons import Reason
from core.rules.terms import Terms


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """One order of a friend, as the decision sees it."""

    order_id: str
    source_id: str
    placed_at: datetime
    base: Money
    is_paid: bool
    is_test: bool
    is_cancelled: bool
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class TermsInForce:
    """A version of terms with the time from which it holds."""

    terms_id: str
    terms: Terms
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class Brought:
    """Who brought the friend, by which evidence, when."""

    code: CodeFacts
    evidence: str
    referred_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one order counts (and then under which terms and for whom), with every reason."""

    order_id: str
    counts: bool
    terms: TermsInForce | None
    brought: Brought | None
    reasons: tuple[Reason, ...]


def terms_at(versions: Sequence[TermsInForce], moment: datetime) -> TermsInForce | None:
    """The version that held at that time; `versions` are sorted by when they took effect."""
    held = [version for version in versions if version.effective_at <= moment]
    return held[-1] if held else None


def judge(
    orders: Sequence[OrderFacts],
    friend_id: str,
    versions: Sequence[TermsInForce],
    codes: Mapping[str, CodeFacts],
    key: bytes,
) -> list[Verdict]:
    """One verdict per order of one friend in one campaign."""
    brought: Brought | None = None
    verdicts: list[Verdict] = []
    has_bought_before = False
    for order in sorted(orders, key=lambda order: (order.placed_at, order.source_id)):
        version = terms_at(versions, order.placed_at)
        if version is None:
            verdicts.append(_not_yet(order))
        else:
            found = attribute(order.evidence, codes, version.terms.precedence, key)
            brought = brought or _referral(order, found, friend_id)
            verdicts.append(_judge_one(order, version, found, brought, friend_id, has_bought_before))
        has_bought_before = has_bought_before or _is_purchase(order)
    return verdicts


def _not_yet(order: OrderFacts) -> Verdict:
    reason = Reason("schedule", False, "the order was placed before the campaign began")
    return Verdict(order.order_id, False, None, None, (reason,))


def _is_purchase(order: OrderFacts) -> bool:
    return order.is_paid and not order.is_test and not order.is_cancelled


def _referral(order: OrderFacts, found: Attribution, friend_id: str) -> Brought | None:
    if not found.code or not found.evidence or found.code.advocate_id == friend_id or order.is_test:
        return None
    return Brought(found.code, found.evidence.kind, order.placed_at)


def _judge_one(
    order: OrderFacts,
    version: TermsInForce,
    found: Attribution,
    brought: Brought | None,
    friend_id: str,
    has_bought_before: bool,
) -> Verdict:
    terms = version.terms
    reasons = list(found.reasons)
    if found.code and found.code.advocate_id == friend_id:
        reasons.append(Reason("self_referral", False, "the buyer and the advocate are the same person"))
    elif brought is None:
        reasons += [Reason("test", False, "a test order brings nobody")] if order.is_test else []
        return Verdict(order.order_id, False, version, None, tuple(reasons))
    else:
        reasons.append(_who(order, found, brought))
        reasons.append(Reason("self_referral", True, "the buyer and the advocate are different people"))
    reasons += _order_rules(order, terms, has_bought_before)
    if brought:
        is_inside = order.placed_at - brought.referred_at <= terms.window
        reasons.append(
            Reason(
                "window",
                is_inside,
                f"the friend was brought on {brought.referred_at:%Y-%m-%d}; the window is {terms.window.days} days",
            )
        )
    # Evidence that names nobody is a fact, not an obstacle: one good trace is enough.
    is_met = all(reason.passed for reason in reasons if not reason.rule.startswith(("evidence.", "referral")))
    return Verdict(order.order_id, is_met and brought is not None, version, brought, tuple(reasons))


def _who(order: OrderFacts, found: Attribution, brought: Brought) -> Reason:
    if brought.referred_at == order.placed_at:
        return Reason("referral", True, f"the code {brought.code.text} brought this friend")
    words = f"the code {brought.code.text} brought this friend on {brought.referred_at:%Y-%m-%d}"
    is_other = found.code is not None and found.code.code_id != brought.code.code_id
    return Reason("referral", True, f"{words}; a friend is brought once" if is_other else words)


def _standing(order: OrderFacts) -> Reason:
    # A paid order that is cancelled still counts here: its conversion is then reversed, which keeps the story.
    if not order.is_cancelled:
        return Reason("cancelled", True, "the order stands")
    return Reason(
        "cancelled",
        order.is_paid,
        "the order was cancelled" + (" after it was paid" if order.is_paid else " before it was paid"),
    )


def _order_rules(order: OrderFacts, terms: Terms, has_bought_before: bool) -> list[Reason]:
    reasons = [
        Reason("test", not order.is_test, "a test order" if order.is_test else "a real order"),
        _standing(order),
        Reason(
            "currency",
            order.base.currency == terms.currency,
            f"the order is in {order.base.currency}, the campaign in {terms.currency}",
        ),
    ]
    if order.base.currency == terms.currency:
        enough = order.base.minor > 0 and terms.minimum <= order.base
        reasons.append(Reason("minimum", enough, f"the order's base is {order.base}, the minimum {terms.minimum}"))
    if terms.is_first_order_only:
        words = "the friend had bought here before" if has_bought_before else "the friend's first order"
        reasons.append(Reason("first_order", not has_bought_before, words))
    return reasons
