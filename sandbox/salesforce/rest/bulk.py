"""Bulk 2.0 ingest: a job is made, its table uploaded, closed, worked through row by row, and its results read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from sandbox.ground.answers import Answer
from sandbox.salesforce.answers import api_answer, text_answer
from sandbox.salesforce.refusals import Refusal, not_there
from sandbox.salesforce.rest.call import RestCall
from sandbox.salesforce.rest.single import external, known_by
from sandbox.salesforce.trade import life, saving
from sandbox.salesforce.trade.keeping import living
from sandbox.salesforce.truth import Record

OPERATIONS = ("insert", "update", "upsert", "delete")
ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
NOTHING = "#N/A"  # empties the field; an empty cell leaves it alone
HIDDEN = ("table", "made", "failed", "unprocessed", "polls")
Job = dict[str, Any]


def create(call: RestCall) -> Answer:
    asked = call.fields()
    kind = call.org.kind(str(asked.get("object")))
    if kind is None:
        raise Refusal("INVALIDENTITY", f"Unable to find object: {asked.get('object')}")
    if asked.get("operation") not in OPERATIONS:
        raise Refusal("INVALIDJOB", f"InvalidJob : Unknown operation {asked.get('operation')}")
    if asked["operation"] == "upsert":
        external(call.org, kind, str(asked.get("externalIdFieldName")))
    number, now = call.org.truth.next_id("750"), call.org.stamp()
    job: Job = {"id": number, "operation": asked["operation"], "object": kind.name, "createdById": call.user_id}
    job |= {"createdDate": now, "systemModstamp": now, "state": "Open", "jobType": "V2Ingest", "contentType": "CSV"}
    job |= {"concurrencyMode": "Parallel", "columnDelimiter": "COMMA", "lineEnding": asked.get("lineEnding", "LF")}
    job |= {
        "apiVersion": float(call.version),
        "contentUrl": f"services/data/v{call.version}/jobs/ingest/{number}/batches",
    }
    job |= {"externalIdFieldName": asked.get("externalIdFieldName"), "table": None, "polls": 0}
    call.org.truth.put("@job", number, job)
    return api_answer(200, _shown(job))


def _shown(job: Job) -> Job:
    return {name: value for name, value in job.items() if name not in HIDDEN and value is not None}


def _job(call: RestCall, id: str, *states: str) -> Job:
    job = call.org.truth.get("@job", id)
    if job is None:
        raise not_there()
    if states and job["state"] not in states:
        raise Refusal("INVALIDJOBSTATE", f"Job is in state {job['state']}")
    return job


def upload(call: RestCall, id: str) -> Answer:
    """201 and no body; a job takes one table."""
    job = _job(call, id, "Open")
    if job["table"] is not None:
        raise Refusal("INVALIDJOBSTATE", "Only one batch of data can be uploaded for a job")
    call.org.truth.put("@job", id, job | {"table": call.request.body.decode(errors="replace")})
    return Answer(201)


def close(call: RestCall, id: str) -> Answer:
    wanted = call.fields().get("state")
    if wanted == "Aborted":
        job = _job(call, id, "Open", "UploadComplete") | {"state": "Aborted"}
        call.org.truth.put("@job", id, job)
        return api_answer(200, _shown(job))
    if wanted != "UploadComplete":
        raise Refusal("INVALIDJOBSTATE", f"Invalid state {wanted}")
    job = _job(call, id, "Open") | {"state": "UploadComplete"}
    call.org.truth.put("@job", id, job)
    return api_answer(200, _shown(job))


def state(call: RestCall, id: str) -> Answer:
    """The job is under way for as many looks as the desk said (one unless told), and done after that."""
    job = _job(call, id)
    if job["state"] in ("UploadComplete", "InProgress"):
        looks = int(call.org.truth.setting("bulk looks", 1))
        ready = job["polls"] >= looks
        job = _worked(call, job) if ready else job | {"state": "InProgress", "polls": job["polls"] + 1}
        call.org.truth.put("@job", id, job)
    return api_answer(200, _shown(job))


def delete(call: RestCall, id: str) -> Answer:
    call.org.truth.remove("@job", _job(call, id, "UploadComplete", "JobComplete", "Aborted", "Failed")["id"])
    return Answer(204)


def _worked(call: RestCall, job: Job) -> Job:
    """Every row was tried by itself; a table that cannot be read fails as a whole."""
    try:
        columns, rows = _table(call, job)
    except Refusal as refusal:
        return job | {
            "state": "Failed",
            "errorMessage": refusal.message,
            "unprocessed": _table_text(job),
            "made": "",
            "failed": "",
        }
    made, failed = [], []
    for row in rows:
        try:
            with call.org.truth.attempt():
                made.append([*_saved(call, job, row), *row.values()])
        except Refusal as refusal:
            error = f"{refusal.code}:{refusal.message}:{' '.join(refusal.fields)}--"
            failed.append([_given_id(row), error, *row.values()])
    counts = {
        "numberRecordsProcessed": len(rows),
        "numberRecordsFailed": len(failed),
        "systemModstamp": call.org.stamp(),
    }
    results = {"made": _csv(["sf__Id", "sf__Created", *columns], made), "unprocessed": _csv(columns, [])}
    return job | counts | results | {"failed": _csv(["sf__Id", "sf__Error", *columns], failed), "state": "JobComplete"}


def _table(call: RestCall, job: Job) -> tuple[list[str], list[dict[str, str]]]:
    text, kind = job["table"] or "", call.org.seen(call.kind(job["object"]))
    if ("\r\n" in text) != (job["lineEnding"] == "CRLF"):
        raise Refusal("INVALIDBATCH", "LineEnding is invalid on user data.")
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = list(reader.fieldnames or [])
    unknown = next((name for name in columns if kind.named(name) is None), None)
    if unknown or not columns:
        raise Refusal("INVALIDBATCH", f"InvalidBatch : Field name not found : {unknown}")
    return columns, [dict(row) for row in reader]


def _table_text(job: Job) -> str:
    return str(job["table"] or "")


def _given_id(row: dict[str, str]) -> str:
    return next((value for name, value in row.items() if name.lower() == "id"), "")


def _fields(row: dict[str, str]) -> Record:
    told = {name: value for name, value in row.items() if value != "" and name.lower() != "id"}
    return {name: None if value == NOTHING else value for name, value in told.items()}


def _saved(call: RestCall, job: Job, row: dict[str, str]) -> tuple[str, str]:
    """The record's id, and whether it is new."""
    return OPERATION_OF[job["operation"]](call, job, row)


def _insert(call: RestCall, job: Job, row: dict[str, str]) -> tuple[str, str]:
    return str(saving.create(call.org, job["object"], _fields(row), call.actor())["Id"]), "true"


def _update(call: RestCall, job: Job, row: dict[str, str]) -> tuple[str, str]:
    given = _given_id(row)
    if not given:
        raise Refusal("MISSING_ARGUMENT", "Id not specified in an update call")
    kind, _ = living(call.org, given)
    if kind.name != job["object"]:
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    return str(saving.update(call.org, given, _fields(row), call.actor())["Id"]), "false"


def _upsert(call: RestCall, job: Job, row: dict[str, str]) -> tuple[str, str]:
    field = external(call.org, call.kind(job["object"]), job["externalIdFieldName"])
    value = row.get(field.name)
    if not value:
        raise Refusal("MISSING_ARGUMENT", f"{field.name} not specified")
    known = known_by(call.org, call.kind(job["object"]), field, value)
    if len(known) > 1:
        raise Refusal("DUPLICATE_EXTERNAL_ID", f"{field.name}: more than one record found for external id")
    return _update(call, job, {**row, "Id": known[0]["Id"]}) if known else _insert(call, job, row)


def _delete(call: RestCall, job: Job, row: dict[str, str]) -> tuple[str, str]:
    life.delete(call.org, _given_id(row), call.actor())
    return _given_id(row), "false"


OPERATION_OF: dict[str, Callable[[RestCall, Job, dict[str, str]], tuple[str, str]]] = {
    "insert": _insert,
    "update": _update,
    "upsert": _upsert,
    "delete": _delete,
}
RESULTS = {"successfulResults": "made", "failedResults": "failed", "unprocessedrecords": "unprocessed"}


def results(call: RestCall, id: str, which: str) -> Answer:
    return text_answer(str(_job(call, id, "JobComplete", "Failed", "Aborted").get(RESULTS[which]) or ""))


def _csv(columns: list[str], rows: list[list[str]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return written.getvalue()
