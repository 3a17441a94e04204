"""Order rules: what the terms ask of one order by itself: its time, its state, its amount and its facts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.contract.events import WITHOUT_MONEY, OrderKind
from core.rules.conditions import holds
from core.rules.facts import facts_of
from core.rules.purchases import OrderFacts
from core.rules.reasons import Reason
from core.rules.rewarding import side_reasons
from core.rules.terms import Terms

SCHEDULE, STAGE = "schedule", "deal.stage"
IN_TIME = Reason(SCHEDULE, True, "the campaign ran")
TAKEN_BACK = {
    OrderKind.ORDER: ("cancelled before it was paid", "cancelled after it was paid"),
    OrderKind.DEAL: ("not won, or is not any more", "taken away after it was won"),
    OrderKind.LEAD: ("given up before it was qualified", "given up after it was qualified"),
    OrderKind.CONTACT: ("gone", "gone"),
}


@dataclass(frozen=True, slots=True)
class PauseFacts:
    """A time in which nothing that is ordered counts; until further notice where `until_at` is None."""

    from_at: datetime
    until_at: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        """True for a moment from its beginning on and before its end."""
        return self.from_at <= moment and (self.until_at is None or moment < self.until_at)


def as_terms_see(order: OrderFacts, terms: Terms) -> OrderFacts:
    """The order as it counts: where terms name stages, a deal in one of them stands and any other does not."""
    if order.kind is not OrderKind.DEAL or not terms.deal_stages:
        return order
    stands = _is_in_stage(order, terms)
    return replace(order, is_paid=stands, is_cancelled=not stands)


def _is_in_stage(order: OrderFacts, terms: Terms) -> bool:
    stage = str(order.facts.fields.get(STAGE, "")).casefold()
    return stage in {one.casefold() for one in terms.deal_stages}


def schedule_of(moment: datetime, terms: Terms, pauses: Sequence[PauseFacts]) -> Reason:
    """Whether the campaign runs at that moment, and if not, why."""
    if terms.starts_at is not None and moment < terms.starts_at:
        return Reason(SCHEDULE, False, f"the order was placed before the campaign begins on {terms.starts_at.date()}")
    if terms.ends_at is not None and moment >= terms.ends_at:
        return Reason(SCHEDULE, False, f"the order was placed after the campaign ended on {terms.ends_at.date()}")
    if any(pause.covers(moment) for pause in pauses):
        return Reason(SCHEDULE, False, "the order was placed while the campaign was paused")
    return IN_TIME


def _standing(order: OrderFacts, terms: Terms) -> Reason:
    what = order.kind
    if what is OrderKind.DEAL and terms.deal_stages:
        stage, wanted = order.facts.fields.get(STAGE, ""), ", ".join(terms.deal_stages)
        told = f"the deal is in the stage {stage}" if stage else "nothing is known of the deal's stage"
        return Reason("stage", order.is_paid, f"{told}; what counts is {wanted}")
    # A paid order that is cancelled still counts here: its conversion is then reversed, which keeps the story.
    if not order.is_cancelled:
        return Reason("cancelled", True, f"the {what} stands")
    when = TAKEN_BACK[what][order.is_paid]
    return Reason("cancelled", order.is_paid, f"the {what} was {when}")


def order_rules(order: OrderFacts, terms: Terms) -> list[Reason]:
    """What the terms ask of an order by itself, whoever brought it."""
    what = order.kind
    reasons = [
        Reason("test", not order.is_test, f"a test {what}" if order.is_test else f"a real {what}"),
        _standing(order, terms),
    ]
    if order.kind is not OrderKind.ORDER or order.kind not in terms.kinds:
        counts = order.kind in terms.kinds
        reasons.append(Reason("kind", counts, f"a {what} {'counts' if counts else 'does not count'} in this campaign"))
    return [*reasons, *_amount_rules(order, terms), *_conditions(order, terms)]


def _amount_rules(order: OrderFacts, terms: Terms) -> list[Reason]:
    if order.kind in WITHOUT_MONEY:
        return []
    what = order.kind
    minimum = terms.minimum.get(order.base.currency)
    words = f"the {what} is in {order.base.currency}, the campaign in {' and '.join(terms.currencies)}"
    if minimum is None:
        return [Reason("currency", False, words)]
    enough = order.base.minor > 0 and minimum <= order.base
    told = f"the {what}'s base is {order.base}, the minimum {minimum}"
    return [Reason("currency", True, words), Reason("minimum", enough, told)]


def _conditions(order: OrderFacts, terms: Terms) -> list[Reason]:
    """What the terms ask of the order, and for each side of whose reward they ask something."""
    if not has_conditions(terms):
        return []
    facts = facts_of(order)
    found = holds(terms.when, facts) if terms.when is not None else None
    return [*([Reason("condition", found.holds, found.words)] if found else []), *side_reasons(terms, facts)]


def has_conditions(terms: Terms) -> bool:
    """True when the terms ask for a fact of the order anywhere."""
    return terms.when is not None or any(one.when is not None for one in terms.rewards.values())
