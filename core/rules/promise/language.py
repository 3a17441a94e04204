"""A language of the rules text: its sentences, and how it writes money, days and lists."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from core.contract.money import Money


@dataclass(frozen=True)
class Language:
    """Everything that one language needs. Every language has the same `sentences`, with the same places in braces.

    `things` are what can count, `each` the words for every one of them, `kinds` the kinds of reward, `traces` the kinds
    of evidence, `owners` the beginnings of field names, `fields` the well-known fields, `compared` the operators of
    conditions, `compared_lists` those that are said differently of several values at once, `rules` the fraud rules,
    `modes` what those do.
    """

    code: str
    sentences: Mapping[str, str]
    things: Mapping[str, str]
    each: Mapping[str, str]
    kinds: Mapping[str, str]
    traces: Mapping[str, str]
    owners: Mapping[str, str]
    fields: Mapping[str, str]
    compared: Mapping[str, str]
    compared_lists: Mapping[str, str]
    rules: Mapping[str, str]
    modes: Mapping[str, str]
    months: tuple[str, ...]
    point: str
    comma: str
    quotes: tuple[str, str]
    both: str
    either: str
    symbols: Mapping[str, str]
    priced: Callable[[str, str, str | None], str]
    dated: Callable[[int, str, int], str]
    clock: Callable[[str], str]
    ordinal: Callable[[int], str]
    days: Callable[[int], str]
    within: Callable[[int], str]
    percent_sign: str

    def say(self, key: str, /, **places: str) -> str:
        """The sentence of that name with its places filled."""
        return self.sentences[key].format(**places)

    def number(self, text: str) -> str:
        """Plain digits as this language writes them."""
        whole, _, rest = text.partition(".")
        sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
        grouped = f"{int(digits):,}".replace(",", self.comma) if len(digits) > 3 and digits[0] != "0" else digits
        return f"{sign}{grouped}{self.point}{rest}" if rest else f"{sign}{grouped}"

    def money(self, amount: Money) -> str:
        """An amount as people write it."""
        return self.priced(self.number(amount.text()), amount.currency, self.symbols.get(amount.currency))

    def percent(self, share: Decimal) -> str:
        """A percentage without needless zeros."""
        text = f"{share.normalize():f}"
        return self.number(text) + self.percent_sign

    def day(self, at: datetime) -> str:
        """A day of the calendar; with the time of day (UTC) unless it is the day's first moment."""
        day = self.dated(at.day, self.months[at.month - 1], at.year)
        exact = f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"
        return f"{day}, {self.clock(exact)}" if exact != "00:00" else day

    def quoted(self, text: str) -> str:
        """A text in this language's quotation marks."""
        return f"{self.quotes[0]}{text}{self.quotes[1]}"

    def amounts(self, amounts: Mapping[str, Money]) -> str:
        """One amount, or one for each currency, of which one holds."""
        return self.any_of(self.money(amount) for amount in amounts.values())

    def each_amount(self, amounts: Mapping[str, Money]) -> str:
        """One amount, or one for each currency, which hold beside each other."""
        return self.all_of(self.money(amount) for amount in amounts.values())

    def all_of(self, parts: Iterable[str]) -> str:
        """A, B and C."""
        return _joined(list(parts), self.both)

    def any_of(self, parts: Iterable[str]) -> str:
        """A, B or C."""
        return _joined(list(parts), self.either)


def _joined(parts: list[str], word: str) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"
