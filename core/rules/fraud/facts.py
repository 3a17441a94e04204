"""What the fraud rules look at: one recommended order, the two people, and the orders around it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.rules.fraud.accounts import RewardFacts

# A kind of sign and its value: a keyed hash in the hub, so it can be compared and nothing else.
Sign = tuple[str, str]
Key = Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Bought:
    """One order with its signs, and the advocate who brought it, if anybody did."""

    order_id: str
    person_id: str
    at: datetime
    signs: frozenset[Sign] = frozenset()
    advocate_id: str | None = None
    code_id: str | None = None
    came_by_link: bool = False
    is_paid: bool = True
    went_back: bool = False

    def of(self, *kinds: str) -> frozenset[Sign]:
        """Its signs of these kinds."""
        return frozenset(sign for sign in self.signs if sign[0] in kinds)


@dataclass(frozen=True, slots=True)
class Somebody:
    """One side. `mails` are comparable spellings in the clear, in memory only; `signs` are those of the person's
    addresses, telephone numbers and name."""

    person_id: str
    mails: tuple[str, ...] = ()
    signs: frozenset[Sign] = frozenset()
    is_trusted: bool = False
    is_staff: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A recommended order, as the rules judge it.

    `orders` are all that may matter, in any order, this one included; `key` turns a word into the value of a sign of
    that kind; `receiving` is where the reward would go, once that is known.
    """

    order: Bought
    advocate: Somebody
    friend: Somebody
    orders: tuple[Bought, ...]
    key: Key
    receiving: RewardFacts | None = None

    def of_advocate(self) -> tuple[Bought, ...]:
        """What the advocate bought."""
        return tuple(one for one in self.orders if one.person_id == self.advocate.person_id)

    def brought(self) -> tuple[Bought, ...]:
        """What the advocate brought, this order included."""
        return tuple(one for one in self.orders if one.advocate_id == self.advocate.person_id)

    def signs_of_advocate(self) -> frozenset[Sign]:
        """Every sign ever seen of the advocate."""
        return self.advocate.signs.union(*(one.signs for one in self.of_advocate()))

    def signs_of_friend(self) -> frozenset[Sign]:
        """The signs of the friend and of this order."""
        return self.friend.signs | self.order.signs


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: in words, with the other orders that show it, and how many points where not the rule's own."""

    words: str
    orders: tuple[str, ...] = ()
    points: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The thresholds and lists by which one rule judges."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]
