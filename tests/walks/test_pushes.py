"""What a shop may do to a push: whatever it answers, or does not, the customer is credited exactly once."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core.contract.http import HttpResponse
from core.gateway.http_client import HttpClient
from tests.support.live import TERMS, Scene, scene

CREDIT = "storeCreditAccountCredit"
ADVOCATE_ONLY = {"friend": None}
WITHOUT_EXPIRY = {"friend": None, "advocate": {"kind": "store_credit", "amount": "10.00"}}


@pytest.fixture
def due(stage: Scene) -> dict[str, Any]:
    """Alice, whose reward of EUR 10.00 is about to be pushed."""
    return about_to_be_paid(stage, **ADVOCATE_ONLY)


@pytest.fixture
def unmarked(stage: Scene) -> dict[str, Any]:
    """Alice, whose reward of EUR 10.00 never expires: no second tells its credit from another."""
    return about_to_be_paid(stage, **WITHOUT_EXPIRY)


class ImpatientForCredits(HttpClient):
    """Waits one second for the answer to a credit, and for everything else as long as it takes."""

    def request(self, method: str, url: str, **given: Any) -> HttpResponse:
        if CREDIT in str(given.get("json")):
            given["timeout"] = 1.0
        return super().request(method, url, **given)


@pytest.fixture
def impatient(tmp_path: Path, sqlite_url: str) -> Iterator[Scene]:
    """A hub that gives up on a credit after one second, so that a test need not wait for thirty."""
    with scene(tmp_path, sqlite_url) as made, made.door():
        made.hub.http_factory = ImpatientForCredits
        made.hub._open.clear()
        yield made


def about_to_be_paid(stage: Scene, **terms: Any) -> dict[str, Any]:
    stage.campaign(**(TERMS | terms))
    alice = stage.advocate()
    stage.order(stage.friend())
    stage.settle()
    stage.later("15d")
    return alice


def pushes(stage: Scene) -> list[str]:
    return [row["state"] for row in stage.referhub("pushes", "list")]


def story(stage: Scene) -> str:
    return "\n".join(chapter["words"] for row in stage.referhub("pushes", "list") for chapter in row["story"])


def wait(stage: Scene, *times: str) -> None:
    """The clock moves on, and what became due is done; as usual past the quiet time and a second look."""
    for by in times or ("3m", "2m"):
        stage.later(by)
        stage.drain()


@pytest.mark.parametrize("fate", ["effect_then_drop", "effect_then_500", "truncated", "partial"])
def test_applied_and_the_answer_lost(stage: Scene, due: dict[str, Any], fate: str) -> None:
    """SH-39, F39, F51: it is never sent again; the look finds it."""
    stage.desk.fate(fate, match=CREDIT)
    stage.drain()
    assert pushes(stage) == ["unknown"]
    stage.drain()
    assert pushes(stage) == ["unknown"], "before the quiet time is over nobody looks"
    wait(stage)
    assert pushes(stage) == ["confirmed"]
    assert len(stage.desk.calls(CREDIT)) == 1
    assert stage.moves(due) == ["10.00"]
    stage.assert_sound()


@pytest.mark.parametrize("fate", ["drop_before_effect", "503", "html"])
def test_not_applied_and_the_answer_lost(stage: Scene, due: dict[str, Any], fate: str) -> None:
    """SH-40: two looks at least a minute apart find nothing, then it is sent once more."""
    stage.desk.fate(fate, match=CREDIT)
    stage.drain()
    assert pushes(stage) == ["unknown"]
    wait(stage, "2m")
    assert len(stage.desk.calls(CREDIT)) == 1, "one look is not enough"
    wait(stage, "30s")
    assert len(stage.desk.calls(CREDIT)) == 1, "two looks in a row are one look"
    wait(stage, "1m")
    assert pushes(stage) == ["confirmed"]
    assert "looked up twice" in story(stage)
    assert len(stage.desk.calls(CREDIT)) == 2
    assert stage.moves(due) == ["10.00"]
    stage.assert_sound()


def test_the_effect_shows_after_the_first_look(stage: Scene, due: dict[str, Any]) -> None:
    """The second look is there for this: nothing is sent twice."""
    stage.desk.fate("late_effect", match=CREDIT, seconds=150)
    stage.drain()
    wait(stage, "2m", "2m")
    assert "a second look decides" in story(stage)
    assert pushes(stage) == ["confirmed"]
    assert stage.moves(due) == ["10.00"]
    stage.assert_sound()


def test_a_look_at_a_replica_that_lags_does_not_pay_twice(stage: Scene, due: dict[str, Any]) -> None:
    """One stale read says "nothing there"; the second look sees the truth."""
    stage.desk.fate("stale_read", match="customer", skip=1)  # the first one is asked before sending
    stage.desk.fate("effect_then_drop", match=CREDIT)
    stage.drain()
    wait(stage)
    assert "a second look decides" in story(stage)
    assert stage.moves(due) == ["10.00"]
    assert pushes(stage) == ["confirmed"]
    stage.assert_sound()


@pytest.mark.parametrize("retry_after", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT", "1000000000"])
def test_slow_down_is_obeyed_and_bounded(stage: Scene, due: dict[str, Any], retry_after: str) -> None:
    """SH-44, F41: nothing was applied, so it is simply sent again, within the hour whatever was asked."""
    stage.desk.fate("429", match=CREDIT, retry_after=retry_after)
    stage.drain()
    assert pushes(stage) == ["intended"]
    assert stage.moves(due) == []
    stage.later("61m")
    stage.drain()
    assert pushes(stage) == ["confirmed"]
    assert stage.moves(due) == ["10.00"]
    stage.assert_sound()


@pytest.mark.parametrize("fate", [{"kind": "throttled"}, {"kind": "429", "retry_after": "2"}], ids=["200", "429"])
def test_throttled_is_no_success_even_inside_an_answer_of_200(
    stage: Scene, due: dict[str, Any], fate: dict[str, str]
) -> None:
    """SH-44, F51: certainly not applied, so nobody has to look; the second sending is the one that counts."""
    stage.desk.fate(match=CREDIT, **fate)
    stage.drain()
    wait(stage, "2m")
    told = story(stage)
    assert "again later: Shopify asks us to slow down" in told
    assert told.index("again later") < told.index("confirmed")
    assert "looked up" not in told
    assert len(stage.desk.calls(CREDIT)) == 2
    assert stage.moves(due) == ["10.00"]
    stage.assert_sound()


@pytest.mark.parametrize("code", ["UNSUPPORTED_CURRENCY", "CREDIT_LIMIT_EXCEEDED", "OWNER_NOT_FOUND"])
def test_a_definite_no_is_shown_and_not_repeated(stage: Scene, due: dict[str, Any], code: str) -> None:
    """SH-47, F50: permanent until a person says otherwise."""
    stage.desk.fate("user_errors", match=CREDIT, code=code)
    stage.drain()
    wait(stage)
    assert pushes(stage) == ["rejected"]
    assert len(stage.desk.calls(CREDIT)) == 1
    (reward,) = stage.referhub("rewards", "list")
    assert reward["state"] == "rejected"
    assert code in reward["reason"]
    stage.assert_sound()

    stage.referhub("rewards", "approve", reward["id"], "--because", "the shop raised its limit")
    stage.drain()
    assert stage.moves(due) == ["10.00"]
    stage.assert_sound()


def test_an_advocate_merged_into_another_account_is_paid_there(stage: Scene, due: dict[str, Any]) -> None:
    """SH-47: refused for the old account, paid to the one that was kept."""
    kept = stage.desk.create_customer(email="alice.new@example.com", first_name="Alice")
    stage.desk.fate("user_errors", match=CREDIT, code="OWNER_NOT_FOUND")
    stage.drain()
    assert pushes(stage) == ["rejected"]
    stage.desk.merge_customers(due["id"], into=kept["id"])
    stage.settle()
    assert stage.moves(kept) == ["10.00"]
    stage.assert_sound()


def test_a_redirect_is_not_followed(stage: Scene, due: dict[str, Any]) -> None:
    """SH-14: no token goes to another host; a person is told."""
    stage.desk.fate("redirect", match=CREDIT, location="http://127.0.0.1:9/elsewhere")
    stage.drain()
    (row,) = stage.referhub("connections", "list")
    assert row["health"] == "needs_attention"
    assert "redirect" in row["hint"]
    stage.referhub("connections", "test", "shopify")
    wait(stage, "3m", "7m")
    assert stage.moves(due) == ["10.00"]
    stage.assert_sound()


@pytest.mark.parametrize(("fate", "calls"), [("effect_then_timeout", 1), ("timeout_before_effect", 2), ("slow", 1)])
def test_an_answer_that_never_ends_is_lost(impatient: Scene, fate: str, calls: int) -> None:
    alice = about_to_be_paid(impatient, **ADVOCATE_ONLY)
    impatient.desk.fate(fate, match=CREDIT, seconds=2 if "timeout" in fate else 0.05)
    impatient.drain()
    assert pushes(impatient) == ["unknown"]
    wait(impatient)
    assert len(impatient.desk.calls(CREDIT)) == calls
    assert impatient.moves(alice) == ["10.00"]
    impatient.assert_sound()


def test_a_shop_that_cannot_be_reached_costs_no_look(stage: Scene, due: dict[str, Any]) -> None:
    """F40: refused before a byte was sent is known not to have been sent."""
    stage.hub.connector(stage.connection())._api._address = "http://127.0.0.1:9/"  # type: ignore[attr-defined]
    stage.drain()
    assert set(pushes(stage)) <= {"intended"}
    assert "may have been applied" not in story(stage)
    stage.hub = stage.another_hub()
    stage.later("5m")
    stage.drain()
    assert stage.moves(due) == ["10.00"]
    stage.assert_sound()


def test_without_a_fingerprint_absence_is_no_proof_and_a_person_decides(stage: Scene, unmarked: dict[str, Any]) -> None:
    """`pushes resolve --not-given`: the evidence stands in the audit trail, and it is sent once more."""
    stage.desk.fate("drop_before_effect", match=CREDIT)
    stage.drain()
    wait(stage, "3m", "7m")
    (push,) = stage.referhub("pushes", "list")
    assert push["state"] == "parked"
    assert stage.moves(unmarked) == []
    assert len(stage.desk.calls(CREDIT)) == 1
    stage.referhub("pushes", "resolve", push["id"], status=2)
    stage.referhub("pushes", "resolve", push["id"], "--not-given", "--because", "the shop's admin shows nothing")
    stage.drain()
    assert stage.moves(unmarked) == ["10.00"]
    assert "the shop's admin shows nothing" in story(stage)
    stage.assert_sound()


def test_without_a_fingerprint_one_equal_credit_is_taken_for_ours(stage: Scene, unmarked: dict[str, Any]) -> None:
    stage.desk.fate("effect_then_drop", match=CREDIT)
    stage.drain()
    wait(stage)
    assert pushes(stage) == ["confirmed"]
    assert stage.moves(unmarked) == ["10.00"]
    stage.assert_sound()


def test_two_equal_credits_cannot_be_told_apart_and_a_person_says_which(stage: Scene, unmarked: dict[str, Any]) -> None:
    """`pushes resolve --given ID`: the merchant gave the same amount by hand in the same minutes."""
    stage.desk.fate("effect_then_drop", match=CREDIT)
    stage.drain()
    stage.desk.give_credit(unmarked["id"], "10.00", "EUR")
    wait(stage)
    (push,) = stage.referhub("pushes", "list")
    assert push["state"] == "parked"
    account = stage.desk.truth()["store_credit_accounts"][0]
    ours = min(account["transactions"], key=lambda move: move["id"])["gid"]
    stage.referhub("pushes", "resolve", push["id"], "--given", ours, "--because", "seen in the shop's admin")
    assert pushes(stage) == ["confirmed"]
    wait(stage)
    assert stage.moves(unmarked) == ["10.00", "10.00"]
    assert len(stage.desk.calls(CREDIT)) == 1
    assert stage.referhub("check")["sound"]


def test_a_credit_that_staff_gave_is_never_taken_for_a_marked_one(stage: Scene, due: dict[str, Any]) -> None:
    stage.desk.fate("drop_before_effect", match=CREDIT)
    stage.drain()
    stage.desk.give_credit(due["id"], "10.00", "EUR")
    wait(stage)
    assert pushes(stage) == ["confirmed"]
    assert stage.balance(due) == Decimal("20.00")
    assert stage.referhub("check")["sound"]


@pytest.mark.parametrize("fate", ["effect_then_drop", "effect_then_500"])
def test_a_take_back_whose_answer_was_lost_is_found(stage: Scene, due: dict[str, Any], fate: str) -> None:
    """F39 in the other direction: nobody is debited twice."""
    stage.drain()
    stage.desk.refund_order(stage.desk.truth()["orders"][0]["id"], lines=[{"line": 0, "quantity": 1}])
    stage.desk.fate(fate, match="storeCreditAccountDebit")
    stage.settle()
    wait(stage)
    assert stage.moves(due) == ["10.00", "-10.00"]
    assert stage.states() == {"advocate": "clawed_back"}
    stage.assert_sound()


def test_what_only_pretends_to_be_done_is_not_believed_for_ever(stage: Scene, due: dict[str, Any]) -> None:
    """F47: the shop answers OK and did nothing; the check against the shop is what tells."""
    stage.desk.fate("ok_but_nothing", match=CREDIT)
    stage.drain()
    assert stage.moves(due) == []
    with pytest.raises(AssertionError):
        stage.assert_sound()
