"""The terms of a campaign: what counts, who gets what for it, when, and how much at most."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from core.contract.errors import Mendable
from core.contract.events import EvidenceKind, OrderKind
from core.contract.money import Money
from core.rules.conditions import Condition

SIDES = ("advocate", "friend")
SAME_PURCHASE = timedelta(days=3)


class BadTerms(Mendable, ValueError):
    """Terms that cannot be kept; `problems` names each place and what to write there."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Touch(StrEnum):
    """Whose friend somebody is whom several advocates recommended the shop to."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Worth:
    """How much: fixed `amounts` by currency, or a `percent` of what counts, `at_most` so much by currency."""

    amounts: Mapping[str, Money] = field(default_factory=dict)
    percent: Decimal | None = None
    at_most: Mapping[str, Money] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tier:
    """From the advocate's `from_number`-th counted referral on, a reward is worth this instead."""

    from_number: int
    worth: Worth


@dataclass(frozen=True, slots=True)
class Milestone:
    """With the advocate's `at`-th standing referral this much comes on top, once."""

    at: int
    worth: Worth


@dataclass(frozen=True, slots=True)
class RewardTerms:
    """What one side gets.

    `tiers` and `milestones` are sorted by their number; `when` decides whether this side gets anything; a percentage is
    of the lines for which `of_lines` holds, or of the whole order.
    """

    kind: str
    worth: Worth
    expires_days: int | None = None
    tiers: tuple[Tier, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    when: Condition | None = None
    of_lines: Condition | None = None

    @property
    def amount(self) -> Money | None:
        """The fixed amount in the campaign's main currency."""
        return next(iter(self.worth.amounts.values()), None)

    @property
    def percent(self) -> Decimal | None:
        """The share of what counts."""
        return self.worth.percent

    @property
    def at_most(self) -> Money | None:
        """The most that a share may be, in the campaign's main currency."""
        return next(iter(self.worth.at_most.values()), None)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much at most.

    `budget` and `amount_per_advocate` are by currency; `most_of_order` is the percentage of what counts that all
    rewards for one order may take together; `pause_when_burning` the percentage of the budget that, promised within one
    hour, pauses the campaign.
    """

    budget: Mapping[str, Money] = field(default_factory=dict)
    rewards_per_advocate: int | None = None
    per_days: int = 30
    amount_per_advocate: Mapping[str, Money] = field(default_factory=dict)
    amount_days: int = 365
    rewards_per_friend: int | None = None
    most_of_order: Decimal | None = None
    pause_at_budget: bool = False
    pause_when_burning: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FraudTerms:
    """What was written on fraud rules; what was not is as the rules' own table says.

    `modes` and `settings` (thresholds, points and lists) are by rule, `general` is for all of them together.
    """

    modes: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, int | str | bool | tuple[str, ...]]] = field(default_factory=dict)
    general: Mapping[str, int] = field(default_factory=dict)
    since_day_one: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of what a campaign promises.

    The first of `currencies` is the main one. Orders placed before `starts_at`, or at `ends_at` or later, do not count.
    A deal counts in one of `deal_stages`, or, without any, once it is won. A friend who bought nothing for `new_after`
    is new again.
    """

    slug: str
    name: str
    destination: str
    currencies: tuple[str, ...]
    minimum: Mapping[str, Money]
    is_first_order_only: bool
    kinds: tuple[OrderKind, ...]
    same_purchase: timedelta
    window: timedelta
    precedence: tuple[EvidenceKind, ...]
    hold: timedelta
    rewards: Mapping[str, RewardTerms]
    limits: Limits = field(default_factory=Limits)
    fraud: FraudTerms = field(default_factory=FraudTerms)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    new_after: timedelta | None = None
    deal_stages: tuple[str, ...] = ()
    when: Condition | None = None
    touch: Touch = Touch.FIRST

    @property
    def currency(self) -> str:
        """The main currency: leads have no other."""
        return self.currencies[0]

    @property
    def budget(self) -> Money | None:
        """The budget in the main currency."""
        return self.limits.budget.get(self.currency)

    @property
    def rewards_per_advocate(self) -> int | None:
        """How many rewards one advocate gets within `per_days` days."""
        return self.limits.rewards_per_advocate

    @property
    def per_days(self) -> int:
        """The length of the period in which an advocate's rewards are numbered."""
        return self.limits.per_days
