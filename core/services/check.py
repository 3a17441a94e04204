"""Check: every invariant is asked, read-only; a broken one stops pushing until it holds again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import HubState, Merchant
from core.queries.audit import broken_trails
from core.queries.digest import digest
from core.queries.invariants import INVARIANTS
from core.queries.stopped import LAST_CHECK, STOPPED, last_check_at, stopped_name, why_pushing_is_stopped

TRAIL = "I31"
MOST_SHOWN = 20
__all__ = ["LAST_CHECK", "STOPPED", "CheckReport", "Finding", "check", "is_check_due", "why_pushing_is_stopped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant and the violations found; empty when it holds."""

    number: str
    promise: str
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What the check found, and the digest of all money."""

    checked_at: datetime
    digest: str
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """True when every invariant holds."""
        return not any(finding.violations for finding in self.findings)


def check(hub: Hub) -> CheckReport:
    """The report; and pushing is stopped where something is broken, or allowed again where all is well.

    Each merchant is asked about alone: what is broken for one stops nobody else, who does not even hear of it. The
    whole house's report holds all of theirs, with whom each violation concerns if there are several.
    """
    with hub.database.reading() as session:
        merchants = [(row.id, row.name) for row in session.scalars(select(Merchant).order_by(Merchant.created_at))]
    of_each = {name: _of_merchant(hub.within(merchant_id), merchant_id) for merchant_id, name in merchants}
    findings = _together(of_each)
    if hub.merchant_id is None:
        findings = _with_house(hub, findings, {said for found in of_each.values() for said in _of_trails(found)})
    with hub.database.reading() as session:
        report = CheckReport(hub.now(), digest(session), findings)
    if hub.merchant_id is None:
        with hub.database.transaction() as session:
            _note(session, LAST_CHECK, report.checked_at.isoformat())
    return report


def _of_merchant(hub: Hub, merchant_id: str) -> tuple[Finding, ...]:
    with hub.database.reading() as session:
        findings = tuple(Finding(one.number, one.promise, tuple(_some(one.violations(session)))) for one in INVARIANTS)
    with hub.database.transaction() as session:
        _note(session, stopped_name(merchant_id), _why_stopped(findings))
    return findings


def _together(of_each: Mapping[str, Sequence[Finding]]) -> tuple[Finding, ...]:
    """What was found anywhere, promise by promise."""
    whose = {name: f"{name}: " if len(of_each) > 1 else "" for name in of_each}
    together = []
    for place, one in enumerate(INVARIANTS):
        words = [whose[name] + said for name, found in of_each.items() for said in found[place].violations]
        together.append(Finding(one.number, one.promise, tuple(words[:MOST_SHOWN])))
    return tuple(together)


def _of_trails(findings: Sequence[Finding]) -> Iterator[str]:
    return (said for one in findings if one.number == TRAIL for said in one.violations)


def _with_house(hub: Hub, findings: Sequence[Finding], theirs: set[str]) -> tuple[Finding, ...]:
    """With what is broken about the house itself, its own audit trail: that stops everybody's pushes."""
    with hub.database.reading() as session:
        words = tuple(said for said in _some(broken_trails(session)) if said not in theirs)
    of_house = Finding(TRAIL, "every audit trail is whole", words)
    with hub.database.transaction() as session:
        _note(session, STOPPED, _why_stopped([of_house]))
    return tuple(replace(one, violations=(*words, *one.violations)) if one.number == TRAIL else one for one in findings)


def is_check_due(session: Session, hub: Hub) -> bool:
    """True when the last check is older than the hub's timing allows."""
    last = last_check_at(session)
    return last is None or hub.now() - last >= hub.timings.check_every


def _some(violations: Iterator[str]) -> list[str]:
    return list(islice(violations, MOST_SHOWN))


def _why_stopped(findings: Sequence[Finding]) -> str:
    broken = [finding for finding in findings if finding.violations]
    return "; ".join(f"{finding.number} {finding.promise}: {finding.violations[0]}" for finding in broken)[:500]


def _note(session: Session, name: str, value: str) -> None:
    session.merge(HubState(name=name, value=value))
