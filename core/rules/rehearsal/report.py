"""The report: every promise and every story in words, as it is stored, shown and sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.rules.rehearsal.cast import CAST
from core.rules.rehearsal.facts import Bought, Owed, Performance
from core.rules.rehearsal.findings import Finding
from core.rules.rehearsal.promises import Kept
from core.rules.rehearsal.role import Role

MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Act:
    """One story: who did what, what should have come of it, and what did."""

    role: str
    title: str
    story: str
    expected: str
    happened: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a rehearsal. `warnings` are what could not be played, in words."""

    promises: tuple[Kept, ...]
    acts: tuple[Act, ...]
    places: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def has_passed(self) -> bool:
        """True when something was promised and nothing of it was broken."""
        return bool(self.promises) and all(one.holds is not False for one in self.promises)

    @property
    def to_mend(self) -> list[Finding]:
        """Everything that broke a promise."""
        return [finding for one in self.promises for finding in one.findings]

    def stored(self) -> dict[str, Any]:
        """As the table keeps it."""
        return asdict(self)


def read_report(stored: Mapping[str, Any]) -> Report:
    """The report from what the table keeps; an empty one of a rehearsal that did not end."""
    promises = tuple(
        Kept(**{**one, "findings": tuple(Finding(**found) for found in one["findings"])})
        for one in stored.get("promises", ())
    )
    acts = tuple(Act(**one) for one in stored.get("acts", ()))
    return Report(promises, acts, tuple(stored.get("places", ())), tuple(stored.get("warnings", ())))


def report_of(
    performance: Performance, kept: Sequence[Kept], places: Iterable[str] = (), warnings: Iterable[str] = ()
) -> Report:
    """The report of a performance."""
    wrong = {finding.who for one in kept for finding in one.findings}
    roles = [role for role in CAST if role.key in performance.roles]
    acts = tuple(
        Act(role.key, role.title, role.story, role.expects.value, _happened(performance, role), role.title not in wrong)
        for role in roles
    )
    return Report(tuple(kept), acts, tuple(places), tuple(warnings))


def _happened(performance: Performance, role: Role) -> str:
    owed = [_of_reward(performance, one) for one in performance.owed_in(role.key)]
    not_counted = [_of_purchase(one) for one in performance.bought_in(role.key) if not one.conversions]
    told = [*owed, *not_counted]
    more = [f"and {len(told) - MOST_NAMED} more"] if len(told) > MOST_NAMED else []
    return "; ".join([*told[:MOST_NAMED], *more]) or "nothing was heard of it"


def _of_reward(performance: Performance, one: Owed) -> str:
    given = sum(held.amount.minor for held in performance.held_by(one.role, one.who))
    held = f", holds {type(one.net)(given, one.net.currency)}" if one.receipts else ""
    why = f" ({one.reason})" if one.reason else ""
    return f"{one.who} ({one.side}): {one.net} of {one.granted} {one.kind.replace('_', ' ')}, {one.state}{held}{why}"


def _of_purchase(one: Bought) -> str:
    return f"{one.who}'s {one.order} of {one.base} does not count: {'; '.join(one.reasons) or 'nobody says why'}"
