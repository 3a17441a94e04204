"""A made-up order, with what is made up of its friend, its advocate and its campaign, read as strictly as terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.contract.events import EvidenceKind, OrderKind
from core.contract.facts import FieldValue
from core.contract.money import CURRENCY, Money
from core.rules.terms.amounts import Amount
from core.rules.terms.model import BadTerms, Terms
from core.rules.terms.moments import Moment
from core.rules.terms.shapes import Choice, Choices, Flag, Reading, Text, Whole
from core.rules.terms.tables import Key, Table
from core.rules.terms.when import FIELD

MOST_LINES = 200
FACTS_EXPECTED = 'fields with their values, such as { "order.country" = "DE" }'


@dataclass(frozen=True)
class Told:
    """Facts by their full names."""

    def read(self, found: Any, place: str, reading: Reading) -> dict[str, FieldValue] | None:
        """The facts that stand there."""
        if not isinstance(found, Mapping):
            reading.problems.wrong(place, found, FACTS_EXPECTED)
            return None
        names = {name: Text("a field such as order.country", FIELD, 100).read(name, place, reading) for name in found}
        values = {name: _value(found[name]) for name in names}
        for name in [name for name, value in values.items() if value is None]:
            reading.problems.wrong(f"{place}.{name}", found[name], "a text, a whole number, true, false or texts")
        return {name: value for name, value in values.items() if value is not None}

    def schema(self) -> dict[str, Any]:
        """An object."""
        return {"type": "object"}


def _value(found: Any) -> FieldValue | None:
    if isinstance(found, list):
        return tuple(found) if all(isinstance(one, str) for one in found) else None
    return found if isinstance(found, (str, int, bool)) else None


@dataclass(frozen=True)
class Lines:
    """The facts of each line."""

    def read(self, found: Any, place: str, reading: Reading) -> tuple[dict[str, FieldValue], ...] | None:
        """The lines that stand there."""
        if not isinstance(found, list) or len(found) > MOST_LINES:
            reading.problems.wrong(place, found, 'a list of lines such as [ { "line.sku" = "T-1" } ]')
            return None
        return tuple(Told().read(one, f"{place}[{at}]", reading) or {} for at, one in enumerate(found))

    def schema(self) -> dict[str, Any]:
        """An array of objects."""
        return {"type": "array", "items": {"type": "object"}}


ORDER = Table(
    (
        Key(
            "base",
            Text("an amount in quotes", r"[0-9]{1,12}(\.[0-9]{1,6})?"),
            "What counts of it.",
            'base = "119.00"',
            is_needed=True,
        ),
        Key("currency", Text('a currency such as "EUR"', CURRENCY.pattern, 3), "Its currency.", 'currency = "EUR"'),
        Key("kind", Choice(tuple(OrderKind), OrderKind), "Order, deal, lead or contact.", 'kind = "order"'),
        Key("placed_at", Moment(), "When it was placed.", 'placed_at = "2026-11-20"'),
        Key("traces", Choices(EvidenceKind), "Which traces name the advocate.", 'traces = ["code"]'),
        Key("paid", Flag(), "Whether it is paid, or won.", "paid = true"),
        Key("test", Flag(), "Whether it is a test order.", "test = false"),
        Key("cancelled", Flag(), "Whether it is cancelled.", "cancelled = false"),
        Key("fields", Told(), "Its facts.", 'fields = { "order.country" = "DE" }'),
        Key(
            "lines", Lines(), "The facts of its lines.", 'lines = [ { "line.sku" = "T-1", "line.amount" = "119.00" } ]'
        ),
    ),
    "a table [order] with its base",
)
FRIEND = Table(
    (
        Key(
            "brought_days_before",
            Whole(0, 3650),
            "How long before the order the friend was brought.",
            "brought_days_before = 0",
        ),
        Key(
            "bought_days_before",
            Whole(1, 3650),
            "How long before it the friend bought something.",
            "bought_days_before = 200",
        ),
        Key("is_advocate", Flag(), "Whether the friend is the advocate.", "is_advocate = false"),
        Key("rewards", Whole(0, 1_000_000), "For how many orders of the friend rewards were given.", "rewards = 0"),
    ),
    "a table [friend]",
)
ADVOCATE = Table(
    (
        Key("number", Whole(1, 1_000_000), "The how-manieth referral of the advocate it is.", "number = 1"),
        Key("rewards", Whole(0, 1_000_000), "How many rewards the advocate has in this period.", "rewards = 0"),
        Key("earned", Amount(is_zero_allowed=True), "How much they come to in this period.", 'earned = "0"'),
    ),
    "a table [advocate]",
)
CAMPAIGN = Table(
    (Key("promised", Amount(is_zero_allowed=True), "What the campaign has promised.", 'promised = "0"'),),
    "a table [campaign]",
)
SECTIONS: Mapping[str, Table] = {"order": ORDER, "friend": FRIEND, "advocate": ADVOCATE, "campaign": CAMPAIGN}


@dataclass(frozen=True)
class MadeUp:
    """An order that nobody placed, and what is assumed around it; amounts are by currency."""

    base: Money
    placed_at: datetime
    kind: OrderKind = OrderKind.ORDER
    traces: tuple[EvidenceKind, ...] = (EvidenceKind.CODE,)
    is_paid: bool = True
    is_test: bool = False
    is_cancelled: bool = False
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    lines: tuple[Mapping[str, FieldValue], ...] = ()
    brought_days_before: int = 0
    bought_days_before: int | None = None
    is_advocate: bool = False
    friend_rewards: int = 0
    number: int = 1
    advocate_rewards: int = 0
    earned: Mapping[str, Money] = field(default_factory=dict)
    promised: Mapping[str, Money] = field(default_factory=dict)


def read_made_up(body: Mapping[str, Any], terms: Terms, now: datetime) -> MadeUp:
    """The order that a document makes up, placed `now` unless it says so. Raises `BadTerms` with every problem."""
    reading = Reading(currencies=terms.currencies)
    for name in [name for name in body if name not in SECTIONS]:
        reading.problems.unknown("", str(name), SECTIONS)
    values = {name: table.read(body.get(name, {}), name, reading) or {} for name, table in SECTIONS.items()}
    if reading.problems:
        raise BadTerms(reading.problems.all())
    return _made_up(values, terms, now)


def _made_up(values: Mapping[str, Mapping[str, Any]], terms: Terms, now: datetime) -> MadeUp:
    order, friend, advocate = values["order"], values["friend"], values["advocate"]
    return MadeUp(
        base=Money.parse(order["base"], order.get("currency", terms.currency)),
        placed_at=order.get("placed_at", now),
        kind=order.get("kind", OrderKind.ORDER),
        traces=order.get("traces", terms.precedence[:1]),
        is_paid=order.get("paid", True),
        is_test=order.get("test", False),
        is_cancelled=order.get("cancelled", False),
        fields=order.get("fields", {}),
        lines=order.get("lines", ()),
        brought_days_before=friend.get("brought_days_before", 0),
        bought_days_before=friend.get("bought_days_before"),
        is_advocate=friend.get("is_advocate", False),
        friend_rewards=friend.get("rewards", 0),
        number=advocate.get("number", 1),
        advocate_rewards=advocate.get("rewards", 0),
        earned=advocate.get("earned", {}),
        promised=values["campaign"].get("promised", {}),
    )
