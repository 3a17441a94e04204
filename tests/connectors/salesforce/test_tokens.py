"""Logging in: a signed assertion or a secret, one login for everybody, and no token for strangers."""

import base64
import threading
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest

from connectors.salesforce.connector import Salesforce
from connectors.salesforce.tokens import Session, assertion
from core.contract.keep import Memory
from core.gateway.http_client import HttpClient
from referhub import AnswerLost, HttpResponse, NeedsAttention, NotSent, TryLater
from sandbox.salesforce import OrgControl, SandboxOrg
from tests.connectors.salesforce.support import (
    INSTANCE,
    ORG,
    USER,
    ScriptedHttp,
    answer,
    config,
    connector,
    keys,
    login,
    records,
    signing,
)


def session_over(*answers: HttpResponse | Exception, **settings: str) -> Session:
    found: Session = connector(ScriptedHttp(*answers), **settings)._api.sessions.current()
    return found


@pytest.mark.parametrize(
    ("settings", "audience"),
    [
        ({}, "https://login.salesforce.com"),
        ({"environment": "sandbox"}, "https://test.salesforce.com"),
        ({"domain": "acme.my.salesforce.com"}, "https://acme.my.salesforce.com"),
    ],
)
def test_the_assertion_is_addressed_to_the_login_host(settings: dict[str, str], audience: str) -> None:
    """SF-30"""
    http = ScriptedHttp(login())
    connector(http, **(signing() | settings))._api.sessions.current()
    (asked,) = http.asked
    assert asked["url"] == f"{audience}/services/oauth2/token"
    form = parse_qs(asked["body"].decode())
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    claims = jwt.decode(form["assertion"][0], keys()[1], algorithms=["RS256"], audience=audience)
    assert (claims["iss"], claims["sub"]) == ("consumer-key", "referhub@acme.example")


def test_the_assertion_is_good_for_three_minutes_as_a_number() -> None:
    claims = jwt.decode(assertion(config(**signing()), 1000), options={"verify_signature": False})
    assert claims["exp"] == 1180


def test_a_hub_whose_clock_is_wrong_dates_its_claim_by_salesforces() -> None:
    """SF-48"""
    refusal = answer(
        {"error": "invalid_grant", "error_description": "expired authorization code"},
        400,
        date="Fri, 20 Nov 2099 14:03:11 GMT",
    )
    http = ScriptedHttp(refusal, login())
    connector(http, **signing())._api.sessions.current()
    claim = parse_qs(http.asked[1]["body"].decode())["assertion"][0]
    expires = jwt.decode(claim, options={"verify_signature": False})["exp"]
    assert datetime.fromtimestamp(expires, UTC) == datetime(2099, 11, 20, 14, 6, 11, tzinfo=UTC)


def test_client_credentials_go_into_the_header() -> None:
    http = ScriptedHttp(login())
    connector(http, client_secret="s3cret")._api.sessions.current()
    (asked,) = http.asked
    assert base64.b64decode(asked["headers"]["Authorization"].removeprefix("Basic ")) == b"consumer-key:s3cret"
    assert asked["body"] == b"grant_type=client_credentials"
    assert asked["timeout"]


def test_org_and_user_are_known_from_the_login() -> None:
    """SF-30"""
    found = session_over(login())
    assert (found.org_id, found.user_id, found.instance) == (ORG, USER, INSTANCE)


@pytest.mark.parametrize(
    "instance",
    [
        "https://evil.example",
        "http://acme.my.salesforce.com",
        "https://x.salesforce.com.evil.example",
        "http://127.0.0.1:1",
        "https://acme.my.salesforce.com:444",
        "",
        None,
        7,
    ],
)
def test_a_token_is_never_sent_to_a_stranger(instance: Any) -> None:
    """SF-31"""
    http = ScriptedHttp(login(instance_url=instance))
    with pytest.raises(NeedsAttention, match="instance_url"):
        connector(http).ping()
    assert len(http.asked) == 1


@pytest.mark.parametrize(
    "instance", ["http://127.0.0.1:9", "http://localhost:8123", INSTANCE, "http://127.0.0.1:81234"]
)
def test_a_stand_in_on_this_computer_answers_for_itself_only(instance: str) -> None:
    """SF-31"""
    http = ScriptedHttp(login(instance_url=instance))
    with pytest.raises(NeedsAttention, match="instance_url"):
        connector(http, domain="http://127.0.0.1:8123").ping()
    assert len(http.asked) == 1


@pytest.mark.parametrize(
    ("code", "description", "told"),
    [
        ("invalid_grant", "authentication failure", "client_id"),
        ("invalid_grant", "app must be installed into org", "install"),
        ("OAUTH_APPROVAL_ERROR_GENERIC", "An unexpected error has occurred", "permission set"),
        ("invalid_grant", "user hasn't approved this consumer", "pre-authorized"),
        ("invalid_grant", "audience is invalid", "environment"),
        ("invalid_client", "invalid client credentials", "client_secret"),
        ("invalid_grant", "inactive user", "activate"),
        ("invalid_grant", "ip restricted", "IP ranges"),
    ],
)
def test_a_refused_login_says_what_to_click(code: str, description: str, told: str) -> None:
    """SF-35"""
    with pytest.raises(NeedsAttention, match=told) as caught:
        session_over(answer({"error": code, "error_description": description}, 400))
    assert code in str(caught.value)


@pytest.mark.parametrize(
    "problem",
    [
        NotSent("no"),
        AnswerLost("no"),
        answer(b"<html>maintenance</html>", 200),
        answer(b"<html>maintenance</html>", 503),
        answer(b"", 400),
        answer([1], 400),
        answer({"error": "x"}, 429),
        answer({"error": "unknown_error", "error_description": "retry your request"}, 400),
        answer({"error": "invalid_grant", "error_description": "login rate exceeded"}, 400),
        answer({"error": "rate_limit_exceeded", "error_description": "number of logins exceeded"}, 400),
        answer({"error": "server_error"}, 400),
        answer({"error": "temporarily_unavailable"}, 400),
        answer({"access_token": "t", "instance_url": INSTANCE}),
        answer({"access_token": "t", "instance_url": INSTANCE, "id": "https://login.salesforce.com/id/x/y"}),
    ],
)
def test_trouble_on_the_way_is_no_refusal(problem: HttpResponse | Exception) -> None:
    with pytest.raises(TryLater):
        session_over(problem)


def test_a_login_to_another_org_over_an_old_connection_is_refused() -> None:
    """SF-30"""
    first = connector(ScriptedHttp(login()))
    first._api.sessions.current()
    second = connector(ScriptedHttp(login("token-2", org="00DSY0000000002"), login("token-3")))
    second.keep = first.keep
    refused = second._api.sessions.current()
    with pytest.raises(NeedsAttention, match="00DSY0000000002"):
        second._api.sessions.replace(refused)
    # The old session is still there, and the same org may go on.
    assert second._api.sessions.replace(refused).org_id == ORG


def test_many_threads_and_processes_log_in_once() -> None:
    """F44."""
    http = ScriptedHttp(login())
    keep = Memory()
    connectors = [connector(http) for _ in range(6)]
    for one in connectors:
        one.keep = keep
    threads = [threading.Thread(target=one._api.sessions.current) for one in connectors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(http.asked) == 1
    assert {one._api.sessions.current().token for one in connectors} == {"token-1"}


def test_a_session_that_another_process_has_replaced_is_taken_from_there() -> None:
    http = ScriptedHttp(login(), login("token-2"))
    one, other = connector(http), connector(http)
    other.keep = one.keep
    old = one._api.sessions.current()
    assert other._api.sessions.current() == old
    assert one._api.sessions.replace(old).token == "token-2"
    assert other._api.sessions.replace(old).token == "token-2"
    assert len(http.asked) == 2


def test_what_was_kept_by_another_version_is_no_obstacle() -> None:
    one = connector(ScriptedHttp(login()))
    one.keep.change("session", lambda _: '{"token": "t", "colour": "red"}')
    assert one._api.sessions.current().token == "token-1"


@pytest.mark.parametrize(
    ("reply", "is_done"),
    [(answer(b""), True), (answer(b"", 400), True), (answer(b"", 503), False), (NotSent("no"), False)],
)
def test_a_session_that_is_revoked_is_over_there_and_kept_nowhere(reply: Any, is_done: bool) -> None:
    """X-06"""
    http = ScriptedHttp(login(), reply, login("token-2"))
    one, other = connector(http), connector(http)
    other.keep = one.keep
    one._api.sessions.current()
    assert one._api.sessions.revoke() is is_done
    assert (http.asked[1]["url"], http.asked[1]["body"]) == (f"{INSTANCE}/services/oauth2/revoke", b"token=token-1")
    assert "token-1" not in str(one.keep.get("session"))
    assert other._api.sessions.current().token == "token-2"


def test_a_session_shows_its_token_to_nobody() -> None:
    assert "token-1" not in repr(session_over(login()))


def test_a_login_that_ended_is_replaced_and_the_question_asked_again() -> None:
    ended = answer([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}], 401)
    http = ScriptedHttp(login(), ended, login("token-2"), records({"Name": "Acme"}))
    assert connector(http)._api.query("SELECT Name FROM Organization") == [{"Name": "Acme"}]
    assert [asked["headers"].get("Authorization") for asked in http.asked][1::2] == ["Bearer token-1", "Bearer token-2"]


def test_a_session_of_other_settings_is_not_taken_over() -> None:
    http = ScriptedHttp(login(), login("token-2"))
    one, other = connector(http), connector(http, client_id="another-app")
    other.keep = one.keep
    assert one._api.sessions.current().token == "token-1"
    assert other._api.sessions.current().token == "token-2"


def test_the_sandbox_believes_a_signed_login(org: SandboxOrg, desk: OrgControl) -> None:
    """SF-30"""
    desk.register_certificate(keys()[1])
    given = signing() | {"username": org.username, "client_id": org.client_id, "domain": org.base_url}
    one = Salesforce(config(**given), HttpClient(answer_seconds=5))
    assert one.ping().source_id == org.org_id
    desk.end_tokens()
    assert one.ping().source_id == org.org_id
