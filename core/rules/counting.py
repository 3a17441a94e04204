"""Counting: which of a friend's orders count for a referral, decided from all of them together.

The decision is a function of state: orders sorted by when they were placed, never by when we heard of them.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.contract.events import OrderKind
from core.rules.attribution import RULING, Attribution, CodeFacts, RulingFacts, attribute, ruled
from core.rules.purchases import OrderFacts, Purchases, purchases
from core.rules.reasons import Reason
from core.rules.terms import SAME_PURCHASE, Terms

TAKEN_BACK = {
    OrderKind.ORDER: ("cancelled before it was paid", "cancelled after it was paid"),
    OrderKind.DEAL: ("not won, or is not any more", "taken away after it was won"),
    OrderKind.LEAD: ("given up before it was qualified", "given up after it was qualified"),
}


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
    """Whether one order counts (and then under which terms and for whom), with every reason.

    `same_as` is the id of the order that stands for the same purchase and counts instead.
    """

    order_id: str
    counts: bool
    terms: TermsInForce | None
    brought: Brought | None
    reasons: tuple[Reason, ...]
    same_as: str | None = None


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
    paid: Set[str] = frozenset(),
    *,
    is_returning: bool = False,
) -> list[Verdict]:
    """One verdict per order of one friend in one campaign; for those in `paid` a reward has left the hub already.

    A friend who `is_returning` bought something before what is known here.
    """
    return _Judge(orders, friend_id, versions, codes, key, paid, is_returning=is_returning).verdicts()


class _Judge:
    """Goes through one friend's purchases as they were placed."""

    def __init__(
        self,
        orders: Sequence[OrderFacts],
        friend_id: str,
        versions: Sequence[TermsInForce],
        codes: Mapping[str, CodeFacts],
        key: bytes,
        paid: Set[str],
        *,
        is_returning: bool,
    ) -> None:
        self.orders = sorted(orders, key=lambda order: order.key)
        self.friend_id = friend_id
        self.versions = versions
        self.codes = codes
        self.key = key
        self.paid = paid
        self.found = purchases(self.orders, self._reach, self._rank)
        self.rulings = _rulings(self.orders, self.found)
        self.brought: Brought | None = None
        self.has_bought_before = is_returning

    def verdicts(self) -> list[Verdict]:
        return [self._verdict(order) for order in self.orders]

    def _reach(self, moment: datetime) -> timedelta:
        version = terms_at(self.versions, moment)
        return version.terms.same_purchase if version else SAME_PURCHASE

    def _rank(self, order: OrderFacts) -> tuple[int, ...]:
        """Of one purchase the one that was paid for counts, and never one of a kind that the terms leave out."""
        version = terms_at(self.versions, order.placed_at)
        return (order.order_id not in self.paid, version is not None and order.kind not in version.terms.kinds)

    def _verdict(self, order: OrderFacts) -> Verdict:
        version = terms_at(self.versions, order.placed_at)
        twin = self.found.twins.get(order.order_id)
        if twin is not None:
            words = f"the same purchase as {_shown(twin.order)}, which counts once: {twin.why}"
            reason = Reason("duplicate", False, words)
            return Verdict(order.order_id, False, version, None, (reason,), twin.order.order_id)
        verdict = _not_yet(order) if version is None else self._judged(order, version)
        self.has_bought_before = self.has_bought_before or order.is_purchase
        return verdict

    def _judged(self, order: OrderFacts, version: TermsInForce) -> Verdict:
        found, brought = self._brought(order, version.terms)
        first = self._first(order) if version.terms.is_first_order_only else None
        return _judge_one(order, version, found, brought, self.friend_id, first)

    def _brought(self, order: OrderFacts, terms: Terms) -> tuple[Attribution, Brought | None]:
        """What names an advocate, and who it is: an operator's word about an order is about that order alone."""
        evidence = self.found.evidence.get(order.order_id, order.evidence)
        word = ruled(self.rulings.get(order.order_id), self.codes)
        found = word or attribute(evidence, self.codes, terms.precedence, self.key)
        own = _referral(order, found, self.friend_id)
        self.brought = self.brought or own
        return found, own if word else self.brought

    def _first(self, order: OrderFacts) -> Reason | None:
        """Whether it is the friend's first purchase; a lead is none, and does not have to be the first of anything."""
        if order.kind is OrderKind.LEAD:
            return None
        if self.has_bought_before:
            return Reason("first_order", False, "the friend had bought here before")
        paid = [one for one in self.orders if one.order_id in self.paid and one.is_purchase]
        if order.order_id not in self.paid and paid:
            words = f"a reward was already paid for {_shown(paid[0])} as the friend's first, and is paid once"
            return Reason("first_order", False, words)
        return Reason("first_order", True, "the friend's first order")


def _rulings(orders: Sequence[OrderFacts], found: Purchases) -> Mapping[str, RulingFacts]:
    """The newest word about each purchase, under the order that stands for it."""
    newest: dict[str, RulingFacts] = {}
    for order in orders:
        twin = found.twins.get(order.order_id)
        stands = twin.order.order_id if twin else order.order_id
        if order.ruling and (stands not in newest or newest[stands].said_at <= order.ruling.said_at):
            newest[stands] = order.ruling
    return newest


def _shown(order: OrderFacts) -> str:
    name = f"{order.kind} {order.name or order.source_id}"
    return f"{name} at {order.place}" if order.place else name


def _not_yet(order: OrderFacts) -> Verdict:
    reason = Reason("schedule", False, "the order was placed before the campaign began")
    return Verdict(order.order_id, False, None, None, (reason,))


def _referral(order: OrderFacts, found: Attribution, friend_id: str) -> Brought | None:
    if not found.code or found.code.advocate_id == friend_id or order.is_test:
        return None
    return Brought(found.code, found.decided_by, order.placed_at)


def _judge_one(
    order: OrderFacts,
    version: TermsInForce,
    found: Attribution,
    brought: Brought | None,
    friend_id: str,
    first: Reason | None,
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
    reasons += [*_order_rules(order, terms), *([first] if first else [])]
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
    if brought.referred_at == order.placed_at or brought.evidence == RULING:
        return Reason("referral", True, f"the code {brought.code.text} brought this friend")
    words = f"the code {brought.code.text} brought this friend on {brought.referred_at:%Y-%m-%d}"
    is_other = found.code is not None and found.code.code_id != brought.code.code_id
    return Reason("referral", True, f"{words}; a friend is brought once" if is_other else words)


def _standing(order: OrderFacts) -> Reason:
    # A paid order that is cancelled still counts here: its conversion is then reversed, which keeps the story.
    what = order.kind
    if not order.is_cancelled:
        return Reason("cancelled", True, f"the {what} stands")
    when = TAKEN_BACK[what][order.is_paid]
    return Reason("cancelled", order.is_paid, f"the {what} was {when}")


def _order_rules(order: OrderFacts, terms: Terms) -> list[Reason]:
    what = order.kind
    reasons = [
        Reason("test", not order.is_test, f"a test {what}" if order.is_test else f"a real {what}"),
        _standing(order),
    ]
    if order.kind is not OrderKind.ORDER or order.kind not in terms.kinds:
        counts = order.kind in terms.kinds
        reasons.append(Reason("kind", counts, f"a {what} {'counts' if counts else 'does not count'} in this campaign"))
    if order.kind is OrderKind.LEAD:
        return reasons  # a lead has no money yet
    minimum = terms.minimum.get(order.base.currency)
    words = f"the {what} is in {order.base.currency}, the campaign in {' and '.join(terms.currencies)}"
    reasons.append(Reason("currency", minimum is not None, words))
    if minimum is not None:
        enough = order.base.minor > 0 and minimum <= order.base
        reasons.append(Reason("minimum", enough, f"the {what}'s base is {order.base}, the minimum {minimum}"))
    return reasons
