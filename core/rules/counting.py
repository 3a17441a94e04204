"""Counting: which of a friend's orders count for a referral, decided from all of them together.

The decision is a function of state: orders sorted by when they were placed, never by when we heard of them.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.contract.events import WITHOUT_MONEY
from core.rules.attribution import RULING, Attribution, CodeFacts, RulingFacts, attribute, in_use, ruled
from core.rules.order_rules import SCHEDULE, PauseFacts, as_terms_see, order_rules, schedule_of
from core.rules.purchases import OrderFacts, Purchases, purchases
from core.rules.reasons import Reason
from core.rules.terms import SAME_PURCHASE, SIDES, Terms, Touch

# What these rules say of an order is told, and is no obstacle to its counting.
NO_OBSTACLE = ("evidence.", "referral", *(f"{side}." for side in SIDES))


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

    `same_as` is the id of the order that stands for the same purchase and counts instead. `order` is the order as these
    terms see it: a deal may count in a stage in which its source does not call it won.
    """

    order: OrderFacts
    counts: bool
    terms: TermsInForce | None
    brought: Brought | None
    reasons: tuple[Reason, ...]
    same_as: str | None = None

    @property
    def order_id(self) -> str:
        """Which order it is about."""
        return self.order.order_id


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
    pauses: Sequence[PauseFacts] = (),
) -> list[Verdict]:
    """One verdict per order of one friend in one campaign; for those in `paid` a reward has left the hub already.

    A friend who `is_returning` bought something before what is known here. What is ordered in one of the `pauses` does
    not count.
    """
    return _Judge(orders, friend_id, versions, codes, key, paid, is_returning=is_returning, pauses=pauses).verdicts()


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
        pauses: Sequence[PauseFacts],
    ) -> None:
        self.versions = versions
        self.orders = sorted(map(self._seen, orders), key=lambda order: order.key)
        self.friend_id = friend_id
        self.pauses = pauses
        self.codes = codes
        self.key = key
        self.paid = paid
        self.found = purchases(self.orders, self._reach, self._rank)
        self.rulings = _rulings(self.orders, self.found)
        self.brought: Brought | None = None
        self.is_returning = is_returning
        self.bought_at: datetime | None = None  # the newest purchase before the order in hand

    def verdicts(self) -> list[Verdict]:
        return [self._verdict(order) for order in self.orders]

    def _seen(self, order: OrderFacts) -> OrderFacts:
        version = terms_at(self.versions, order.placed_at)
        return as_terms_see(order, version.terms) if version else order

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
            return Verdict(order, False, version, None, (reason,), twin.order.order_id)
        verdict = _not_yet(order) if version is None else self._judged(order, version)
        self.bought_at = order.placed_at if order.is_purchase else self.bought_at
        return verdict

    def _judged(self, order: OrderFacts, version: TermsInForce) -> Verdict:
        schedule = schedule_of(order.placed_at, version.terms, self.pauses)
        found, brought = self._brought(order, version.terms, brings=schedule.passed)
        first = self._first(order, version.terms) if version.terms.is_first_order_only else None
        told = [*([] if schedule.passed else [schedule]), *([first] if first else [])]
        return _judge_one(order, version, found, brought, self.friend_id, told)

    def _brought(self, order: OrderFacts, terms: Terms, *, brings: bool) -> tuple[Attribution, Brought | None]:
        """What names an advocate, and who it is: an operator's word about an order is about that order alone.

        What is ordered while the campaign rests brings nobody; who is new again may be brought anew.
        """
        if self._is_lapsed(order, terms):
            self.brought = None
        evidence = self.found.evidence.get(order.order_id, order.evidence)
        word = ruled(self.rulings.get(order.order_id), self.codes)
        found = word or attribute(evidence, in_use(self.codes, order.placed_at), terms.precedence, self.key)
        own = _referral(order, found, self.friend_id)
        if own and brings and (self.brought is None or (terms.touch is Touch.LAST and not word)):
            self.brought = own
        return found, own if word else self.brought

    def _is_lapsed(self, order: OrderFacts, terms: Terms) -> bool:
        """True for a friend who bought nothing for as long as the terms say that makes them new again."""
        return (
            terms.new_after is not None
            and self.bought_at is not None
            and order.placed_at - self.bought_at > terms.new_after
        )

    def _first(self, order: OrderFacts, terms: Terms) -> Reason | None:
        """Whether it is the friend's first purchase; a lead is none, and does not have to be the first of anything."""
        if order.kind in WITHOUT_MONEY:
            return None
        is_lapsed = self._is_lapsed(order, terms)
        if (self.bought_at is not None or self.is_returning) and not is_lapsed:
            return Reason("first_order", False, "the friend had bought here before")
        bought = [one for one in self.orders if one.order_id in self.paid and one.is_purchase]
        paid = [one for one in bought if _are_rivals(one, order, terms)]
        if order.order_id not in self.paid and paid:
            words = f"a reward was already paid for {_shown(paid[0])} as the friend's first, and is paid once"
            return Reason("first_order", False, words)
        words = "the friend's first order"
        if is_lapsed and terms.new_after is not None:
            words = f"the friend had bought nothing for {terms.new_after.days} days, and is new again"
        return Reason("first_order", True, words)


def _are_rivals(paid: OrderFacts, order: OrderFacts, terms: Terms) -> bool:
    """True for two orders of which only one can be the first: where friends become new again, two far apart can."""
    return terms.new_after is None or abs(paid.placed_at - order.placed_at) <= terms.new_after


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
    reason = Reason(SCHEDULE, False, "the order was placed before the campaign began")
    return Verdict(order, False, None, None, (reason,))


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
    told: Sequence[Reason],
) -> Verdict:
    """The verdict from who brought the friend, from what was `told` of the time and of earlier orders, and the rest."""
    terms = version.terms
    reasons = list(found.reasons)
    if found.code and found.code.advocate_id == friend_id:
        reasons.append(Reason("self_referral", False, "the buyer and the advocate are the same person"))
    elif brought is None:
        reasons += [Reason("test", False, "a test order brings nobody")] if order.is_test else []
        reasons += [one for one in told if one.rule == SCHEDULE]
        return Verdict(order, False, version, None, tuple(reasons))
    else:
        reasons.append(_who(order, found, brought, terms.touch))
        reasons.append(Reason("self_referral", True, "the buyer and the advocate are different people"))
    reasons += [*order_rules(order, terms), *told, *([_window(order, brought, terms)] if brought else [])]
    # Evidence that names nobody is a fact, not an obstacle: one good trace is enough.
    is_met = all(reason.passed for reason in reasons if not reason.rule.startswith(NO_OBSTACLE))
    return Verdict(order, is_met and brought is not None, version, brought, tuple(reasons))


def _window(order: OrderFacts, brought: Brought, terms: Terms) -> Reason:
    is_inside = order.placed_at - brought.referred_at <= terms.window
    words = f"the friend was brought on {brought.referred_at.date()}; the window is {terms.window.days} days"
    return Reason("window", is_inside, words)


def _who(order: OrderFacts, found: Attribution, brought: Brought, touch: Touch) -> Reason:
    if brought.referred_at == order.placed_at or brought.evidence == RULING:
        return Reason("referral", True, f"the code {brought.code.text} brought this friend")
    words = f"the code {brought.code.text} brought this friend on {brought.referred_at.date()}"
    is_other = found.code is not None and found.code.code_id != brought.code.code_id
    once = "a friend is brought once" if touch is Touch.FIRST else "nothing on this order brings them anew"
    return Reason("referral", True, f"{words}; {once}" if is_other else words)
