"""The fields that sources show of a person: their names, kinds and spelling, and what has to change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from core.contract.errors import Unreadable
from core.contract.money import Money

Value = str | int | bool | Money | datetime | None
Spelling = Callable[[Value, str], str | None]  # of a value in a field of the source: one may hold days, another times
Shown = Mapping[str, str | None]
# What a source may try when a text stands for an amount and its currency is not told.
SOME_CURRENCY = ("EUR", "JPY", "KWD")


class Kind(StrEnum):
    """What sort of value a field holds."""

    TEXT = "text"
    COUNT = "count"
    AMOUNT = "amount"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Field:
    """One of our fields; `meaning` is what `referhub fields show` says of it."""

    name: str
    kind: Kind
    meaning: str


FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("code", Kind.TEXT, "the code that this person passes on"),
        Field("link", Kind.TEXT, "the link that this person passes on"),
        Field("referred_by", Kind.TEXT, "the code that brought this person; filled only where nothing stands"),
        Field("status", Kind.TEXT, "advocate, referred, converted or reversed"),
        Field("friends_brought", Kind.COUNT, "how many friends of this person bought"),
        Field("revenue_brought", Kind.AMOUNT, "what those friends' purchases came to, after refunds"),
        Field("rewards_earned", Kind.AMOUNT, "rewards given to this person, after what was taken back"),
        Field("rewards_pending", Kind.AMOUNT, "rewards promised to this person and not given yet"),
        Field("currency", Kind.TEXT, "the currency of the amounts"),
        Field("last_referral_at", Kind.MOMENT, "when this person last brought a friend who bought"),
        Field("last_reward_at", Kind.MOMENT, "when this person was last given a reward"),
        Field("trace", Kind.TEXT, "the hub's page about this person"),
        Field("hub_id", Kind.TEXT, "the hub's own id of this person"),
    )
}


def spelt(value: Value, field: str = "") -> str | None:
    """Our own spelling, for sources that show nothing: exact, and read back by `read_as`. Nothing is None."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_as(kind: Kind, text: str | None, spelling: Spelling, theirs: str = "") -> Value:
    """The value that `spelling` writes as `text` in that field; the text itself where none of that kind is."""
    if text is None:
        return None
    for reading in READINGS[kind]:
        value = _attempt(reading, text)
        if value is not None and spelling(value, theirs) == text:
            return value
    return text


def _attempt(reading: Callable[[str], Value], text: str) -> Value:
    try:
        return reading(text)
    except (ValueError, ArithmeticError, Unreadable):
        return None


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _stamp(text: str) -> datetime:
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def _named_amount(text: str) -> Money:
    currency, _, amount = text.partition(" ")
    return Money.parse(amount, currency)


def _amount_in(currency: str) -> Callable[[str], Money]:
    return lambda text: Money.parse(text, currency)


READINGS: Mapping[Kind, tuple[Callable[[str], Value], ...]] = {
    Kind.TEXT: (),
    Kind.COUNT: (int,),
    Kind.AMOUNT: (_named_amount, *(_amount_in(currency) for currency in SOME_CURRENCY)),
    Kind.MOMENT: (_moment, _stamp),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one record at its source: what was `seen` there last, and what the hub wrote since."""

    seen: Shown
    written: Shown

    def knows(self, theirs: str) -> bool:
        """True when that field was seen or written."""
        return theirs in self.written or theirs in self.seen

    def shows(self, theirs: str) -> str | None:
        """What stands there now as far as the hub knows."""
        return self.written[theirs] if theirs in self.written else self.seen.get(theirs)


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to be written, and what the source shows already and is ours from now on. By the source's names."""

    changes: Mapping[str, Value]
    agrees: Shown


def difference(
    wanted: Mapping[str, Value], standing: Standing, shared: frozenset[str], spelling: Spelling
) -> Difference:
    """What differs between `wanted` and what stands there; a shared field is filled once, only where it is empty."""
    changes: dict[str, Value] = {}
    agrees: dict[str, str | None] = {}
    for theirs, value in wanted.items():
        text = spelling(value, theirs) if value is not None else None
        there = standing.shows(theirs)
        if text is None and theirs not in standing.written:
            continue  # nothing to say of it, and what others wrote there is none of our business
        if theirs in shared and (theirs in standing.written or there is not None):
            continue
        if there != text:
            changes[theirs] = None if text is None else value
        elif theirs not in standing.written:
            agrees[theirs] = text
    return Difference(changes, agrees)
