"""Check: every invariant is asked, read-only; a broken one stops pushing until it holds again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from core.gateway.hub import Hub
from core.models import HubState
from core.queries.digest import digest
from core.queries.invariants import INVARIANTS

LAST_CHECK, STOPPED = "last_check_at", "pushing_stopped"
MOST_SHOWN = 20


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
    """The report; and pushing is stopped when something is broken, or allowed again when all is well."""
    with hub.database.reading() as session:
        findings = tuple(Finding(one.number, one.promise, tuple(_some(one.violations(session)))) for one in INVARIANTS)
        report = CheckReport(hub.now(), digest(session), findings)
    with hub.database.transaction() as session:
        _note(session, LAST_CHECK, report.checked_at.isoformat())
        _note(session, STOPPED, _why_stopped(report))
    return report


def why_pushing_is_stopped(session: Session) -> str:
    """The broken promise that stops all pushes, or an empty text."""
    row = session.get(HubState, STOPPED)
    return row.value if row else ""


def is_check_due(session: Session, hub: Hub) -> bool:
    """True when the last check is older than the hub's timing allows."""
    row = session.get(HubState, LAST_CHECK)
    return row is None or hub.now() - datetime.fromisoformat(row.value) >= hub.timings.check_every


def _some(violations: Iterator[str]) -> list[str]:
    return list(islice(violations, MOST_SHOWN))


def _why_stopped(report: CheckReport) -> str:
    broken = [finding for finding in report.findings if finding.violations]
    return "; ".join(f"{finding.number} {finding.promise}: {finding.violations[0]}" for finding in broken)[:500]


def _note(session: Session, name: str, value: str) -> None:
    session.merge(HubState(name=name, value=value))
