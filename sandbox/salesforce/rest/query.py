"""The query resources: an answer in pages, and the rest of an answer that was too long for one."""

from __future__ import annotations

import re
from typing import Any

from sandbox.ground.answers import Answer
from sandbox.salesforce.answers import api_answer
from sandbox.salesforce.refusals import Refusal
from sandbox.salesforce.rest.call import RestCall
from sandbox.salesforce.soql.answering import Asked
from sandbox.salesforce.soql.reading import read_query

PAGE = 2000
SMALLEST_PAGE = 200


def query(call: RestCall) -> Answer:
    return _asked(call, with_deleted=False)


def query_all(call: RestCall) -> Answer:
    """Deleted and merged records too, until they are purged."""
    return _asked(call, with_deleted=True)


def _asked(call: RestCall, with_deleted: bool) -> Answer:
    text = call.request.query.get("q")
    if text is None:
        raise Refusal("MALFORMED_QUERY", "unexpected token: '<EOF>'")
    asked, found = Asked(call.org, with_deleted, call.base), read_query(text)
    if found.counts:
        return api_answer(200, {"totalSize": asked.count(found), "done": True, "records": []})
    rows = asked.rows(found)
    size = _page_size(call)
    if len(rows) <= size:
        return api_answer(200, {"totalSize": len(rows), "done": True, "records": rows})
    locator = call.org.truth.next_id("01g")
    call.org.truth.put("@cursor", locator, {"rows": rows, "size": size})
    return _page(call, locator, 0)


def _page_size(call: RestCall) -> int:
    """The desk's, or the caller's within the vendor's bounds."""
    scripted = call.org.truth.setting("page size")
    if scripted:
        return int(scripted)
    wished = re.search(r"batchSize=(\d+)", call.request.header("sforce-query-options") or "")
    return min(max(int(wished[1]), SMALLEST_PAGE), PAGE) if wished else PAGE


def query_more(call: RestCall, locator: str, start: str) -> Answer:
    if call.org.truth.get("@cursor", locator) is None:
        raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(call, locator, int(start))


def _page(call: RestCall, locator: str, start: int) -> Answer:
    """The rows are those of the moment when the query was asked."""
    cursor = call.org.truth.get("@cursor", locator) or {}
    rows, end = cursor["rows"], start + cursor["size"]
    body: dict[str, Any] = {"totalSize": len(rows), "done": end >= len(rows)}
    if not body["done"]:
        body["nextRecordsUrl"] = f"{call.base}/query/{locator}-{end}"
    return api_answer(200, body | {"records": rows[start:end]})
