"""Each scripted fate does to the effect and to the answer what it says, and the truth can tell."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.ground.control import DeskRefused
from sandbox.hubspot import PortalControl
from sandbox.hubspot.fates import KINDS
from tests.sandbox.hubspot.conftest import CONTACTS, Api

UPDATE = "batch/update"
LOST = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError, requests.JSONDecodeError)


def send(api: Api, who: int, value: str = "X") -> requests.Response:
    return api.update((who, {"referral_code": value}))


def code(desk: PortalControl, who: int) -> str | None:
    told: str | None = desk.contact(who).get("referral_code")
    return told


@pytest.mark.parametrize(
    ("kind", "effect"),
    [
        ("effect_then_drop", "X"),
        ("drop_before_effect", None),
        ("effect_then_timeout", "X"),
        ("timeout_before_effect", None),
        ("reset", "X"),
        ("truncated", "X"),
    ],
)
def test_a_lost_answer_says_nothing_about_the_effect(
    api: Api, desk: PortalControl, alice: int, kind: str, effect: str | None
) -> None:
    """X-03."""
    desk.fate(kind, UPDATE, seconds=0.05)
    with pytest.raises(LOST):
        send(api, alice).json()
    assert code(desk, alice) == effect
    call = desk.calls(UPDATE)[0]
    assert (call["fate"], call["effect"]) == (kind, effect == "X")
    assert send(api, alice).status_code == 200, "the fate was for one request only"


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (400, "VALIDATION_ERROR"),
        (401, "EXPIRED_AUTHENTICATION"),
        (403, "MISSING_SCOPES"),
        (404, "OBJECT_NOT_FOUND"),
        (409, "CONFLICT"),
        (423, "LOCKED"),
        (429, "RATE_LIMITS"),
        (477, "MIGRATION_IN_PROGRESS"),
    ],
)
def test_a_refusal_comes_without_an_effect(
    api: Api, desk: PortalControl, alice: int, status: int, category: str
) -> None:
    """HS-36."""
    desk.fate(str(status), UPDATE, retry_after="7")
    answer = send(api, alice)
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    assert answer.json()["category"] == category
    assert code(desk, alice) is None


@pytest.mark.parametrize("status", [500, 502, 503, 504, 521, 523, 524])
def test_a_broken_server_answers_with_a_page(api: Api, desk: PortalControl, alice: int, status: int) -> None:
    """HS-36."""
    desk.fate(str(status), UPDATE)
    answer = send(api, alice)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert "Retry-After" not in answer.headers
    assert code(desk, alice) is None


@pytest.mark.parametrize("policy", ["TEN_SECONDLY_ROLLING", "DAILY"])
def test_a_429_names_its_policy(api: Api, desk: PortalControl, alice: int, policy: str) -> None:
    """HS-26."""
    desk.fate("429", UPDATE, policy=policy)
    assert send(api, alice).json()["policyName"] == policy


def test_a_403_names_its_scopes(api: Api, desk: PortalControl, alice: int) -> None:
    """HS-37."""
    desk.fate("403", UPDATE, scopes=["crm.objects.deals.read"])
    told = send(api, alice).json()
    assert told["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.deals.read"]


def test_a_500_after_the_effect_leaves_the_effect(api: Api, desk: PortalControl, alice: int) -> None:
    desk.fate("effect_then_500", UPDATE)
    assert send(api, alice).status_code == 500
    assert code(desk, alice) == "X"


def test_an_undeclared_201_did_happen(api: Api, desk: PortalControl, alice: int) -> None:
    """HS-32."""
    desk.fate("undeclared", UPDATE)
    answer = send(api, alice)
    assert (answer.status_code, answer.json()["status"]) == (201, "COMPLETE")
    assert code(desk, alice) == "X"


def test_an_effect_can_come_after_everybody_stopped_waiting(api: Api, desk: PortalControl, alice: int) -> None:
    desk.fate("late_effect", UPDATE, seconds=600)
    with pytest.raises(LOST):
        send(api, alice)
    assert code(desk, alice) is None
    desk.advance(601)
    assert code(desk, alice) == "X"
    assert [each["method"] for each in desk.calls(UPDATE)] == ["POST", "LATE"]


@pytest.mark.parametrize("context", [True, False])
def test_some_rows_can_fail(api: Api, desk: PortalControl, alice: int, context: bool) -> None:
    """HS-21: with ids, or without them as seen for creations."""
    bob = int(desk.create_contact(email="bob@example.com")["id"])
    desk.fate("rows", UPDATE, ids=[bob], category="VALIDATION_ERROR", message="no", context=context)
    answer = api.update((alice, {"referral_code": "X"}), (bob, {"referral_code": "Y"}))
    told = answer.json()
    assert (answer.status_code, told["numErrors"]) == (207, 1)
    assert [each["id"] for each in told["results"]] == [str(alice)]
    error = {"status": "error", "category": "VALIDATION_ERROR", "message": "no"}
    assert told["errors"] == [error | ({"context": {"ids": [str(bob)]}} if context else {})]
    assert (code(desk, alice), code(desk, bob)) == ("X", None)


def test_a_row_can_be_missing_from_the_answer(api: Api, desk: PortalControl, alice: int) -> None:
    bob = int(desk.create_contact(email="bob@example.com")["id"])
    desk.fate("short", UPDATE)
    answer = api.update((alice, {"referral_code": "X"}), (bob, {"referral_code": "Y"}))
    assert answer.status_code == 200
    assert [each["id"] for each in answer.json()["results"]] == [str(alice)]
    assert code(desk, bob) == "Y", "it was done all the same"


def test_ok_but_nothing_claims_an_effect_that_is_not_there(api: Api, desk: PortalControl, alice: int) -> None:
    desk.settle()
    events = len(desk.events())
    desk.fate("ok_but_nothing", CONTACTS)
    claimed = api.post(CONTACTS, {"properties": {"email": "new@example.com"}})
    assert claimed.status_code == 201
    assert [each["id"] for each in desk.records("contacts")] == [alice]
    assert len(desk.events()) == events
    assert not desk.calls(CONTACTS)[-1]["effect"]
    real = api.post(CONTACTS, {"properties": {"email": "new@example.com"}})
    assert real.json()["id"] != claimed.json()["id"], "an id is never given twice"


@pytest.mark.parametrize(("kind", "effect"), [("html", None), ("wrong_json", "X")])
def test_a_200_can_hold_something_else_than_the_answer(
    api: Api, desk: PortalControl, alice: int, kind: str, effect: str | None
) -> None:
    desk.fate(kind, UPDATE)
    answer = send(api, alice)
    assert answer.status_code == 200
    assert "results" not in answer.text
    assert code(desk, alice) == effect


def test_a_redirect_names_another_host(api: Api, desk: PortalControl, alice: int) -> None:
    desk.fate("redirect", UPDATE, location="http://127.0.0.1:1/x", status=308)
    answer = send(api, alice)
    assert (answer.status_code, answer.headers["Location"]) == (308, "http://127.0.0.1:1/x")
    assert code(desk, alice) is None


def test_a_gzip_bomb_is_small_on_the_wire(api: Api, desk: PortalControl, alice: int) -> None:
    desk.fate("gzip_bomb", UPDATE)
    answer = api.call("POST", f"{CONTACTS}/{UPDATE}", {"inputs": []}, stream=True)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.raw.read(decode_content=False)) < 200_000
    answer.close()


def test_slow_bytes_arrive_whole(api: Api, desk: PortalControl, alice: int) -> None:
    desk.fate("slow", UPDATE, seconds=0.0001)
    assert send(api, alice).json()["status"] == "COMPLETE"


def test_effect_true_lets_the_portal_act_before_a_bad_answer(api: Api, desk: PortalControl, alice: int) -> None:
    desk.fate("502", UPDATE, effect=True)
    assert send(api, alice).status_code == 502
    assert code(desk, alice) == "X"


def test_a_fate_waits_for_its_request_and_counts(api: Api, desk: PortalControl, alice: int) -> None:
    desk.fate("500", f"POST {CONTACTS}/{UPDATE}", skip=1, count=2)
    api.read(alice)
    assert [send(api, alice).status_code for _ in range(4)] == [200, 500, 500, 200]


def test_a_standing_fate_ends_when_it_is_cleared(api: Api, desk: PortalControl, alice: int) -> None:
    desk.fate("503", UPDATE, count=0)
    assert [send(api, alice).status_code for _ in range(3)] == [503] * 3
    assert desk.fates()[0]["kind"] == "503"
    desk.clear_fates()
    assert (send(api, alice).status_code, desk.fates()) == (200, [])


def test_a_refused_caller_uses_up_no_fate(api: Api, desk: PortalControl, alice: int) -> None:
    desk.fate("500", UPDATE)
    headers = {"Authorization": "Bearer nothing"}
    refused = requests.post(f"{api.base_url}{CONTACTS}/{UPDATE}", json={}, headers=headers, timeout=5)
    assert refused.status_code == 401
    assert send(api, alice).status_code == 500


def test_a_fate_may_befall_any_call(api: Api, desk: PortalControl, alice: int) -> None:
    desk.fate("500")
    assert [api.read(alice).status_code for _ in range(2)] == [500, 200]


@pytest.mark.parametrize("given", [{"kind": "explode"}, {"kind": "500", "mach": "x"}])
def test_a_fate_nobody_knows_is_refused(desk: PortalControl, given: dict[str, Any]) -> None:
    with pytest.raises(DeskRefused):
        desk.fate(**given)
    assert desk.fates() == []


def test_every_kind_of_fate_is_tried_here() -> None:
    tried = """ok effect_then_drop drop_before_effect effect_then_timeout timeout_before_effect effect_then_500
        late_effect undeclared short rows ok_but_nothing reset truncated slow html wrong_json redirect gzip_bomb
        400 401 403 404 409 423 429 477 500 502 503 504 521 522 523 524 525 526""".split()
    assert set(KINDS) == set(tried)
