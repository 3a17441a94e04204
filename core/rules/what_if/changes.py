"""Changes: what can be imagined to be different about an order, and how people say it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from core.contract.events import Evidence, EvidenceKind, OrderKind
from core.contract.facts import FieldValue
from core.contract.money import Money
from core.rules.attribution import WORDS, CodeFacts, code_named, sign_token
from core.rules.order_rules import STAGE
from core.rules.purchases import OrderFacts
from core.rules.terms import Terms
from core.rules.what_if.case import Case

MOMENT = timedelta(seconds=1)
SOMEBODY = CodeFacts("somebody", "", "somebody", "SOMEBODY", True)
PAID_WORDS = {OrderKind.ORDER: "been paid", OrderKind.DEAL: "been won", OrderKind.LEAD: "been qualified"}
# What a code is most likely to stand in, by what it is on.
USUAL = {
    OrderKind.ORDER: EvidenceKind.CODE,
    OrderKind.DEAL: EvidenceKind.DEAL_FIELD,
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different in `case`; `words` go on a sentence that begins with "if".

    `facts` are the facts that it changes, for a change that is about facts.
    """

    name: str
    words: str
    case: Case
    facts: frozenset[tuple[str, FieldValue | None]] = frozenset()


Imagine = Callable[[Case, OrderFacts, Terms], Iterator[Change]]


def _paid(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if not order.is_paid and not _has_stages(order, terms):
        words = f"the {order.kind} had {PAID_WORDS.get(order.kind, 'been confirmed')}"
        yield Change("paid", words, case.with_order(order, is_paid=True, is_cancelled=False))


def _stands(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if order.is_cancelled and not _has_stages(order, terms):
        yield Change("stands", f"the {order.kind} had not been taken back", case.with_order(order, is_cancelled=False))


def _stage(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if _has_stages(order, terms):
        stage = terms.deal_stages[0]
        facts = replace(order.facts, fields={**order.facts.fields, STAGE: stage})
        yield Change("stage", f"the deal had been in the stage {stage}", case.with_order(order, facts=facts))


def _has_stages(order: OrderFacts, terms: Terms) -> bool:
    return order.kind is OrderKind.DEAL and bool(terms.deal_stages)


def _real(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if order.is_test:
        yield Change("real", f"it had been a real {order.kind}, not a test", case.with_order(order, is_test=False))


def _minimum(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    least = _least(terms, order.base.currency)
    if least is not None and order.base < least:
        words = f"its base had been {least} or more; it was {order.base}"
        yield Change("minimum", words, case.with_order(order, base=least))


def _currency(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if order.base.currency not in terms.minimum:
        least = _least(terms, terms.currency) or Money(1, terms.currency)
        base = Money(max(order.base.minor, least.minor), terms.currency)
        yield Change("currency", f"it had been in {terms.currency}", case.with_order(order, base=base))


def _least(terms: Terms, currency: str) -> Money | None:
    """The smallest base that counts; something always has to."""
    minimum = terms.minimum.get(currency)
    return None if minimum is None else Money(max(minimum.minor, 1), currency)


def _kind(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if order.kind not in terms.kinds:
        changed = case.with_terms(kinds=(*terms.kinds, order.kind))
        yield Change("kind", f"the campaign counted {order.kind}s", changed)


def _code(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    evidence = (_evidence(case, order, terms),)
    is_own = any(code.advocate_id == case.friend_id for code in case.codes.values())
    words = f"{WORDS[evidence[0].kind]} had named {'somebody else' if is_own else 'an advocate of this campaign'}"
    changed = case.with_order(order, evidence=evidence).with_others(order, _silent)
    yield Change("code", words, replace(changed, codes={**case.codes, SOMEBODY.text.casefold(): SOMEBODY}))


def _evidence(case: Case, order: OrderFacts, terms: Terms) -> Evidence:
    usual = USUAL.get(order.kind, EvidenceKind.CONTACT_FIELD)
    kind = usual if usual in terms.precedence else terms.precedence[0]
    is_signed = kind is EvidenceKind.SIGNED_ATTRIBUTE
    return Evidence(kind, sign_token(SOMEBODY.text, "click", case.key) if is_signed else SOMEBODY.text)


def _silent(order: OrderFacts) -> OrderFacts:
    return replace(order, evidence=())


def _switched_on(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    named = {code_named(one, case.key) for one in order.evidence}
    for lookup, code in case.codes.items():
        has_ended = code.ended_at is not None and code.ended_at <= order.placed_at
        if lookup in named and (has_ended or not code.is_active):
            codes = {**case.codes, lookup: replace(code, is_active=True, ended_at=None)}
            yield Change("code_on", f"the code {code.text} had not been switched off", replace(case, codes=codes))


def _accepted(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    for kind in dict.fromkeys(one.kind for one in order.evidence if one.kind not in terms.precedence):
        words = f"the campaign accepted {WORDS[kind]} as evidence"
        yield Change("precedence", words, case.with_terms(precedence=(*terms.precedence, kind)))


def _unruled(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if any(one.ruling for one in case.orders):
        orders = tuple(replace(one, ruling=None) for one in case.orders)
        yield Change("ruling", "no operator had decided about it", replace(case, orders=orders))


def _first(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if terms.is_first_order_only and case.verdict(order.order_id).same_as is None:
        changed = case.with_others(order, lambda one: replace(one, is_paid=False))
        changed = replace(changed, is_returning=False, paid=case.paid & {order.order_id})
        yield Change("first_order", "the friend had not bought here before", changed)


def _window(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    brought = case.verdict(order.order_id).brought
    if brought is not None and order.placed_at - brought.referred_at > terms.window:
        last = brought.referred_at + terms.window
        words = f"it had been placed by {last:%Y-%m-%d}, within {terms.window.days} days of the recommendation"
        yield Change("window", words, case.with_order(order, placed_at=last))


def _begun(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    begins = [version.effective_at for version in case.versions[:1]] + ([terms.starts_at] if terms.starts_at else [])
    begin = max(begins)
    if order.placed_at < begin:
        words = f"it had been placed on {begin:%Y-%m-%d %H:%M} UTC or later"
        yield Change("schedule", words, case.with_order(order, placed_at=begin))


def _not_ended(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if terms.ends_at is not None and order.placed_at >= terms.ends_at:
        words = f"it had been placed before {terms.ends_at:%Y-%m-%d %H:%M} UTC"
        yield Change("schedule", words, case.with_order(order, placed_at=terms.ends_at - MOMENT))


def _not_paused(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    if any(pause.covers(order.placed_at) for pause in case.pauses):
        yield Change("schedule", "the campaign had not been paused", replace(case, pauses=()))


def _told_once(case: Case, order: OrderFacts, terms: Terms) -> Iterator[Change]:
    same_as = case.verdict(order.order_id).same_as
    if same_as is not None:
        twin = case.order(same_as)
        orders = tuple(one for one in case.orders if one.order_id != same_as)
        words = f"{twin.kind} {twin.name or twin.source_id} had not told of the same purchase"
        yield Change("duplicate", words, replace(case, orders=orders))


FIXES: tuple[Imagine, ...] = (
    _code, _switched_on, _accepted, _unruled, _real, _stands, _paid, _stage, _kind, _currency, _minimum, _first,
    _window, _begun, _not_ended, _not_paused, _told_once,
)  # fmt: skip
