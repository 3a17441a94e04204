"""Money: an integer of minor units and a currency, and the arithmetic that never loses a unit."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from core.contract.errors import Unreadable

# ISO 4217 minor units that differ from two digits.
# https://www.six-group.com/en/products-services/financial-information/data-standards.html
EXPONENTS = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
DEFAULT_EXPONENT = 2

# A strict pattern first: Decimal accepts "1e1000000" (then int() takes half a minute), "1_0" and Arabic digits.
AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
CURRENCY = re.compile(r"[A-Z]{3}")


def exponent(currency: str) -> int:
    """How many decimal digits one major unit of `currency` has."""
    return EXPONENTS.get(currency, DEFAULT_EXPONENT)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount: `minor` units (cents, yen, fils) of an ISO 4217 `currency`."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not CURRENCY.fullmatch(self.currency):
            raise Unreadable(f"{self.currency!r} is not a currency: give three capital letters such as EUR")

    @classmethod
    def zero(cls, currency: str) -> "Money":
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> "Money":
        """The amount that a source wrote as a decimal string, rounded half up once to the minor unit.

        Raises `Unreadable` for anything but plain digits with at most twelve before and six after the point.
        """
        if not isinstance(text, str) or not AMOUNT.fullmatch(text):
            raise Unreadable(f"{str(text)[:40]!r} is not an amount of money: expected digits such as 12.50")
        return cls.from_decimal(Decimal(text), currency)

    @classmethod
    def from_decimal(cls, amount: Decimal, currency: str) -> "Money":
        """The nearest minor unit (half up) of an exact amount in major units."""
        minor = amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return cls(int(minor), currency)

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def text(self) -> str:
        """The amount as sources write it: plain digits with the currency's own number of decimals."""
        digits = exponent(self.currency)
        sign, size = ("-" if self.minor < 0 else ""), abs(self.minor)
        whole, rest = divmod(size, 10**digits)
        return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"

    def __str__(self) -> str:
        return f"{self.currency} {self.text()}"

    def __bool__(self) -> bool:
        return self.minor != 0

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def share(self, part: int, whole: int) -> "Money":
        """`part / whole` of this amount, rounded half up (away from zero on a tie)."""
        if whole <= 0:
            raise ValueError("a share needs a positive whole")
        exact = abs(self.minor) * part
        rounded = (2 * exact + whole) // (2 * whole) if exact >= 0 else -((2 * -exact + whole) // (2 * whole))
        return Money(rounded if self.minor >= 0 else -rounded, self.currency)

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Parts in proportion to `weights` that sum to exactly this amount (largest remainder, first wins a tie)."""
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise ValueError("weights must be zero or more, and not all zero")
        size = abs(self.minor)
        parts = [size * weight // whole for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
        for i in by_remainder[: size - sum(parts)]:
            parts[i] += 1
        sign = 1 if self.minor >= 0 else -1
        return [Money(sign * part, self.currency) for part in parts]

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self} and {other} are different currencies and are never mixed")
        return other.minor
