"""Writing: one batch goes to the source, and a field that stands in the way is left out and told once."""

import logging
from collections.abc import Sequence

from core.contract.credits import FieldRefused, Later, Refused, WriteOutcome
from core.contract.errors import NeedsAttention, TryLater
from core.contract.parts import Writes, WritesInBulk
from core.rules.fields import Difference
from core.rules.retrying import backoff
from core.services.failpoints import reach
from core.services.field_batch import Batch, Work

log = logging.getLogger(__name__)


def write_batch(connector: Writes, batch: Batch) -> dict[str, str]:
    """Every work has its outcome; returns the fields of the source that cannot be written, each with the reason.

    Raises `TryLater` or `NeedsAttention` when the source takes nothing now: what was sent before is sent again.
    """
    refused: dict[str, str] = {}
    works = batch.to_write
    while works:
        outcomes = _send(connector, batch, works)
        reach("sync.after_write")
        for work, outcome in zip(works, outcomes, strict=True):
            work.outcome, work.was_sent = _told(work, outcome), True
        blamed = [work for work in works if isinstance(work.outcome, FieldRefused)]
        refused |= {
            work.outcome.field: work.outcome.reason for work in blamed if isinstance(work.outcome, FieldRefused)
        }
        for work in blamed:
            work.outcome, work.was_sent = None, False
            work.difference = _without(work.difference, refused)
        works = [work for work in blamed if work.is_to_be_written]
    return refused


def _send(connector: Writes, batch: Batch, works: Sequence[Work]) -> Sequence[WriteOutcome]:
    records = [work.record() for work in works]
    batch.calls += 1
    try:
        if batch.is_bulk and isinstance(connector, WritesInBulk):
            outcomes = connector.write_in_bulk(records)
        else:
            outcomes = connector.write(records)
    except (TryLater, NeedsAttention):
        raise
    except Exception as problem:  # a connector's bug: the values are absolute, so the same can be sent again
        log.exception("fields could not be written")
        return [Later(f"{type(problem).__name__}, see the log", backoff(1))] * len(works)
    if len(outcomes) != len(works):
        return [Later(f"{len(outcomes)} outcomes were told for {len(works)} records", backoff(1))] * len(works)
    return outcomes


def _told(work: Work, outcome: WriteOutcome) -> WriteOutcome:
    """A field that was never sent cannot stand in the way: then the record is refused."""
    if isinstance(outcome, FieldRefused) and outcome.field not in work.difference.changes:
        return Refused(f"{outcome.field}: {outcome.reason}")
    return outcome


def _without(difference: Difference, refused: dict[str, str]) -> Difference:
    changes = {name: value for name, value in difference.changes.items() if name not in refused}
    return Difference(changes, difference.agrees)
