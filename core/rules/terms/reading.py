"""Reading terms strictly, so that every mistake is named with its place."""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from core.contract.errors import Unreadable
from core.contract.events import EvidenceKind, OrderKind
from core.contract.money import CURRENCY, Money
from core.rules.terms.model import SAME_PURCHASE, SIDES, BadTerms, Limits, RewardTerms, Terms, Worth

Word = TypeVar("Word", bound=StrEnum)
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
# Which kinds exist is the connectors' word: publishing asks whether a connected source can pay this one.
KIND = re.compile(r"[a-z][a-z_]{2,39}")
PRECEDENCE = tuple(EvidenceKind)
KINDS = (OrderKind.ORDER, OrderKind.DEAL)


def parse_terms(body: Mapping[str, Any]) -> Terms:
    """The terms that `body` (a TOML or JSON document) states. Raises `BadTerms` with every problem found."""
    return _Reader(body).terms()


def _by_currency(amount: Money | None) -> dict[str, Money]:
    return {amount.currency: amount} if amount else {}


class _Reader:
    """Walks the document once and collects problems instead of stopping at the first."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.problems: list[str] = []
        self.body = body
        self.seen: set[str] = set()

    def terms(self) -> Terms:
        currency = self.currency("counts.currency")
        terms = Terms(
            slug=self.slug("campaign.slug"),
            name=self.text("campaign.name", "the name people see"),
            currencies=(currency,),
            destination=self.text("campaign.destination", "the shop page that links lead to", default=""),
            minimum={currency: self.money("counts.minimum", currency, default="0") or Money.zero(currency)},
            is_first_order_only=self.flag("counts.first_order_only", default=True),
            kinds=self.chosen("counts.kinds", OrderKind, KINDS),
            same_purchase=timedelta(days=self.whole("counts.same_purchase_days", 0, 365, default=SAME_PURCHASE.days)),
            window=timedelta(days=self.whole("attribution.window_days", 1, 3650, default=90)),
            precedence=self.chosen("attribution.precedence", EvidenceKind, PRECEDENCE, "strongest first"),
            hold=timedelta(days=self.whole("hold.days", 0, 365, default=14)),
            rewards={side: self.reward(side, currency) for side in SIDES if self.find(side) is not None},
            limits=Limits(
                budget=_by_currency(self.money("limits.budget", currency)),
                rewards_per_advocate=self.whole_or_none("limits.rewards_per_advocate", 1, 1_000_000),
                per_days=self.whole("limits.per_days", 1, 3650, default=30),
            ),
        )
        self.check(terms)
        if self.problems:
            raise BadTerms(self.problems)
        return terms

    def check(self, terms: Terms) -> None:
        if not terms.rewards:
            self.problems.append("advocate: nobody gets anything; add a table [advocate] or [friend] with a reward")
        if terms.budget and any(r.amount and terms.budget < r.amount for r in terms.rewards.values()):
            self.problems.append("limits.budget: smaller than one reward; raise it or lower the reward")
        for place in sorted(self.places(self.body) - self.seen):
            self.problems.append(f"{place}: unknown; check the spelling, or remove it")

    def reward(self, side: str, currency: str) -> RewardTerms:
        amount = self.money(f"{side}.amount", currency)
        percent = self.percent(f"{side}.percent")
        if (self.find(f"{side}.amount") is None) == (self.find(f"{side}.percent") is None):
            self.problems.append(f'{side}: give either amount (such as "10.00") or percent (such as "10"), not both')
        if amount is not None and amount.minor <= 0:
            self.problems.append(f"{side}.amount: must be more than zero")
        return RewardTerms(
            kind=self.kind(f"{side}.kind"),
            worth=Worth(_by_currency(amount), percent, _by_currency(self.money(f"{side}.at_most", currency))),
            expires_days=self.whole_or_none(f"{side}.expires_days", 1, 3650),
        )

    def find(self, place: str) -> Any:
        found: Any = self.body
        for name in place.split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        if not isinstance(found, Mapping):
            self.seen.add(place)
        return found

    def places(self, table: Mapping[str, Any], prefix: str = "") -> set[str]:
        found: set[str] = set()
        for name, value in table.items():
            place = f"{prefix}{name}"
            found |= self.places(value, f"{place}.") if isinstance(value, Mapping) else {place}
        return found

    def wrong(self, place: str, expected: str, found: Any) -> None:
        shown = "missing" if found is None else f"{str(found)[:40]!r} does not fit"
        self.problems.append(f"{place}: {shown}; write {expected}")

    def text(self, place: str, expected: str, default: str | None = None) -> str:
        found = self.find(place)
        if found is None and default is not None:
            return default
        if isinstance(found, str) and 0 < len(found) <= 200 and found.isprintable():
            return found
        self.wrong(place, expected, found)
        return ""

    def flag(self, place: str, *, default: bool) -> bool:
        found = self.find(place)
        if found is None or isinstance(found, bool):
            return default if found is None else found
        self.wrong(place, "true or false", found)
        return default

    def whole(self, place: str, low: int, high: int, *, default: int) -> int:
        found = self.whole_or_none(place, low, high)
        return default if found is None else found

    def whole_or_none(self, place: str, low: int, high: int) -> int | None:
        found = self.find(place)
        if found is None or (isinstance(found, int) and not isinstance(found, bool) and low <= found <= high):
            return found
        self.wrong(place, f"a whole number from {low} to {high}", found)
        return None

    def money(self, place: str, currency: str, default: str | None = None) -> Money | None:
        found = self.find(place)
        found = default if found is None else found
        if found is None:
            return None
        try:
            amount = Money.parse(found, currency)
            if amount.minor >= 0 and amount.decimal == Decimal(found):
                return amount
        except Unreadable:
            pass
        self.wrong(
            place, f'an amount in quotes with the digits of {currency}, such as "{Money(1000, currency).text()}"', found
        )
        return None

    def percent(self, place: str) -> Decimal | None:
        found = self.find(place)
        if found is None:
            return None
        try:
            percent = Money.parse(found, "EUR")
            if 0 < percent.minor <= 100_00 and Decimal(found) == percent.decimal:
                return percent.decimal
        except Unreadable:
            pass
        self.wrong(place, 'a percentage in quotes from "0.01" to "100"', found)
        return None

    def currency(self, place: str) -> str:
        found = self.find(place)
        if isinstance(found, str) and CURRENCY.fullmatch(found):
            return found
        self.wrong(place, 'the shop\'s currency, such as "EUR"', found)
        return "EUR"

    def slug(self, place: str) -> str:
        found = self.find(place)
        if isinstance(found, str) and SLUG.fullmatch(found):
            return found
        self.wrong(place, "a short name of small letters, digits and hyphens, such as friends", found)
        return "campaign"

    def kind(self, place: str) -> str:
        found = self.find(place)
        if isinstance(found, str) and KIND.fullmatch(found):
            return found
        self.wrong(place, "a kind of reward, such as store_credit, gift_card or discount_code", found)
        return "store_credit"

    def chosen(self, place: str, words: type[Word], default: tuple[Word, ...], how: str = "") -> tuple[Word, ...]:
        found = self.find(place)
        if found is None:
            return default
        known = {str(word) for word in words}
        told = found if isinstance(found, list) and all(isinstance(word, str) for word in found) else []
        if told and known.issuperset(told) and len(set(told)) == len(told):
            return tuple(words(word) for word in told)
        self.wrong(place, ", ".join(filter(None, (f"a list of some of {', '.join(words)}", how))), found)
        return default
