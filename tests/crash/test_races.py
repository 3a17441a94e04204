"""Many at once: the same delivery, the same reward, the same budget; and workers that die while orders flow."""

import http.client
import random
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from core.services.lease import Lane
from core.worker import drain
from sandbox.shopify import SandboxShop, ShopControl
from tests.support.hooks import Sender
from tests.support.live import Scene
from tests.support.processes import free_port, wait_until

CREDIT = "storeCreditAccountCredit"


def all_at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Each act in a thread of its own, begun together; what they returned."""
    barrier, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        barrier.wait(10)
        results[place] = acts[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return results


def orders_due(stage: Scene, count: int) -> dict[str, dict[str, Any]]:
    """So many friends of one advocate each, whose rewards are about to be pushed; the customers by name."""
    people: dict[str, dict[str, Any]] = {}
    with stage.door():
        for number in range(count):
            people[f"advocate{number}"] = stage.advocate(f"advocate{number}@example.com", f"CODE-{number}")
            people[f"friend{number}"] = stage.friend(f"friend{number}@example.com")
            stage.order(people[f"friend{number}"], code=f"CODE-{number}")
        stage.settle()
        stage.later("15d")
    return people


def assert_each_paid_once(stage: Scene, people: dict[str, dict[str, Any]]) -> None:
    moves = {name: stage.moves(customer) for name, customer in people.items()}
    assert moves == {name: ["10.00"] if "advocate" in name else ["4.00"] for name in people}
    stage.assert_sound()


def test_one_delivery_a_hundred_times_over_two_servers(stage: Scene) -> None:
    """F3: one row, a hundred times 200, one conversion."""
    with stage.door():
        stage.advocate()
        stage.desk.hold()
        stage.order(stage.friend())
        body = stage.desk.deliveries(topic="orders/paid")[0]["body"].encode()
    second = free_port()
    with stage.serving(), stage.serving(port=str(second)):
        senders = [
            Sender(stage.webhook_url.replace(str(stage.port), str(port)), stage.shop.client_secret)
            for port in (stage.port, second)
        ]

        def ten_times(sender: Sender) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", sender.port, timeout=20)
            for _ in range(10):
                sender.send(connection, "the-one-key", body, topic="orders/paid")

        all_at_once(*[lambda sender=senders[n % 2]: ten_times(sender) for n in range(10)])  # type: ignore[misc]
    assert [status for sender in senders for status in sender.statuses] == [200] * 100
    assert [row["key"] for row in stage.deliveries()].count("the-one-key") == 1
    stage.drain()
    assert len(stage.referhub("conversions", "list")) == 1
    stage.assert_sound()


def test_four_workers_on_one_database_push_each_reward_once(either: Scene) -> None:
    """SH-43, F24, F42, X-04: one lease wins, the others do nothing."""
    people = orders_due(either, 4)
    hubs = [either.another_hub() for _ in range(4)]

    def keep_draining(place: int) -> int:
        ends = time.monotonic() + 3
        done = 0
        while time.monotonic() < ends:
            done += drain(hubs[place], either.connection_id, Lane.PAY)
        return done

    assert sum(all_at_once(*[lambda n=n: keep_draining(n) for n in range(4)])) > 0  # type: ignore[misc]
    for hub in hubs:
        hub.database.close()
    either.drain()
    assert len(either.desk.calls(CREDIT)) == 8
    assert_each_paid_once(either, people)


def test_a_worker_whose_lease_ran_out_while_it_waited_writes_nothing(either: Scene) -> None:
    """F24: the late worker's answer changes no row, and its push is looked up, not sent again."""
    people = orders_due(either, 1)
    either.desk.fate("slow", match=CREDIT, seconds=0.01)  # a whole answer, some seconds long
    slow = either.another_hub()
    late = threading.Thread(target=drain, args=(slow, either.connection_id, Lane.PAY))
    late.start()
    wait_until(lambda: bool(either.desk.truth()["store_credit_accounts"]), "the first credit stands at the shop")
    either.let_leases_end()
    either.drain()
    late.join(20)
    slow.database.close()
    states = [row["state"] for row in either.referhub("pushes", "list")]
    assert sorted(states) == ["confirmed", "unknown"], "the answer came, but it came to somebody who had lost the lease"
    with either.door():
        either.recover()
    assert_each_paid_once(either, people)
    assert len(either.desk.calls(CREDIT)) == 2


def test_processes_that_decide_together_never_promise_more_than_the_budget(either: Scene) -> None:
    """F26: three shops, each read by its own worker; there is budget for three rewards, first ones included."""
    either.campaign(friend=None, limits={"budget": "30.00"}, fraud={"fast_advocate": "off"})
    either.referhub("advocates", "add", "friends", "--email", "alice@example.com", "--code", "ALICE-8F2K")
    with ExitStack() as stack:
        for number in range(3):
            shop = stack.enter_context(
                SandboxShop(domain=f"shop-{number}.myshopify.com", client_secret="hush", points=1_000_000)
            )
            desk = ShopControl(shop.base_url)
            for friend in range(4):
                place_order(desk, f"friend{number}{friend}@example.com")
            either.connect(
                f"shop {number}", **{"shop": shop.domain, "api-base": shop.base_url, "access-token": shop.access_token}
            )
        workers = [stack.enter_context(either.worker("--until-idle")) for _ in range(3)]
        assert [worker.ended() for worker in workers] == [0, 0, 0], [worker.output for worker in workers]
        either.let_leases_end()
        either.drain()
    rewards = either.rows("rewards")
    assert len(rewards) == 12
    assert sorted(row["state"] for row in rewards) == ["held"] * 3 + ["void"] * 9
    assert all("budget" in row["reason"] for row in rewards if row["state"] == "void")
    assert either.referhub("check")["sound"]


def place_order(desk: ShopControl, email: str) -> None:
    desk.create_order(
        lines=[{"title": "Mug", "price": "80.00", "quantity": 1}],
        customer=desk.create_customer(email=email)["id"],
        discount_codes=[{"code": "ALICE-8F2K", "amount": "0.00"}],
        paid=True,
    )


@pytest.mark.long
def test_workers_that_die_at_any_moment_pay_everybody_once(stage: Scene) -> None:
    """Sixty orders flow while two workers are killed again and again; then all is drained."""
    chance = random.Random(7)
    stage.campaign(hold={"days": 0}, fraud={"fast_advocate": "off"})
    people: dict[str, dict[str, Any]] = {}
    with ExitStack() as stack, stage.door():
        workers = [stack.enter_context(stage.worker()) for _ in range(2)]
        for number in range(6):
            people[f"advocate{number}"] = stage.advocate(f"advocate{number}@example.com", f"CODE-{number}")
        for number in range(60):
            people[f"friend{number}"] = stage.friend(f"friend{number}@example.com")
            stage.order(people[f"friend{number}"], code=f"CODE-{number % 6}")
            if number % 10 == 9:
                time.sleep(chance.uniform(0.5, 2))
                victim = chance.randrange(2)
                workers[victim].kill()
                # The other one's lease ends with it, in the middle of whatever it is doing.
                stage.let_leases_end()
                workers[victim] = stack.enter_context(stage.worker())
        for worker in workers:
            worker.kill()
        for _ in range(2):
            stage.recover()
    expected = {name: ["10.00"] * 10 if "advocate" in name else ["4.00"] for name in people}
    assert {name: stage.moves(customer) for name, customer in people.items()} == expected
    assert {row["state"] for row in stage.rows("rewards")} == {"pushed"}
    stage.assert_sound()
