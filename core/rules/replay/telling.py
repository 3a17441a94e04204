"""A telling: all that a decision knew of one order, as short text and back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from core.contract.events import Evidence, EvidenceKind, OrderKind
from core.contract.money import Money
from core.rules.attribution import CodeFacts, RulingFacts
from core.rules.conditions import Facts
from core.rules.purchases import OrderFacts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
EVIDENCE = {str(kind): kind for kind in EvidenceKind}
KINDS = {str(kind): kind for kind in OrderKind}
Marks = Mapping[str, str]
NO_MARKS: Mapping[str, Marks] = {}


@dataclass(frozen=True, slots=True)
class Returned:
    """One refund: so many minor units of a currency went back at that time."""

    source_id: str
    amount_minor: int
    currency: str
    refunded_at: datetime


@dataclass(frozen=True, slots=True)
class Telling:
    """One order of one friend as a decision saw it.

    `codes` are those that its evidence names, by their comparable spelling. `marks` say by campaign and side which of
    its rewards had left the hub ("paid") or were leaving it ("leaving"). `is_returning` is said of the friend.
    """

    order: OrderFacts
    refunds: tuple[Returned, ...] = ()
    codes: Mapping[str, CodeFacts] = field(default_factory=dict)
    marks: Mapping[str, Marks] = field(default_factory=dict)
    is_returning: bool = False


def written(telling: Telling) -> str:
    """The telling as the table keeps it; equal tellings are equal texts. The order's own id is not in it."""
    order = telling.order
    told: list[Any] = [
        order.source_id,
        ticks(order.placed_at),
        order.base.minor,
        order.base.currency,
        order.is_paid | order.is_test << 1 | order.is_cancelled << 2 | telling.is_returning << 3,
        [[one.kind, one.value] for one in order.evidence],
        order.kind,
        order.connection_id,
        order.place,
        order.name,
        order.shop_kind,
        list(order.references),
        None if order.total is None else [order.total.minor, order.total.currency],
        [[one.source_id, one.amount_minor, one.currency, ticks(one.refunded_at)] for one in telling.refunds],
        [
            [key, one.code_id, one.campaign_id, one.advocate_id, one.text, one.is_active, *_ended(one)]
            for key, one in sorted(telling.codes.items())
        ],
        {campaign: dict(marks) for campaign, marks in telling.marks.items()},
    ]
    more = {name: write(getattr(order, name)) for name, (write, _) in MORE.items() if _is_said(order, name)}
    return json.dumps([*told, more] if more else told, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def read(order_id: str, body: str) -> Telling:
    """The telling that was written so."""
    told = json.loads(body)
    flags, currency = told[4], told[3]
    order = OrderFacts(
        order_id,
        told[0],
        moment(told[1]),
        Money(told[2], currency),
        bool(flags & 1),
        bool(flags & 2),
        bool(flags & 4),
        tuple(Evidence(EVIDENCE[kind], value) for kind, value in told[5]),
        KINDS[told[6]],
        told[7],
        told[8],
        told[9],
        tuple(told[11]),
        None if told[12] is None else Money(*told[12]),
        told[10],
        **({name: MORE[name][1](value) for name, value in told[16].items()} if len(told) > 16 else {}),
    )
    return Telling(
        order,
        tuple(Returned(source_id, minor, money, moment(at)) for source_id, minor, money, at in told[13]),
        {key: CodeFacts(*facts[:5], *map(moment, facts[5:])) for key, *facts in told[14]},
        told[15],
        bool(flags & 8),
    )


def _ended(code: CodeFacts) -> list[int]:
    """When the code was ended; nothing is written of one that was not."""
    return [] if code.ended_at is None else [ticks(code.ended_at)]


def marks_text(marks: Mapping[str, Marks]) -> str:
    """Which rewards have left the hub, as the table keeps it."""
    return json.dumps({campaign: dict(sorted(found.items())) for campaign, found in sorted(marks.items())})


def read_marks(body: str) -> Mapping[str, Marks]:
    """Which rewards had left the hub, by campaign and side."""
    found: dict[str, dict[str, str]] = json.loads(body)
    return found


def void_text(campaign_id: str, side: str, why: str) -> str:
    """Whose reward was made void, and why, as the table keeps it."""
    return json.dumps([campaign_id, side, why], ensure_ascii=False)


def read_void(body: str) -> tuple[str, str, str]:
    """The campaign, the side and why."""
    campaign_id, side, why = json.loads(body)
    return campaign_id, side, why


def ticks(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - EPOCH) // TICK


@lru_cache(maxsize=1024)  # one order's times are asked for again and again
def moment(told: int) -> datetime:
    """The time that was so many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=told)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _frozen(one) for name, one in value.items()}
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


# Facts that most orders do not have: how each is written and read.
MORE: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "channel": (str, str),
    "facts": (
        lambda facts: [dict(facts.fields), [dict(line) for line in facts.lines]],
        lambda told: Facts(_frozen(told[0]), _frozen(told[1])),
    ),
    "ruling": (
        lambda ruling: [ruling.says, ruling.lookup, ticks(ruling.said_at)],
        lambda told: RulingFacts(told[0], told[1], moment(told[2])),
    ),
}
_UNSAID = {
    one.name: one.default if one.default_factory is MISSING else one.default_factory() for one in fields(OrderFacts)
}


def _is_said(order: OrderFacts, name: str) -> bool:
    return bool(getattr(order, name) != _UNSAID[name])
