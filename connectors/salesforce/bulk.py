"""Many records in one job of the Bulk API 2.0: a handful of calls however many they are, but minutes, not seconds.

The library's own bulk handler waits without an end and keeps an old session, so the job is led here, call by call.
https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/
"""

import csv
import hashlib
import io
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.salesforce.answers import Refusal
from connectors.salesforce.budget import Purpose
from connectors.salesforce.client import OrgApi
from connectors.salesforce.fields import Fields, Row
from connectors.salesforce.ids import full_id
from connectors.salesforce.picking import Body
from connectors.salesforce.rows import HOURS, Fate, RowError, again, later, outcome_of
from connectors.salesforce.schema import Schema, on_person_account
from connectors.salesforce.spelling import spelt
from referhub import FieldRefused, Keep, Later, Record, TryLater, Unknown, WriteOutcome

JOBS = "jobs/ingest"
KEPT_AS = "bulk jobs"
MOST_KEPT = 20
PATIENCE_SECONDS = 50.0
FIRST_GLANCE_SECONDS = 0.5
LAST_GLANCE_SECONDS = 8.0
EMPTY = "#N/A"  # an empty cell means: leave it as it is
DONE = "JobComplete"
OVER = frozenset({DONE, "Failed", "Aborted"})


class Bulk:
    """Writes referral fields by jobs, one per object."""

    def __init__(
        self,
        api: OrgApi,
        schema: Schema,
        fields: Fields,
        keep: Callable[[], Keep],
        *,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._schema = schema
        self._fields = fields
        self._keep = keep
        self._sleep = sleep
        self._monotonic = monotonic

    def write(self, records: Sequence[Record]) -> list[WriteOutcome]:
        """One outcome per record; `Later` for what is not done in a minute: the same records find their job again."""
        outcomes: list[WriteOutcome] = [None] * len(records)
        rows = self._fields.rows_of(records, outcomes)
        ends = self._monotonic() + PATIENCE_SECONDS
        for kind in sorted({row.kind for row in rows}):
            some = [row for row in rows if row.kind == kind]
            for row, outcome in zip(some, self._by_job(kind, some, ends), strict=True):
                outcomes[row.place] = outcome
        return outcomes

    def _by_job(self, kind: str, rows: Sequence[Row], ends: float) -> list[WriteOutcome]:
        text = table_of(kind, rows)
        mark = hashlib.sha256(f"{kind}\n{text}".encode()).hexdigest()
        try:
            job = self._job(kind, text, mark)
            state = self._awaited(job, ends)
            if state.get("state") not in OVER:
                return [Later("the bulk job is not done yet")] * len(rows)
            outcomes = self._results(job, state, rows)
        except (TryLater, Unknown) as problem:
            return [later(problem)] * len(rows)
        except Refusal as refusal:
            outcomes = [Later(str(refusal), HOURS)] * len(rows)
        self._remember(mark, None)
        return outcomes

    def _job(self, kind: str, text: str, mark: str) -> str:
        """The id of the job that writes this table: the one begun before, or a new one."""
        known = _jobs(self._keep().get(KEPT_AS)).get(mark)
        if known:
            return known
        wanted = {"object": kind, "operation": "update", "contentType": "CSV", "lineEnding": "LF"}
        job = str(self._api.change("POST", JOBS, wanted).get("id"))
        self._api.change("PUT", f"{JOBS}/{job}/batches", text, headers={"Content-Type": "text/csv; charset=UTF-8"})
        self._api.change("PATCH", f"{JOBS}/{job}", {"state": "UploadComplete"})
        self._remember(mark, job)
        return job

    def _awaited(self, job: str, ends: float) -> Body:
        pause = FIRST_GLANCE_SECONDS
        while True:
            state = self._api.get(f"{JOBS}/{job}", Purpose.WRITE)
            told: Body = state if isinstance(state, Mapping) else {}
            if told.get("state") in OVER or self._monotonic() + pause > ends:
                return told
            self._sleep(pause)
            pause = min(2 * pause, LAST_GLANCE_SECONDS)

    def _results(self, job: str, state: Body, rows: Sequence[Row]) -> list[WriteOutcome]:
        """Every row that is not told as failed or left over was written, if the job says that it saw them all."""
        if state.get("state") != DONE:
            return [_failed_job(str(state.get("errorMessage")), row) for row in rows]
        failed = _by_id(self._api.text(f"{JOBS}/{job}/failedResults"))
        left = _by_id(self._api.text(f"{JOBS}/{job}/unprocessedrecords"))
        seen = state.get("numberRecordsProcessed")
        if seen != len(rows) - len(left) or state.get("numberRecordsFailed") != len(failed):
            return [again("the bulk job's results do not add up")] * len(rows)
        return [again("the bulk job left it out") if row.id in left else _told(row, failed.get(row.id)) for row in rows]

    def _remember(self, mark: str, job: str | None) -> None:
        def changed(stored: str | None) -> str:
            jobs = {known: value for known, value in _jobs(stored).items() if known != mark}
            return json.dumps(dict(list((jobs | ({mark: job} if job else {})).items())[-MOST_KEPT:]))

        self._keep().change(KEPT_AS, changed)


def table_of(kind: str, rows: Sequence[Row]) -> str:
    """The rows as CSV, with every field that any of them has."""
    names = sorted({name for row in rows for name in row.fields})
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["Id", *(on_person_account(name) if kind == "Account" else name for name in names)])
    for row in rows:
        table.writerow([row.id, *(_cell(row.fields, name) for name in names)])
    return out.getvalue()


def _cell(fields: Mapping[str, Any], name: str) -> str:
    text = (spelt(fields[name]) or EMPTY) if name in fields else ""
    # The writer puts no quotes around a carriage return by itself, and the reader takes it for the end of the row.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _jobs(stored: str | None) -> dict[str, str]:
    try:
        told = json.loads(stored) if stored else {}
    except ValueError:
        return {}
    return {str(mark): str(job) for mark, job in told.items()} if isinstance(told, dict) else {}


def _by_id(table: str) -> dict[str, str]:
    """What Salesforce says of each row, by the record's id."""
    found: dict[str, str] = {}
    for row in csv.DictReader(io.StringIO(table)):
        own_id = full_id(row.get("Id")) or full_id(row.get("sf__Id"))
        if own_id:
            found[own_id] = row.get("sf__Error") or ""
    return found


def _told(row: Row, problem: str | None) -> WriteOutcome:
    return None if problem is None else _again_alone(outcome_of(bulk_error(problem), list(row.fields)), problem)


def _again_alone(outcome: WriteOutcome, problem: str) -> WriteOutcome:
    # Where it went, and a second try past a duplicate rule, is found out when it is written in a small batch.
    fate = bulk_error(problem).fate
    return again(problem[:200]) if fate in (Fate.LOOK, Fate.DUPLICATE) else outcome


def bulk_error(told: str) -> RowError:
    """`CODE:words:fields --`, as the Bulk API writes it."""
    code, _, rest = told.partition(":")
    words, _, fields = rest.rpartition(":")
    named = tuple(name.strip() for name in fields.replace("--", "").split(",") if name.strip())
    return RowError(code.strip() or "UNKNOWN_EXCEPTION", (words or rest)[:200], named)


def _failed_job(words: str, row: Row) -> WriteOutcome:
    """A job fails whole when it names a field that is not there."""
    named = words.rpartition(":")[2].strip()
    for name, theirs in row.theirs.items():
        if theirs == named:
            return FieldRefused(name, f"the bulk job failed: {words[:200]}")
    return Later(f"the bulk job failed: {words[:200]}", HOURS)
