"""Killed with SIGKILL at each named point of an order's walk: afterwards all is as if nothing had happened."""

from collections.abc import Callable
from typing import Any

import pytest

from core.services.failpoints import NAMES
from tests.support.hooks import Sender
from tests.support.live import Scene
from tests.support.processes import KILLED, wait_until

POSTGRES_TOO = (
    "receive.after_commit",
    "read.before_commit",
    "push.before_send",
    "push.after_send",
    "poll.before_commit",
)
# The second time, too, where a walk passes a point more than once.
AGAIN = ("push.before_send:2", "push.after_send:2", "push.after_receipt:2")


def killed_while_receiving(stage: Scene, point: str) -> None:
    """The shop hears nothing; the server is gone and comes back, and the shop tries again."""
    with stage.serving(crash_at=point) as server:
        stage.desk.release()
        assert server.ended() == KILLED, server.output


def killed_while_reading(stage: Scene, point: str) -> None:
    with stage.door():
        stage.desk.release()
        assert stage.desk.settle(30)
    kill_a_worker(stage, point)


def killed_while_polling(stage: Scene, point: str) -> None:
    """The webhooks of the order never came."""
    for delivery in stage.desk.deliveries(state="held"):
        stage.desk.drop(delivery["id"])
    stage.later("1h")
    kill_a_worker(stage, point)


def killed_while_paying(stage: Scene, point: str) -> None:
    with stage.door():
        stage.desk.release()
        stage.settle()
        stage.later("15d")
    kill_a_worker(stage, point)


def killed_while_writing_fields(stage: Scene, point: str) -> None:
    with stage.door():
        stage.desk.release()
        assert stage.desk.settle(30)
    kill_a_worker(stage, point)


def kill_a_worker(stage: Scene, point: str) -> None:
    with stage.worker("--until-idle", crash_at=point) as worker:
        assert worker.ended() == KILLED, f"{point} was never reached: {worker.output}"


KILL: dict[str, Callable[[Scene, str], None]] = {
    "receive": killed_while_receiving,
    "read": killed_while_reading,
    "poll": killed_while_polling,
    "release": killed_while_paying,
    "push": killed_while_paying,
    "sync": killed_while_writing_fields,
}


def walk_with_a_crash(stage: Scene, point: str) -> None:
    alice, bob = customers(stage)
    stage.desk.hold()
    stage.order(bob)
    KILL[point.partition(".")[0]](stage, point)
    with stage.door():
        stage.desk.release()
        stage.restart()
        stage.settle()
        stage.later("15d")
        stage.recover()
        assert (stage.moves(alice), stage.moves(bob)) == (["10.00"], ["4.00"])
        assert stage.states() == {"advocate": "pushed", "friend": "pushed"}
        stage.assert_sound()


def customers(stage: Scene) -> tuple[dict[str, Any], dict[str, Any]]:
    with stage.door():
        found = stage.advocate(), stage.friend()
        stage.settle()
    return found


def test_there_is_a_way_to_every_point() -> None:
    assert {name.partition(".")[0] for name in NAMES} == set(KILL)


@pytest.mark.parametrize("point", [*NAMES, *(pytest.param(one, marks=pytest.mark.long) for one in AGAIN)])
def test_nothing_is_lost_or_doubled(stage: Scene, point: str) -> None:
    """F1, F2, F23, F36, F37, F38, SH-42, X-03."""
    walk_with_a_crash(stage, point)


@pytest.mark.parametrize(
    "point", [*POSTGRES_TOO[:3], *(pytest.param(one, marks=pytest.mark.long) for one in POSTGRES_TOO[3:])]
)
def test_nothing_is_lost_or_doubled_on_postgresql(postgres_stage: Scene, point: str) -> None:
    walk_with_a_crash(postgres_stage, point)


@pytest.mark.parametrize(
    ("point", "fate", "sends"),
    [
        ("push.after_send", "effect_then_drop", 1),
        pytest.param("push.after_send", "drop_before_effect", 2, marks=pytest.mark.long),
        pytest.param("push.after_send", "effect_then_500", 1, marks=pytest.mark.long),
        ("push.after_send", "late_effect", 1),
        pytest.param("push.after_send", "429", 2, marks=pytest.mark.long),
        ("push.after_receipt", "user_errors", 1),
    ],
)
def test_a_crash_on_top_of_what_the_shop_did(stage: Scene, point: str, fate: str, sends: int) -> None:
    """Crash × fate: what the shop truly holds decides, whatever the dead worker knew."""
    alice, bob = due_credit(stage)
    told = {"code": "OWNER_NOT_FOUND"} if fate == "user_errors" else {"seconds": 30}
    stage.desk.fate(fate, match="storeCreditAccountCredit", **told)
    kill_a_worker(stage, point)
    with stage.door():
        stage.recover()
    credited = [stage.moves(alice), stage.moves(bob)]
    refused = [row["side"] for row in stage.referhub("rewards", "list") if row["state"] == "rejected"]
    expected = [["10.00"], ["4.00"]]
    for side in refused:
        expected[("advocate", "friend").index(side)] = []
    assert credited == expected
    assert len(refused) == (fate == "user_errors")
    sent = [call for call in stage.desk.calls("storeCreditAccountCredit") if call["path"] != "late"]
    assert len(sent) == sends + 1, "one for the other account"
    stage.assert_sound()


def due_credit(stage: Scene) -> tuple[dict[str, Any], dict[str, Any]]:
    """Alice and Bob, whose rewards are about to be pushed."""
    with stage.door():
        alice, bob = stage.advocate(), stage.friend()
        stage.order(bob)
        stage.settle()
        stage.later("15d")
    return alice, bob


def test_killed_again_while_making_up_for_the_first_crash(stage: Scene) -> None:
    """Double crash: before sending, then after the second sending; each account is credited once."""
    alice, bob = due_credit(stage)
    kill_a_worker(stage, "push.before_send")
    for _ in range(2):
        stage.let_leases_end()
        stage.drain()
        stage.later("3m")
    stage.let_leases_end()
    kill_a_worker(stage, "push.after_send")
    with stage.door():
        stage.recover()
    assert (stage.moves(alice), stage.moves(bob)) == (["10.00"], ["4.00"])
    stage.assert_sound()


def test_a_take_back_that_was_killed_after_sending_debits_once(stage: Scene) -> None:
    alice, _ = refunded(stage)
    kill_a_worker(stage, "push.after_send")
    with stage.door():
        stage.recover()
    assert stage.moves(alice) == ["10.00", "-10.00"]
    stage.assert_sound()


def test_a_take_back_that_was_killed_before_sending_waits_for_a_person(stage: Scene) -> None:
    """A debit carries no mark of ours, so "nothing there" is no proof: nobody is debited on a guess."""
    alice, bob = refunded(stage)
    kill_a_worker(stage, "push.before_send")
    with stage.door():
        stage.recover()
    (parked,) = stage.referhub("pushes", "list", "--state", "parked")
    assert parked["gives"] is False
    stage.referhub("pushes", "resolve", parked["id"], "--not-given", "--because", "the shop's admin shows no debit")
    stage.drain()
    assert (stage.moves(alice), stage.moves(bob)) == (["10.00", "-10.00"], ["4.00", "-4.00"])
    stage.assert_sound()


def refunded(stage: Scene) -> tuple[dict[str, Any], dict[str, Any]]:
    """Alice and Bob were paid, the order was sent back, and the take-backs are about to be pushed."""
    alice, bob = due_credit(stage)
    stage.drain()
    with stage.door():
        order = stage.desk.truth()["orders"][0]
        stage.desk.refund_order(order["id"], lines=[{"line": 0, "quantity": 1}])
        assert stage.desk.settle(30)
    return alice, bob


def test_a_server_killed_under_load_keeps_every_delivery_it_acknowledged(stage: Scene) -> None:
    """Group commit: what was answered 200 is stored, whoever shared the commit."""
    sender = Sender(stage.webhook_url, stage.shop.client_secret)
    with stage.serving() as server:
        sender.start(threads=16)
        wait_until(lambda: len(sender.acknowledged) > 200, "two hundred deliveries are acknowledged")
        server.kill()
        sender.stop()
    stored = {row["key"] for row in stage.deliveries()}
    assert sender.acknowledged <= stored
    assert len(stored - sender.acknowledged) <= 16, "at most what was under way is stored without a word"


def test_a_server_told_to_end_under_load_keeps_every_delivery_it_acknowledged(stage: Scene) -> None:
    sender = Sender(stage.webhook_url, stage.shop.client_secret)
    with stage.serving() as server:
        sender.start(threads=16)
        wait_until(lambda: len(sender.acknowledged) > 200, "two hundred deliveries are acknowledged")
        assert server.end() == 0, server.output
        sender.stop()
    assert sender.acknowledged <= {row["key"] for row in stage.deliveries()}
