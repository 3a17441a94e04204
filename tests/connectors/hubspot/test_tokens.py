"""A grant of OAuth is renewed once for all processes, in time, and is lost only when HubSpot says so."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import pytest

from connectors.hubspot.connector import HubSpot
from connectors.hubspot.tokens import Grant
from referhub import AnswerLost, Memory, NeedsAttention, NotSent, TryLater
from tests.connectors.hubspot.support import PORTAL, SECRET, ScriptedHttp, answer, connector, delivery, event

HINT = delivery(event("contact.creation"))
NO_ROWS = {"status": "COMPLETE", "results": []}
OAUTH = {"access_token": "", "client_id": "client-1"}
LOST = {"status": "BAD_REFRESH_TOKEN", "error": "invalid_grant", "message": "missing or unknown refresh token"}


def _kept(access: str = "old-access", refresh: str = "old-refresh", *, seconds: float = 1800) -> Memory:
    keep = Memory()
    grant = Grant(access, refresh, time.time() + seconds, PORTAL, ("crm.objects.contacts.read",))
    keep.change("tokens", lambda _: grant.text())
    return keep


class Endpoint(ScriptedHttp):
    """A portal that gives out tokens in order and lets in only the newest."""

    def __init__(self, *, refuses: tuple[str, ...] = ("old-refresh-0",), rotates: bool = True) -> None:
        super().__init__()
        self.given = 0
        self.refuses = refuses
        self.rotates = rotates
        self.let_in = {"old-access"}
        self.forms: list[dict[str, list[str]]] = []
        self._lock = threading.Lock()

    def answer(self, asked: dict[str, Any]) -> Any:
        with self._lock:
            if "/oauth/" in asked["url"]:
                return self._grant(asked)
            is_in = asked["headers"]["Authorization"].removeprefix("Bearer ") in self.let_in
            return answer(NO_ROWS) if is_in else answer({"category": "EXPIRED_AUTHENTICATION"}, 401)

    def _grant(self, asked: dict[str, Any]) -> Any:
        form = parse_qs(asked["body"].decode())
        self.forms.append(form)
        if form["refresh_token"][0] in self.refuses:
            return answer(LOST, 400)
        self.given += 1
        self.let_in = {f"access-{self.given}"}
        told = {"access_token": f"access-{self.given}", "expires_in": 1800, "hub_id": int(PORTAL)}
        return answer(told | ({"refresh_token": f"refresh-{self.given}"} if self.rotates else {}))


def _opened(http: ScriptedHttp, keep: Memory) -> HubSpot:
    return connector(http, keep, **OAUTH)


def test_a_token_with_time_left_is_used_as_it_is() -> None:
    http = Endpoint()
    _opened(http, _kept()).read_many([HINT])
    assert http.given == 0
    assert http.asked[0]["headers"]["Authorization"] == "Bearer old-access"


@pytest.mark.parametrize("seconds", [30, 299, -1000])
def test_a_token_that_ends_soon_is_renewed_before_it_is_used(seconds: float) -> None:
    """HS-28, HS-31."""
    http, keep = Endpoint(), _kept(seconds=seconds)
    _opened(http, keep).read_many([HINT])
    (form,) = http.forms
    assert form == {
        "client_id": ["client-1"],
        "client_secret": [SECRET],
        "grant_type": ["refresh_token"],
        "refresh_token": ["old-refresh"],
    }
    assert http.asked[0]["url"].endswith("/oauth/2026-03/token")
    assert all(0 < asked["timeout"] <= 30 for asked in http.asked), "HS-31: a token that never comes holds up a worker"
    assert http.asked[0]["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
    assert http.asked[1]["headers"]["Authorization"] == "Bearer access-1"
    kept = Grant.read(keep.get("tokens"))
    assert (kept.access, kept.refresh, kept.portal) == ("access-1", "refresh-1", PORTAL)
    assert kept.scopes == ("crm.objects.contacts.read",)


def test_four_processes_renew_once_and_all_use_the_new_token() -> None:
    """F44, HS-28: all four have seen that it is time before the first of them has a new one."""
    at_once = threading.Barrier(4)

    class Racing(Memory):
        def get(self, name: str) -> str | None:
            found = super().get(name)
            if name == "tokens" and found and "old-access" in found:
                at_once.wait(30)
            return found

    http, keep = Endpoint(), Racing()
    keep._texts |= _kept(seconds=30).texts()
    processes = [_opened(http, keep) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda opened: opened.read_many([HINT]), processes))
    assert http.given == 1
    used = {asked["headers"]["Authorization"] for asked in http.asked if "/crm/" in asked["url"]}
    assert used == {"Bearer access-1"}


def test_a_token_that_is_refused_is_renewed_once_and_the_call_made_again() -> None:
    http, keep = Endpoint(), _kept()
    http.let_in = set()
    opened = _opened(http, keep)
    opened.read_many([HINT])
    assert http.given == 1
    opened.read_many([HINT])
    assert http.given == 1


def test_a_token_that_another_process_renewed_meanwhile_is_taken_over() -> None:
    http, keep = Endpoint(), _kept()
    slow = _opened(http, keep)
    slow.read_many([HINT])
    quick = _opened(http, keep)
    http.let_in = set()
    quick.read_many([HINT])
    slow.read_many([HINT])
    assert http.given == 1


def test_a_refresh_token_that_is_not_replaced_is_kept() -> None:
    http, keep = Endpoint(rotates=False), _kept(seconds=0)
    _opened(http, keep).read_many([HINT])
    assert Grant.read(keep.get("tokens")).refresh == "old-refresh"


def test_a_refresh_token_that_is_refused_needs_a_person() -> None:
    """HS-29."""
    http, keep = Endpoint(refuses=("old-refresh",)), _kept(seconds=0)
    with pytest.raises(NeedsAttention, match="agree at HubSpot"):
        _opened(http, keep).read_many([HINT])
    assert len(http.forms) == 1
    assert Grant.read(keep.get("tokens")).refresh == "old-refresh"


def test_a_refresh_token_that_was_replaced_meanwhile_is_read_again_once() -> None:
    """HS-29: another process renewed it, and its turn ended before it could be seen."""

    class Replaced(Memory):
        def change(self, name: str, work: Any) -> str:
            if name == "tokens" and json.loads(self.get(name) or "{}").get("refresh") == "old-refresh":
                try:
                    return super().change(name, work)
                finally:
                    super().change(name, lambda _: Grant("late", "new-refresh", 0.0, PORTAL).text())
            return super().change(name, work)

    keep = Replaced()
    keep._texts["tokens"] = Grant("old-access", "old-refresh", 0.0, PORTAL).text()
    http = Endpoint(refuses=("old-refresh",))
    _opened(http, keep).read_many([HINT])
    assert [form["refresh_token"] for form in http.forms] == [["old-refresh"], ["new-refresh"]]
    assert http.given == 1


@pytest.mark.parametrize(
    "trouble",
    [NotSent("no route"), AnswerLost("reset"), answer({}, 500), answer({}, 429), answer(b"<html>"), answer({"a": 1})],
)
def test_an_endpoint_that_cannot_be_reached_revokes_nothing(trouble: Any) -> None:
    keep = _kept(seconds=0)
    with pytest.raises(TryLater):
        _opened(ScriptedHttp(trouble), keep).read_many([HINT])
    assert Grant.read(keep.get("tokens")).refresh == "old-refresh"


def test_wrong_credentials_of_the_app_are_told_without_repeating_them() -> None:
    keep = _kept(seconds=0)
    refused = answer({"status": "BAD_CLIENT_ID", "message": f"secret {SECRET}"}, 400)
    with pytest.raises(NeedsAttention) as problem:
        _opened(ScriptedHttp(refused), keep).read_many([HINT])
    assert "client ID and secret" in problem.value.hint
    assert SECRET not in problem.value.hint


def test_a_grant_that_was_never_given_needs_a_person() -> None:
    opened = connector(ScriptedHttp(), Memory(), **OAUTH)
    assert not opened.is_installed()
    with pytest.raises(NeedsAttention, match="has not been asked"):
        opened.read_many([HINT])


def test_a_lifetime_within_the_margin_does_not_renew_at_every_call() -> None:
    told = {"access_token": "short", "refresh_token": "r", "expires_in": 10}
    http = ScriptedHttp(answer(told), *[answer(NO_ROWS)] * 4)
    opened = _opened(http, _kept(seconds=0))
    opened.read_many([HINT])
    opened.read_many([HINT])
    assert [asked for asked in http.asked if "/oauth/" in asked["url"]] == http.asked[:1]


def test_webhooks_are_received_without_any_grant() -> None:
    """HS-29: what is told meanwhile is not lost."""
    from tests.connectors.hubspot.support import encoded, request

    opened = connector(ScriptedHttp(), Memory(), **OAUTH)
    assert opened.receive(request(encoded([event()]))).reply.status == 200


@pytest.mark.parametrize("text", ["", "[]", "{", '{"access": 7, "ends_at": "soon"}', '{"scopes": {}}'])
def test_a_kept_grant_that_makes_no_sense_is_none(text: str) -> None:
    keep = Memory()
    keep.change("tokens", lambda _: text)
    with pytest.raises(NeedsAttention):
        _opened(ScriptedHttp(), keep).read_many([HINT])
