"""Trying terms on a made-up order: counting, rewarding and limits, each by the very rules for real ones."""

from collections import Counter as Uses
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.contract.events import Evidence, EvidenceKind, OrderKind
from core.contract.money import Money
from core.rules.attribution import CodeFacts, sign_token
from core.rules.conditions import Facts
from core.rules.counting import TermsInForce, Verdict, judge
from core.rules.facts import facts_of
from core.rules.identities import canonical_code
from core.rules.limits import Claim, counters, refusal
from core.rules.purchases import OrderFacts
from core.rules.reasons import Reason
from core.rules.rewarding import ADVOCATE, MILESTONE, Counted, base_of, grants, milestone_reached
from core.rules.simulating.made_up import MadeUp
from core.rules.terms.model import Terms

CODE, KEY = "MADE-UP", b"a made-up order"
FRIEND_ID, ADVOCATE_ID = "the friend", "the advocate"
LONG_AGO = timedelta(days=20 * 365)


@dataclass(frozen=True)
class Outcome:
    """What one side would get: the amount, or nothing because of `refused`. A milestone is the advocate's."""

    side: str
    amount: Money
    kind: str
    expires_days: int | None
    refused: str = ""


@dataclass(frozen=True)
class Tried:
    """Whether the order would count, rule by rule, what each side would get, and when."""

    counts: bool
    reasons: tuple[Reason, ...]
    outcomes: tuple[Outcome, ...]
    released_at: datetime | None


def try_order(terms: Terms, made_up: MadeUp) -> Tried:
    """What these terms would do with that order."""
    verdict = _judged(terms, made_up)
    is_owed = verdict.counts and verdict.order.is_paid and not verdict.order.is_cancelled
    outcomes = tuple(_outcomes(terms, made_up, verdict.order)) if is_owed else ()
    released_at = made_up.placed_at + terms.hold if outcomes else None
    return Tried(verdict.counts, verdict.reasons, outcomes, released_at)


def _judged(terms: Terms, made_up: MadeUp) -> Verdict:
    code = CodeFacts(
        "the code", "the campaign", FRIEND_ID if made_up.is_advocate else ADVOCATE_ID, CODE, is_active=True
    )
    order = _order(made_up)
    held = TermsInForce("these terms", terms, made_up.placed_at - LONG_AGO)
    verdicts = judge([order, *_before(order, made_up)], FRIEND_ID, [held], {canonical_code(CODE): code}, KEY)
    return next(one for one in verdicts if one.order_id == order.order_id)


def _order(made_up: MadeUp) -> OrderFacts:
    return OrderFacts(
        order_id="the order",
        source_id="the order",
        placed_at=made_up.placed_at,
        base=made_up.base,
        is_paid=made_up.is_paid,
        is_test=made_up.is_test,
        is_cancelled=made_up.is_cancelled,
        evidence=tuple(_trace(kind) for kind in made_up.traces),
        kind=made_up.kind,
        connection_id="the shop",
        shop_kind="shop",
        facts=Facts(dict(made_up.fields), made_up.lines),
    )


def _trace(kind: EvidenceKind) -> Evidence:
    is_signed = kind is EvidenceKind.SIGNED_ATTRIBUTE
    return Evidence(kind, sign_token(CODE, "click", KEY) if is_signed else CODE)


def _before(order: OrderFacts, made_up: MadeUp) -> list[OrderFacts]:
    """What the friend did earlier: got known by the same traces, or bought something else, brought by nobody."""
    earlier = []
    if made_up.brought_days_before:
        known = replace(order, order_id="brought", source_id="brought", kind=OrderKind.CONTACT, is_test=False)
        placed_at = order.placed_at - timedelta(days=made_up.brought_days_before)
        earlier.append(replace(known, placed_at=placed_at, base=Money.zero(order.base.currency)))
    if made_up.bought_days_before:
        bought = replace(order, order_id="bought", source_id="bought", kind=OrderKind.ORDER, is_test=False, evidence=())
        placed_at = order.placed_at - timedelta(days=made_up.bought_days_before)
        other = order.base + Money(1, order.base.currency)  # of another amount, or it might be the same purchase
        earlier.append(replace(bought, placed_at=placed_at, base=other, is_paid=True, is_cancelled=False))
    return earlier


def _outcomes(terms: Terms, made_up: MadeUp, order: OrderFacts) -> Iterator[Outcome]:
    base = base_of(order, terms)
    used = _used(made_up, base.currency)
    reached = milestone_reached(terms, made_up.number)
    for side, amount in grants(terms, Counted(base, facts_of(order), made_up.number)).items():
        promised = terms.rewards[ADVOCATE if side == MILESTONE else side]
        milestone = reached if side == MILESTONE else None
        owner = FRIEND_ID if side == "friend" else ADVOCATE_ID
        claim = Claim(side, owner, FRIEND_ID, amount, made_up.placed_at, milestone)
        asked = counters(claim, terms.limits, terms.limits)
        refused = refusal(asked, lambda name: used[_what(name)])
        for counter in asked if not refused else ():
            used[_what(counter.name)] += counter.takes
        yield Outcome(side, amount, promised.kind, promised.expires_days, refused)


def _what(name: str) -> str:
    """What a counter counts; a friend's has one for each side."""
    what = name.partition(":")[0]
    return f"{what}:{name.rpartition(':')[2]}" if what == "friend" else what


def _used(made_up: MadeUp, currency: str) -> Uses[str]:
    nothing = Money.zero(currency)
    return Uses(
        {
            "budget": made_up.promised.get(currency, nothing).minor,
            "advocate": made_up.advocate_rewards,
            "amount": made_up.earned.get(currency, nothing).minor,
            "friend:advocate": made_up.friend_rewards,
            "friend:friend": made_up.friend_rewards,
        }
    )
