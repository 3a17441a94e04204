"""Amounts and percentages as they stand in terms: text, exact, in the campaign's own currencies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.contract.money import AMOUNT, CURRENCY, Money
from core.rules.terms.shapes import Reading

AMOUNT_PATTERN = r"^[0-9]{1,12}(\.[0-9]{1,6})?$"


@dataclass(frozen=True)
class Amount:
    """Money in each of the campaign's currencies: one text, or a table of one text per currency."""

    is_zero_allowed: bool = False

    def read(self, found: Any, place: str, reading: Reading) -> dict[str, Money] | None:
        """The amounts by currency, the main one first."""
        before = reading.problems.count
        texts = found if isinstance(found, Mapping) else self._alone(found, place, reading)
        if not reading.currencies:  # what is wrong with those is told at their own place
            return None
        for extra in [name for name in texts if name not in reading.currencies]:
            reading.problems.add(f"{place}.{str(extra)[:40]}", "not a currency of this campaign; see counts.currencies")
        amounts = {
            currency: self._one(texts[currency], currency, f"{place}.{currency}" if texts is found else place, reading)
            for currency in reading.currencies
            if currency in texts
        }
        missing = [currency for currency in reading.currencies if currency not in texts]
        if missing and reading.problems.count == before:
            reading.problems.add(place, f"says nothing for {', '.join(missing)}; write {_example(reading.currencies)}")
        read = {currency: amount for currency, amount in amounts.items() if amount is not None}
        return read if len(read) == len(reading.currencies) else None

    def _alone(self, found: Any, place: str, reading: Reading) -> Mapping[str, Any]:
        if len(reading.currencies) > 1:
            reading.problems.wrong(place, found, f"one amount for each currency: {_example(reading.currencies)}")
            return {}
        return dict.fromkeys(reading.currencies, found)

    def _one(self, found: Any, currency: str, place: str, reading: Reading) -> Money | None:
        amount = _money(found, currency)
        if amount is None:
            example = Money.from_decimal(Decimal(10), currency).text()
            words = f'an amount in quotes with the digits of {currency}, such as "{example}"'
            reading.problems.wrong(place, found, words)
        elif not amount and not self.is_zero_allowed:
            reading.problems.add(place, "must be more than zero")
            return None
        return amount

    def schema(self) -> dict[str, Any]:
        """A string of digits, or an object of such strings by currency."""
        text = {"type": "string", "pattern": AMOUNT_PATTERN}
        names = {"pattern": f"^{CURRENCY.pattern}$"}
        table = {"type": "object", "propertyNames": names, "additionalProperties": text, "minProperties": 1}
        return {"anyOf": [text, table]}


def _example(currencies: Sequence[str]) -> str:
    amounts = (f'{currency} = "{Money.from_decimal(Decimal(10), currency).text()}"' for currency in currencies)
    return f"{{ {', '.join(amounts)} }}"


def _money(found: Any, currency: str) -> Money | None:
    """The amount, unless it has more digits than the currency, or is less than zero."""
    if not isinstance(found, str) or not AMOUNT.fullmatch(found):
        return None
    amount = Money.from_decimal(Decimal(found), currency)
    return amount if not found.startswith("-") and amount.decimal == Decimal(found) else None


@dataclass(frozen=True)
class Percent:
    """A share of something, up to all of it."""

    def read(self, found: Any, place: str, reading: Reading) -> Decimal | None:
        """The percentage, with two decimals at most."""
        if isinstance(found, str) and AMOUNT.fullmatch(found) and self._fits(Decimal(found)):
            return Decimal(found).quantize(Decimal("0.01"))
        reading.problems.wrong(place, found, 'a percentage in quotes from "0.01" to "100"')
        return None

    def _fits(self, found: Decimal) -> bool:
        return 0 < found <= 100 and found == found.quantize(Decimal("0.01"))

    def schema(self) -> dict[str, Any]:
        """A string of digits."""
        return {"type": "string", "pattern": AMOUNT_PATTERN}
