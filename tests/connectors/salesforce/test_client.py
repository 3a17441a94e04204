"""Asking the org: every failure says what to do next, and the org's daily calls are left to others in time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.salesforce.budget import Budget, Purpose
from connectors.salesforce.client import OrgApi
from connectors.salesforce.connector import Salesforce
from referhub import (
    AnswerLost,
    ConnectorError,
    HttpResponse,
    NeedsAttention,
    NotSent,
    Rejected,
    TryLater,
    Unknown,
    Usage,
)
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.connectors.salesforce.conftest import connect
from tests.connectors.salesforce.support import INSTANCE, ScriptedHttp, answer, connector, errors, login, records

SOQL = "SELECT Name FROM Organization"


def api_over(*answers: HttpResponse | Exception) -> tuple[OrgApi, ScriptedHttp]:
    http = ScriptedHttp(login(), *answers)
    return connector(http)._api, http


HTML = b"<html><body>Please log in to the proxy</body></html>"


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        (NotSent("no"), TryLater),
        (AnswerLost("no"), TryLater),
        (answer(HTML), TryLater),
        (answer(HTML, 503), TryLater),
        (answer(b"", 502), TryLater),
        (answer({"errorCode": "SERVER_UNAVAILABLE", "message": "busy"}, 503), TryLater),
        (errors("QUERY_TIMEOUT"), TryLater),
        (errors("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.", 403), TryLater),
        (answer(b"", 429), TryLater),
        (errors("API_DISABLED_FOR_ORG", "no", 403), NeedsAttention),
        (errors("API_CURRENTLY_DISABLED", "no", 403), NeedsAttention),
        (errors("INSUFFICIENT_ACCESS", "no", 403), NeedsAttention),
        (errors("SOMETHING_NEW", "no", 403), NeedsAttention),
        (answer(HTML, 407), TryLater),
        (errors("UNSUPPORTED_API_VERSION", "no", 404), NeedsAttention),
        (answer(b"", 302, location="https://evil.example"), NeedsAttention),
        (errors("MALFORMED_QUERY"), Rejected),
        (errors("INVALID_TYPE"), Rejected),
        (errors("NOT_FOUND", "no", 404), Rejected),
        (answer([], 300), Rejected),
        (answer([{"errorCode": 7}], 400), TryLater),
        (answer([[]], 400), TryLater),
    ],
)
def test_every_bad_answer_is_one_of_the_contracts_errors(
    problem: HttpResponse | Exception, kind: type[ConnectorError]
) -> None:
    """F59, F60, SF-34"""
    api, _http = api_over(problem)
    with pytest.raises(kind):
        api.query(SOQL)


@pytest.mark.parametrize(
    "problem",
    [AnswerLost("no"), answer(HTML), answer(b"", 500), answer(b"[{", 200), errors("UNKNOWN_EXCEPTION", "", 500)],
)
def test_a_change_whose_answer_is_lost_may_have_happened(problem: HttpResponse | Exception) -> None:
    api, http = api_over(problem)
    with pytest.raises(Unknown):
        api.change("PATCH", "composite/sobjects", {})
    assert len(http.asked) == 2


@pytest.mark.parametrize(
    "refusal",
    [
        answer(HTML, 401),
        answer({"errorCode": "INVALID_SESSION_ID"}, 401),
        answer(b"", 401),
        errors("INVALID_SESSION_ID", "", 403),
    ],
)
def test_a_session_that_is_refused_twice_is_a_case_for_a_person(refusal: HttpResponse) -> None:
    """F60, SF-34"""
    api, http = api_over(refusal, login("token-2"), refusal)
    with pytest.raises(NeedsAttention, match="session"):
        api.query(SOQL)
    assert len(http.asked) == 4


def test_every_request_goes_to_the_instance_and_only_a_change_may_take_longer_than_usual() -> None:
    """SF-49: the network that a connector is given ends every call by itself"""
    api, http = api_over(records(), answer([]), answer({}), answer(b"Id\n"))
    api.query(SOQL)
    api.change("PATCH", "composite/sobjects", {"records": []})
    api.get("limits")
    api.text("jobs/ingest/1/failedResults")
    assert [asked["timeout"] for asked in http.asked[1:]] == [None, 60.0, None, None]
    assert all(asked["url"].startswith(f"{INSTANCE}/services/data/v66.0/") for asked in http.asked[1:])


def test_the_pages_of_an_answer_are_followed_as_long_as_it_is_not_done() -> None:
    more = {"done": False, "nextRecordsUrl": "/services/data/v66.0/query/01g-2000", "records": [{"Id": "1"}]}
    last = {"done": True, "nextRecordsUrl": "/services/data/v66.0/query/01g-4000", "records": [{"Id": "2"}]}
    api, http = api_over(answer(more), answer(last))
    assert [found["Id"] for found in api.query(SOQL)] == ["1", "2"]
    assert http.asked[-1]["url"] == f"{INSTANCE}/services/data/v66.0/query/01g-2000"


def test_a_next_page_elsewhere_is_still_asked_for_at_the_instance() -> None:
    """SF-31"""
    more = {"done": False, "nextRecordsUrl": "@evil.example/next", "records": []}
    api, http = api_over(answer(more), records())
    api.query(SOQL)
    assert http.asked[-1]["url"].startswith(f"{INSTANCE}/")


def test_an_answer_without_end_is_given_up() -> None:
    more = answer({"done": False, "nextRecordsUrl": "/services/data/v66.0/query/01g-1", "records": []})
    api, _http = api_over(*[more] * 200)
    with pytest.raises(TryLater, match="end"):
        api.query(SOQL)


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def heard(used: int, limit: int = 100_000) -> dict[str, str]:
    return {"sforce-limit-info": f"api-usage={used}/{limit}; per-app-api-usage=17/250(appName=x)"}


@pytest.mark.parametrize(
    ("used", "writes", "polls"),
    [(79_999, True, True), (80_000, False, True), (89_999, False, True), (90_000, False, False)],
)
def test_writes_stop_at_four_fifths_of_the_calls_and_polls_at_nine_tenths(used: int, writes: bool, polls: bool) -> None:
    """SF-40"""
    budget = Budget(Clock())
    budget.note(heard(used))
    assert budget.is_short(Purpose.WRITE) is not writes
    assert budget.is_short(Purpose.POLL) is not polls
    assert not budget.is_short(Purpose.READ)
    if not writes:
        with pytest.raises(TryLater, match="left to others"):
            budget.refuse(Purpose.WRITE)
    told = budget.usage()
    assert told is not None
    assert (told.used, told.limit) == (used, 100_000)
    assert ("writes" in told.words, "polls" in told.words) == (not writes, not polls)


def test_writes_resume_once_the_usage_fell() -> None:
    """SF-40"""
    budget = Budget(Clock())
    budget.note(heard(81_000))
    budget.note(heard(79_000))
    budget.refuse(Purpose.WRITE)


@pytest.mark.parametrize(
    "odd", ["", "api-usage=", "api-usage=5/0", "api-usage=x/y", "per-app-api-usage=99/100(appName=x)"]
)
def test_an_odd_header_says_nothing(odd: str) -> None:
    budget = Budget(Clock())
    budget.note({"sforce-limit-info": odd})
    assert budget.usage() is None
    budget.refuse(Purpose.WRITE)


def test_a_used_up_limit_pauses_everything_until_it_may_have_reset() -> None:
    """SF-40"""
    limit = errors("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403)
    api, http = api_over(limit)
    for _round in range(3):
        with pytest.raises(TryLater, match="used up") as caught:
            api.query(SOQL)
        assert timedelta(minutes=50) < caught.value.after <= timedelta(hours=1)
    assert len(http.asked) == 2


def test_too_many_requests_at_once_are_no_limit_of_the_day() -> None:
    """SF-40: one call waits a moment, and nothing else is held back"""
    busy = errors("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.", 403)
    api, http = api_over(busy, records())
    with pytest.raises(TryLater, match="at once") as caught:
        api.query(SOQL)
    assert caught.value.after < timedelta(minutes=2)
    assert api.query(SOQL) == []
    assert len(http.asked) == 3


def test_the_wait_that_salesforce_asks_for_is_kept() -> None:
    api, _http = api_over(errors("REQUEST_LIMIT_EXCEEDED", "TotalRequests", 403, retry_after="120"))
    with pytest.raises(TryLater) as caught:
        api.query(SOQL)
    assert caught.value.after == timedelta(seconds=120)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("0", 1), ("999999999", 86_400), ("9" * 400, 3600), ("soon", 3600), ("-5", 3600)],
)
def test_a_wait_out_of_all_proportion_is_none_that_is_kept(asked: str, seconds: int) -> None:
    """SF-40"""
    api, _http = api_over(errors("REQUEST_LIMIT_EXCEEDED", "TotalRequests", 403, retry_after=asked))
    with pytest.raises(TryLater) as caught:
        api.query(SOQL)
    assert caught.value.after == timedelta(seconds=seconds)


def test_while_writes_wait_the_usage_is_asked_for_now_and_then_and_they_go_on_by_themselves() -> None:
    """SF-40"""
    clock = Clock()
    full, free = (answer({}, 200, sforce_limit_info=f"api-usage={used}/100") for used in (85, 20))
    api, http = api_over(full, full, free, answer([]))
    api.budget._monotonic = clock
    api.get("limits")
    with pytest.raises(TryLater):
        api.change("PATCH", "composite/sobjects", {})
    assert len(http.asked) == 2
    clock.now += 1000
    with pytest.raises(TryLater):
        api.change("PATCH", "composite/sobjects", {})
    assert http.asked[-1]["url"].endswith("/limits/")
    clock.now += 1000
    api.change("PATCH", "composite/sobjects", {})
    assert [asked["method"] for asked in http.asked[-2:]] == ["GET", "PATCH"]


def test_salesforces_time_is_told_by_every_answer() -> None:
    """SF-48"""
    api, _http = api_over(answer({"records": []}, 200, date="Fri, 20 Nov 2026 14:03:11 GMT"), records())
    api.query(SOQL)
    assert api.server_time == datetime(2026, 11, 20, 14, 3, 11, tzinfo=UTC)
    api.query(SOQL)
    assert api.server_time == datetime(2026, 11, 20, 14, 3, 11, tzinfo=UTC)


def test_the_sandbox_says_how_many_calls_are_used(desk: OrgControl, salesforce: Salesforce) -> None:
    assert salesforce.usage() is None
    salesforce.ping()
    desk.settings(calls_a_day=1000, calls_used=100)
    salesforce.ping()
    told: Any = salesforce.usage()
    assert isinstance(told, Usage)
    assert told.limit == 1000
    assert 100 < told.used < 150


def test_a_session_that_the_org_ended_is_replaced_in_the_middle_of_work(
    desk: OrgControl, salesforce: Salesforce
) -> None:
    salesforce.ping()
    desk.end_tokens()
    assert salesforce.ping().name.startswith("Acme")


def test_a_rotated_secret_needs_a_person(org: SandboxOrg, desk: OrgControl) -> None:
    """SF-35"""
    one = connect(org)
    assert one.ping().source_id == org.org_id
    desk.rotate_secret()
    desk.end_tokens()
    with pytest.raises(NeedsAttention):
        one.ping()


def test_an_org_that_never_answers_holds_nobody_for_long(desk: OrgControl, salesforce: Salesforce) -> None:
    """SF-49"""
    salesforce.ping()
    desk.fate("timeout_before_effect", match="queryAll", seconds=3)
    with pytest.raises(TryLater):
        salesforce._api.query(SOQL)
