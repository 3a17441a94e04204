"""What happened in a rehearsal: who bought, what the hub owed, and what the targets hold by their own account."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.contract.money import Money
from core.rules.terms import Terms

PUSHED = ("pushed", "clawed_back", "netted")


@dataclass(frozen=True, slots=True)
class Bought:
    """One purchase somebody made; `conversions` is how often it counted, `reasons` why or why not."""

    role: str
    who: str
    order: str
    place: str
    base: Money
    conversions: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Owed:
    """One reward as the hub's books have it, with the receipts of what was given (not taken back) for it."""

    role: str
    side: str
    who: str
    order: str
    kind: str
    granted: Money
    net: Money
    state: str
    place: str = ""
    account: str = ""
    reason: str = ""
    receipts: tuple[str, ...] = ()
    take_backs: tuple[str, ...] = ()
    receivable: Money | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """One effect on an account, as the target itself has it; below zero it was taken back. A stranger's `who` is ""."""

    place: str
    account: str
    who: str
    role: str
    kind: str
    amount: Money
    remote_id: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One referral fact on somebody's record: what should stand there, and what does."""

    place: str
    role: str
    who: str
    field: str
    expected: str
    found: str

    @property
    def is_right(self) -> bool:
        """True when it stands there as it should."""
        return self.expected == self.found


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as it stood in the copy of the campaign in which a role was played."""

    budget: Money | None = None
    rewards_per_advocate: int | None = None


@dataclass(frozen=True, slots=True)
class Performance:
    """Everything that was seen. `given_early` was there before any hold had ended; `rules` is what friends and
    advocates are promised, by language; `broken` are invariants that do not hold, in words. `lacking` says of each role
    that was not played what there is not; `untried` are facts that the terms ask for and nobody could make up."""

    terms: Terms
    roles: tuple[str, ...]
    bought: tuple[Bought, ...] = ()
    owed: tuple[Owed, ...] = ()
    given: tuple[Given, ...] = ()
    given_early: int = 0
    shown: tuple[Shown, ...] = ()
    limits: Mapping[str, Limit] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    lacking: Mapping[str, str] = field(default_factory=dict)
    untried: tuple[str, ...] = ()

    def bought_in(self, role: str) -> list[Bought]:
        """The purchases of one role."""
        return [one for one in self.bought if one.role == role]

    def owed_in(self, role: str) -> list[Owed]:
        """The rewards of one role."""
        return [one for one in self.owed if one.role == role]

    def held_by(self, role: str, who: str = "") -> list[Given]:
        """What the targets hold of one role, or of one of its people."""
        return [one for one in self.given if one.role == role and who in ("", one.who)]
