"""Every call goes to a dated path with a time limit, and every answer says what to do next."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from connectors.hubspot.sdk import dated
from referhub import (
    AnswerLost,
    ConnectorError,
    HttpResponse,
    NeedsAttention,
    NotSent,
    Record,
    TryLater,
)
from tests.connectors.hubspot.support import (
    TOKEN,
    ScriptedHttp,
    answer,
    connector,
    delivery,
    encoded,
    event,
    payload,
)

HINT = delivery(event("contact.creation"))
NO_ROWS = {"status": "COMPLETE", "results": []}


def _refusal(response: HttpResponse | Exception, **settings: str) -> ConnectorError:
    with pytest.raises(ConnectorError) as refusal:
        connector(ScriptedHttp(response), **settings).read_many([HINT])
    return refusal.value


@pytest.mark.parametrize("version", ["2026-03", "2026-09"])
@pytest.mark.parametrize(
    ("path", "ours"),
    [
        ("/crm/v3/objects/contacts/batch/update", "/crm/objects/{}/contacts/batch/update"),
        ("/crm/v3/objects/deals/batch/read", "/crm/objects/{}/0-3/batch/read"),
        ("/crm/v3/objects/deals", "/crm/objects/{}/0-3"),
        (
            "/crm/v4/objects/{objectType}/{objectId}/associations",
            "/crm/objects/{}/{{objectType}}/{{objectId}}/associations",
        ),
        ("/crm/v3/properties/{objectType}/groups", "/crm/properties/{}/{{objectType}}/groups"),
        ("/crm/v4/associations/{a}/{b}/batch/read", "/crm/associations/{}/{{a}}/{{b}}/batch/read"),
    ],
)
def test_a_path_of_the_library_becomes_one_with_a_date(path: str, ours: str, version: str) -> None:
    """HS-31."""
    assert dated(path, version) == ours.format(version)


@pytest.mark.parametrize(
    "path", ["/crm/v3/imports", "/marketing/v3/forms", "/crm/v3/objectsother", "/x/crm/v3/objects/"]
)
def test_a_path_without_a_date_is_never_used(path: str) -> None:
    """HS-31."""
    with pytest.raises(ValueError, match="no date-based path"):
        dated(path, "2026-03")


def test_a_call_carries_the_token_a_time_limit_and_nothing_in_the_address() -> None:
    http = ScriptedHttp(answer(NO_ROWS), answer(NO_ROWS))
    connector(http).read_many([HINT])
    for asked in http.asked:
        assert asked["headers"]["Authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in asked["url"]
        assert 0 < asked["timeout"] <= 30


def test_the_other_version_is_one_setting_away() -> None:
    http = ScriptedHttp(answer(NO_ROWS), answer(NO_ROWS))
    connector(http, api_version="2026-09").read_many([HINT])
    assert all("/crm/objects/2026-09/contacts/batch/read" in asked["url"] for asked in http.asked)


@pytest.mark.parametrize(
    ("status", "headers", "after"),
    [
        (423, {}, timedelta(seconds=2)),
        (423, {"retry_after": "1"}, timedelta(seconds=2)),
        (423, {"retry_after": "9"}, timedelta(seconds=9)),
        (477, {"retry_after": "1200"}, timedelta(minutes=20)),
        (477, {}, timedelta(minutes=5)),
        (500, {}, timedelta(seconds=30)),
        (502, {"retry_after": "soon"}, timedelta(seconds=30)),
        (504, {"retry_after": "nan"}, timedelta(seconds=30)),
        (524, {"retry_after": "-5"}, timedelta(seconds=30)),
        (408, {}, timedelta(seconds=30)),
        (503, {"retry_after": "9" * 30}, timedelta(seconds=30)),
    ],
)
def test_what_passes_by_itself_is_tried_later(status: int, headers: dict[str, str], after: timedelta) -> None:
    """F55, HS-36."""
    problem = _refusal(answer(b"<html>oops</html>", status, **headers))
    assert isinstance(problem, TryLater)
    assert problem.after == after


def test_a_failing_call_is_made_once_and_tried_again_by_the_hub_only() -> None:
    """HS-36."""
    http = ScriptedHttp(answer(b"", 502))
    with pytest.raises(TryLater):
        connector(http).read_many([HINT])
    assert len(http.asked) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [(301, "redirect"), (401, "token"), (403, "scope")],
)
def test_what_a_person_has_to_mend_says_so(status: int, words: str) -> None:
    problem = _refusal(answer({"message": "no"}, status, location="https://evil.example"))
    assert isinstance(problem, NeedsAttention)
    assert words in problem.hint


def test_missing_scopes_are_named() -> None:
    """HS-37."""
    problem = _refusal(answer(payload("missing_scopes"), 403))
    assert isinstance(problem, NeedsAttention)
    assert "crm.objects.deals.read" in problem.hint


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>maintenance</html>",
        b'{"results": [',
        b"[]",
        b"null",
        b'"x"',
        b"\xff\xfe",
        b"{}",
        b'{"results": null}',
        b'{"results": {"id": "1"}}',
        b'{"results": [null]}',
        b'{"results": [7]}',
        b'{"results": [{"id": "1"}]}',
        b'{"results": [{"id": "1", "properties": []}]}',
        b'{"results": [{"id": {}, "properties": {}}]}',
        b'{"results": [{"id": "1", "properties": {"email": {}}, "createdAt": "never"}]}',
        b"[" * 5000 + b"]" * 5000,
    ],
)
def test_a_success_that_cannot_be_understood_is_none(body: bytes) -> None:
    problem = _refusal(answer(body))
    assert isinstance(problem, TryLater)


def test_a_success_that_the_library_does_not_know_is_none_either() -> None:
    """HS-32: for an undeclared 201 the library returns None without a word."""
    problem = _refusal(answer(NO_ROWS, 201))
    assert isinstance(problem, TryLater)
    (outcome,) = connector(ScriptedHttp(answer(NO_ROWS, 201))).write([Record("201", {"referral_code": "A"})])
    assert type(outcome).__name__ == "Later"


@pytest.mark.parametrize("trouble", [NotSent("no route"), AnswerLost("reset")])
def test_a_network_that_fails_is_tried_later(trouble: Exception) -> None:
    assert isinstance(_refusal(trouble), TryLater)


def _everything_said(opened: Any) -> str:
    said = []
    for act in (
        lambda: opened.ping(),
        lambda: opened.read_many([HINT]),
        lambda: opened.write([Record("201", {"referral_code": "A"})]),
        lambda: opened.poll(None, HINT.triggered_at),
        lambda: opened.check_fields({"code": "referral_code"}),
    ):
        try:
            said.append(repr(act()))
        except ConnectorError as problem:
            said.append(f"{problem!r} {problem.__cause__!r} {problem.__context__!r}")
    return "\n".join(said)


class Echoing(ScriptedHttp):
    """A source that repeats in its answers whatever it was sent."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def answer(self, asked: dict[str, Any]) -> Any:
        told = f"{asked['headers']}"
        return answer(
            {"message": f"denied [{told}]", "errors": [{"message": "x", "context": {"a": [told]}}]}, self.status
        )


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 429, 500])
def test_no_token_is_in_any_text(status: int, caplog: pytest.LogCaptureFixture) -> None:
    """X-07."""
    caplog.set_level(logging.INFO)
    said = _everything_said(connector(Echoing(status)))
    assert TOKEN not in said
    assert TOKEN not in caplog.text


def test_the_librarys_requests_go_through_our_network_only(monkeypatch: pytest.MonkeyPatch) -> None:
    import urllib3

    def forbidden(*_: Any, **__: Any) -> None:
        raise AssertionError("the library went to the network by itself")

    monkeypatch.setattr(urllib3.PoolManager, "request", forbidden)
    http = ScriptedHttp(HttpResponse(200, {}, encoded(NO_ROWS)), HttpResponse(200, {}, encoded(NO_ROWS)))
    connector(http).read_many([HINT])
    assert len(http.asked) == 2
