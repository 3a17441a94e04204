"""Values of the contract, looked at whole: as JSON for a file, and for what must not be in them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from core.contract.facts import fits, is_declared
from referhub import Event, Evidence, FactField, IdentityClaim, Money, Order, Refund

EVENTS = tuple(kind for part in get_args(Event) for kind in (get_args(part) or (part,)))
CURRENCY = re.compile(r"[A-Z]{3}")


def shown(value: Any) -> Any:
    """The value as JSON: money as `EUR 12.50`, times in UTC, and nothing that is as it would be anyway."""
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value.tzinfo else f"{value} (naive)"
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        told = {each.name: shown(getattr(value, each.name)) for each in fields(value) if _is_telling(value, each)}
        return {"is": type(value).__name__} | told
    if isinstance(value, Mapping):
        return {str(name): shown(one) for name, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [shown(one) for one in value]
    return value


def _is_telling(value: Any, each: Any) -> bool:
    usual = each.default if each.default_factory is MISSING else each.default_factory()
    return usual is MISSING or getattr(value, each.name) != usual


def faults_of(value: Any, where: str = "") -> Iterator[str]:
    """What is wrong with an event, order or claim, by the place in it."""
    place = where or type(value).__name__
    if isinstance(value, Money):
        yield from _money(value, place)
    elif isinstance(value, datetime):
        if value.utcoffset() != timedelta(0):
            yield f"{place} is {value!r}: a time is aware and UTC (.astimezone(UTC))"
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _own(value, place)
        for name, allowed in _types(type(value)).items():
            one = getattr(value, name)
            if type(one) not in allowed and not (Mapping in allowed and isinstance(one, Mapping)):
                expected = " or ".join(kind.__name__ for kind in allowed)
                yield f"{place}.{name} is the {type(one).__name__} {one!r:.40}: expected {expected}"
            yield from faults_of(one, f"{place}.{name}")
    elif isinstance(value, (tuple, list)):
        for index, one in enumerate(value):
            yield from faults_of(one, f"{place}[{index}]")


@cache
def _types(kind: type) -> Mapping[str, tuple[type, ...]]:
    """The plain types that each field may hold."""
    return {name: _plain(hint) for name, hint in get_type_hints(kind).items()}


def _plain(hint: Any) -> tuple[type, ...]:
    if isinstance(hint, UnionType):
        return tuple(kind for part in get_args(hint) for kind in _plain(part))
    return (get_origin(hint) or hint,)


def _money(value: Money, place: str) -> Iterator[str]:
    if type(value.minor) is not int:
        yield f"{place} holds {value.minor!r}: minor units are an int"
    if not CURRENCY.fullmatch(str(value.currency)):
        yield f"{place} is in {value.currency!r}: give three capital letters"


def _own(value: Any, place: str) -> Iterator[str]:
    texts = {
        Order: ("source_id", "name"),
        Refund: ("source_id",),
        IdentityClaim: ("value",),
        Evidence: ("value",),
    }
    for name in texts.get(type(value), ()):
        text = getattr(value, name)
        if not isinstance(text, str) or not text.strip():
            yield f"{place}.{name} is {text!r}: it has to be a text that says something"
    amounts = {Order: "base", Refund: "amount"}
    amount = getattr(value, amounts[type(value)]) if type(value) in amounts else None
    if amount is not None and amount.minor < 0:
        yield f"{place}.{amounts[type(value)]} is {amount}: zero or more"


def undeclared(order: Order, facts: Mapping[str, FactField]) -> Iterator[str]:
    """What is wrong with the facts that an order tells."""
    for where, told in (
        ("fields", order.fields),
        *((f"lines[{place}]", line) for place, line in enumerate(order.lines)),
    ):
        for name, value in told.items():
            known = facts.get(name)
            if (where == "fields") == name.startswith("line.") or not is_declared(name, facts):
                yield f"{where} tells {name!r}, which `facts` does not declare"
            elif known and not fits(value, known.kind):
                yield f"{where} tells {name!r} as {value!r:.40}, which is no {known.kind}"


def is_event(value: Any) -> bool:
    """True for one of the closed union."""
    return isinstance(value, EVENTS)


def speaks_of(event: Any, source_id: str) -> bool:
    """True when the event is about that order, deal or person of the source."""
    return any(text == source_id for text in _ids(event))


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, Order):
        yield value.source_id
    elif isinstance(value, IdentityClaim):
        yield value.value
    if is_dataclass(value) and not isinstance(value, type):
        yield str(getattr(value, "order_id", ""))
        for each in fields(value):
            yield from _ids(getattr(value, each.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from _ids(one)
