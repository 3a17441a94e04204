"""What changed and what was deleted between two times, and how many calls are left today."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.ground.answers import Answer
from sandbox.salesforce.answers import api_answer
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.rest.call import RestCall
from sandbox.salesforce.times import read_time, written_time

KEPT = timedelta(days=30)


def updated(call: RestCall, name: str) -> Answer:
    kind, (start, end) = call.kind(name), _window(call)
    there = [each for each in call.org.truth.all(kind.name) if not each["IsDeleted"]]
    ids = [each["Id"] for each in there if start <= each["SystemModstamp"] < end]
    return api_answer(200, {"ids": ids, "latestDateCovered": end})


def deleted(call: RestCall, name: str) -> Answer:
    kind, (start, end) = call.kind(name), _window(call)
    gone = [each for each in call.org.truth.all(kind.name) if each["IsDeleted"]]
    rows = [
        {"id": each["Id"], "deletedDate": each["SystemModstamp"]}
        for each in gone
        if start <= each["SystemModstamp"] < end
    ]
    earliest = written_time(call.org.truth.now() - KEPT)
    return api_answer(200, {"deletedRecords": rows, "earliestDateAvailable": earliest, "latestDateCovered": end})


def _window(call: RestCall) -> tuple[str, str]:
    """Start and end without their seconds; raises Refusal for a window that is none, or that is purged by now."""
    try:
        start, end = (read_time(call.request.query[name].replace(" ", "+")) for name in ("start", "end"))
    except (KeyError, ValueError):
        raise Refusal("MALFORMED_QUERY", "start and end have to be dates with an offset") from None
    start, end = (at.replace(second=0, microsecond=0) for at in (start, end))
    _check(start, end, call.org.truth.now())
    return written_time(start), written_time(end)


def _check(start: datetime, end: datetime, now: datetime) -> None:
    if start < now - KEPT:
        raise Refusal("INVALID_REPLICATION_DATE", "startDate before org replication enabled date")
    if end <= start:
        raise Refusal("INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate")


def limits(call: RestCall) -> Answer:
    used, most = call.org.budget()
    return api_answer(200, {"DailyApiRequests": {"Max": most, "Remaining": max(most - used, 0)}})
