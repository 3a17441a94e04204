"""Cases: a friend's orders under one course of terms, and what each decision about them asks for.

It follows `core/services/convert.py` step by step; a test replays made-up histories and compares both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.contract.events import OrderKind
from core.contract.money import Money
from core.rules.conditions import Facts
from core.rules.counting import TermsInForce, Verdict
from core.rules.facts import facts_of
from core.rules.purchases import OrderFacts
from core.rules.replay.steps import Ask
from core.rules.replay.telling import Telling
from core.rules.reversing import Refunded, shares, shares_elsewhere
from core.rules.rewarding import ADVOCATE, FRIEND, Counted, are_numbered, asks_for_facts, base_of, grants
from core.rules.terms import Terms

NO_FACTS = Facts()
People = tuple[tuple[str, str], ...]
Promised = tuple[tuple[int, tuple[tuple[str, int], ...]], ...]
Asked = dict[str, tuple[Ask | None, str]]


@dataclass(slots=True)
class _Case:
    """One order that counted at least once: its conversion."""

    version: TermsInForce
    base: Money
    state: str = "pending"
    reversed_minor: int = 0

    def standing(self, order: OrderFacts) -> str:
        """Whether anything of it is left; what has no base stands until it is taken back."""
        is_over = self.reversed_minor >= self.base.minor if self.base.minor else order.is_cancelled
        return "reversed" if is_over else "qualified"


@dataclass(slots=True)
class _Scene:
    """What one decision sees of one friend."""

    friend: str
    tellings: Mapping[str, Telling]
    shop_orders: Mapping[str, Telling] = field(default_factory=dict)
    ruled: frozenset[str] = frozenset()


class Promises:
    """What versions of terms grant; what only depends on the terms is found out once."""

    def __init__(self) -> None:
        self._steps: dict[str, tuple[list[int], bool]] = {}

    def of(self, version: TermsInForce, base: Money, order: OrderFacts) -> Promised:
        """What each side is granted, from which of the advocate's conversions on."""
        terms = version.terms
        known = self._steps.get(version.terms_id)
        if known is None:
            known = self._steps[version.terms_id] = (steps_in(terms), asks_for_facts(terms))
        steps, asks = known
        facts = facts_of(order) if asks else NO_FACTS
        return tuple((number or 0, _granted(terms, Counted(base, facts, number))) for number in (None, *steps))


class Cases:
    """The conversions of one family of friends under one course of terms."""

    def __init__(self, campaign_id: str, promises: "Promises") -> None:
        self._campaign_id = campaign_id
        self._promises = promises
        self._cases: dict[str, _Case] = {}

    def paid_among(self, tellings: Sequence[Telling]) -> set[str]:
        """The ids of those orders of which a reward has left the hub."""
        return {one.order.order_id for one in tellings if self._is_paid_for(one)} if self._cases else set()

    def follow(self, friend: str, tellings: Sequence[Telling], verdicts: Sequence[Verdict]) -> Asked:
        """What these verdicts ask for each of the friend's orders that counts or counted."""
        known = {one.order.order_id: one for one in tellings}
        ruled = frozenset(one.same_as or one.order_id for one in verdicts if known[one.order_id].order.ruling)
        shop_orders = _shop_orders(verdicts, known) if len(known) > 1 else {}
        scene = _Scene(friend, known, shop_orders, ruled)
        return {verdict.order_id: self._follow(verdict, scene) for verdict in verdicts}

    def _is_paid_for(self, telling: Telling) -> bool:
        marks = telling.marks.get(self._campaign_id)
        return bool(marks) and telling.order.order_id in self._cases

    def _follow(self, verdict: Verdict, scene: _Scene) -> tuple[Ask | None, str]:
        case = self._cases.get(verdict.order_id)
        if verdict.counts and verdict.brought and verdict.terms:
            if case is None:
                case = _Case(verdict.terms, base_of(verdict.order, verdict.terms.terms))
                self._cases[verdict.order_id] = case
            return self._settled(case, verdict, scene), ""
        why = _obstacle(verdict)
        return (None if case is None else self._withdrawn(case, verdict, scene)), why

    def _settled(self, case: _Case, verdict: Verdict, scene: _Scene) -> Ask:
        telling = scene.tellings[verdict.order_id]
        order, is_paid = verdict.order, self._is_paid_for(telling)
        if not is_paid:
            case.base = base_of(order, case.version.terms)
        self._reverse(case, telling, order, scene)
        state = case.standing(order) if order.is_paid else "pending"
        if state == "pending" and is_paid:
            state = case.state  # what was earned stays earned
        case.state = state
        if state == "pending":
            return self._ask("withdraw", case)
        promised = self._promises.of(case.version, case.base, order)
        people = _people(verdict, scene)
        return self._ask("settle", case, people, promised, is_ruled=verdict.order_id in scene.ruled)

    def _withdrawn(self, case: _Case, verdict: Verdict, scene: _Scene) -> Ask | None:
        telling = scene.tellings[verdict.order_id]
        is_ruled = verdict.order_id in scene.ruled
        if self._is_paid_for(telling) and not is_ruled:
            self._reverse(case, telling, verdict.order, scene)
            if case.state != "pending":
                case.state = case.standing(verdict.order)
            is_own = any(one.rule == "self_referral" and not one.passed for one in verdict.reasons)
            return self._ask("follow and withdraw" if is_own else "follow", case)
        if case.state == "withdrawn":
            return None
        case.state = "withdrawn"
        return self._ask("withdraw", case, _people(verdict, scene), is_ruled=is_ruled)

    def _reverse(self, case: _Case, telling: Telling, order: OrderFacts, scene: _Scene) -> None:
        refunds, is_cancelled = list[Refunded](telling.refunds), order.is_cancelled
        there = scene.shop_orders.get(order.order_id)
        if there is not None:
            refunds += shares_elsewhere(there.order.base, there.refunds, case.base)
            is_cancelled = is_cancelled or there.order.is_cancelled
        if refunds or is_cancelled or case.reversed_minor:
            taken = shares(case.base, refunds, order.placed_at if is_cancelled else None)
            case.reversed_minor = sum(share.amount_minor for share in taken)

    def _ask(
        self, what: str, case: _Case, people: People = (), promised: Promised = (), *, is_ruled: bool = False
    ) -> Ask:
        base, terms_id = case.base, case.version.terms_id
        taken = case.reversed_minor
        return Ask(what, case.state, base.minor, taken, base.currency, terms_id, people, promised, is_ruled)


def _granted(terms: Terms, counted: Counted) -> tuple[tuple[str, int], ...]:
    return tuple((side, amount.minor) for side, amount in grants(terms, counted).items())


def _people(verdict: Verdict, scene: _Scene) -> People:
    """Who brought whom by that verdict, if anybody did."""
    return ((ADVOCATE, verdict.brought.code.advocate_id), (FRIEND, scene.friend)) if verdict.brought else ()


def steps_in(terms: Terms) -> list[int]:
    """The numbers of an advocate's conversions from which on a reward is another one, if numbers matter at all."""
    told: set[int] = {1} if are_numbered(terms) else set()
    for promised in terms.rewards.values():
        told |= {tier.from_number for tier in promised.tiers}
        told |= {at for milestone in promised.milestones for at in (milestone.at, milestone.at + 1)}
    return sorted(told)


def _shop_orders(verdicts: Sequence[Verdict], known: Mapping[str, Telling]) -> dict[str, Telling]:
    """For each deal that stands for an order: the order, which knows of refunds."""
    found: dict[str, Telling] = {}
    for verdict in verdicts:
        telling = known[verdict.order_id]
        is_order = telling.order.kind is OrderKind.ORDER
        if verdict.same_as and is_order and known[verdict.same_as].order.kind is OrderKind.DEAL:
            found.setdefault(verdict.same_as, telling)
    return found


def _obstacle(verdict: Verdict) -> str:
    """Why the order does not count, in words."""
    failed = [one for one in verdict.reasons if not one.passed and not one.rule.startswith("evidence.")]
    return failed[0].words if failed else "nobody brought it"
