"""The command `why`: the story of anything, from what was heard to the receipt at the source."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

import click
from sqlalchemy.orm import Session

from core.commands.office import Office, verb
from core.queries.orders import OrderFound, OrderRow
from core.queries.timeline import Moment
from core.queries.who import PersonStory
from core.queries.why import CampaignWhy, OrderWhy, ReceiptTold, receipt_words, why_order
from core.queries.why_others import (
    CodeWhy,
    DeliveryWhy,
    PersonWhy,
    RewardWhy,
    order_words,
    why_code,
    why_delivery,
    why_person,
    why_reward,
)
from core.queries.why_subject import CODE, DELIVERY, ORDER, PERSON, REWARD, Subject, subject
from core.queries.why_words import evidence_words, found_words, outcome_words, reward_words
from core.rules.what_if import Otherwise, WhatIf
from core.services.connections import NotFound
from core.services.judge_people import person_named

STAMP = "%Y-%m-%d %H:%M:%S"
Lines = Iterator[str]


@click.command()
@click.argument("something")
@verb
def why(office: Office, something: str) -> None:
    """Tell the story of SOMETHING: an order, deal or lead, a reward, payment, delivery, code or person.

    It is meant by name, number, id or address.
    """
    with office.hub.database.reading() as session:
        found = subject(session, something)
    found = found or _person(office, something)
    with office.hub.database.reading() as session:
        told = ASK[found.kind](session, found.id, office.hub.vault.token_key)
    assert told is not None  # it was found a moment ago, and nothing of this kind ever goes away
    office.answer(_whole(found, told), [*_lines(office, told), *_others(found.others)])


def _person(office: Office, said: str) -> Subject:
    try:
        return Subject(PERSON, person_named(office.hub, said))
    except NotFound:
        words = "give the name or id of an order, reward, payment, delivery or code, or somebody's address"
        raise NotFound(f"nothing here is called {said[:60]!r}: {words}") from None


ASK: Mapping[str, Callable[[Session, str, bytes], Any]] = {
    ORDER: why_order,
    REWARD: why_reward,
    DELIVERY: lambda session, delivery_id, _: why_delivery(session, delivery_id),
    CODE: lambda session, code_id, _: why_code(session, code_id),
    PERSON: lambda session, person_id, _: why_person(session, person_id),
}


def _whole(found: Subject, told: Any) -> dict[str, Any]:
    """The answer for programs; of an order its trace stands beside the answer and not inside."""
    answer = {one.name: getattr(told, one.name) for one in fields(told)}
    trace = answer.pop("trace", None)
    more = {one.name: getattr(trace, one.name) for one in fields(trace)} if trace else {}
    return {"about": found.kind, **answer, **more}


def _lines(office: Office, told: Any) -> Lines:
    yield told.answer
    yield from TELLERS[type(told)](office, told)


def _order(_office: Office, told: OrderWhy) -> Lines:
    order = told.trace.order
    what = f"{order.kind.capitalize()} {order.name} at {order.connection}"
    yield f"{what}: {order.base}, placed {order.placed_at:{STAMP}} UTC"
    yield "What names somebody:" if told.trace.evidence else "Nothing on it names somebody."
    yield from (f"  {evidence_words(one.kind)}: {one.value}" for one in told.trace.evidence)
    rules = {decision.slug: decision.rules for decision in told.trace.decisions}
    for one in told.campaigns:
        yield f"{one.campaign}: {outcome_words(one.state)}, decided by: {one.decided_by}"
        yield from (f"  {'+' if rule.passed else '-'} {found_words(rule.rule, rule.words)}" for rule in rules[one.slug])
        yield from _what_if(one)
    yield from _moments(told.moments)
    yield from _receipts(told.receipts)


def _what_if(one: CampaignWhy) -> Lines:
    yield from (f"  {what_if_words(change)}" for change in one.what_if)
    yield from (f"  {otherwise_words(change)}" for change in one.otherwise)


def otherwise_words(change: Otherwise) -> str:
    """What would have become of a reward, as a sentence."""
    return f"{change.then[:1].upper()}{change.then[1:]} if {', and '.join(change.words)}."


def what_if_words(change: WhatIf) -> str:
    """One change as a sentence."""
    return f"It would {'' if change.counts else 'not '}have counted if {', and '.join(change.words)}."


def _reward(office: Office, told: RewardWhy) -> Lines:
    yield from _moments(told.moments)
    yield from _receipts(told.receipts)
    if told.order:
        yield f"Why its {told.order.trace.order.kind} counts:"
        yield from (f"  {line}" for line in _lines(office, told.order))


def _delivery(_office: Office, told: DeliveryWhy) -> Lines:
    if told.orders:
        yield f"`referhub why '{told.orders[0].name}'` tells the whole story."


def _code(office: Office, told: CodeWhy) -> Lines:
    yield f"It belongs to {_name(office, told.owner)}."
    yield from _orders("It brought:", told.orders)


def _who(office: Office, told: PersonWhy) -> Lines:
    yield f"This is {_name(office, told.person)}."
    yield from _orders("Bought:", told.bought)
    yield from _orders("Brought:", told.brought)
    if told.rewards:
        yield "Rewards:"
        yield from (f"  {row.order_name or 'by hand'}: {reward_words(row)}" for row in told.rewards)


def _name(office: Office, story: PersonStory) -> str:
    face = story.row.person
    shown = [office.opened(value) for value in (face.name, face.email) if value]
    return " ".join(shown) or f"person {face.id}"


def _orders(title: str, rows: Sequence[OrderRow]) -> Lines:
    if rows:
        yield title
        yield from (f"  {order_words(row)}" for row in rows)


def _moments(moments: Sequence[Moment]) -> Lines:
    yield "What happened:"
    yield from (f"  {moment.at:{STAMP}}  {moment.words}" for moment in moments)


def _receipts(told: Sequence[ReceiptTold]) -> Lines:
    if told:
        yield "Receipts:"
        yield from (f"  {one.at:{STAMP}}  {receipt_words(one)}" for one in told)


def _others(orders: Sequence[OrderFound]) -> Lines:
    if orders:
        yield "Others are called the same:"
        yield from (f"  {one.name} at {one.connection}, placed {one.placed_at:{STAMP}} UTC: {one.id}" for one in orders)


TELLERS: Mapping[type, Callable[[Office, Any], Lines]] = {
    OrderWhy: _order,
    RewardWhy: _reward,
    DeliveryWhy: _delivery,
    CodeWhy: _code,
    PersonWhy: _who,
}
