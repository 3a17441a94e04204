"""The queue engine on PostgreSQL: the same drains on several machines, one of which dies."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from core.dispatch.distributed import _forget_the_dead, create_engine_app, prepare
from tests.crash.test_races import all_at_once
from tests.support.live import Scene
from tests.support.processes import wait_for_line, wait_until

ENGINE = ("--engine", "procrastinate")


def count(stage: Scene, table: str) -> int:
    with stage.hub.database.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.mark.long
def test_two_workers_pay_forty_orders_once_although_one_is_killed(postgres_stage: Scene) -> None:
    stage = postgres_stage
    people: dict[str, dict[str, Any]] = {}
    with stage.worker(*ENGINE) as doomed, stage.worker(*ENGINE) as other:
        for worker in (doomed, other):
            wait_for_line(worker, "The worker runs.")
        for number in range(8):
            people[f"advocate{number}"] = stage.advocate(f"advocate{number}@example.com", f"CODE-{number}")
        for number in range(40):
            people[f"friend{number}"] = stage.friend(f"friend{number}@example.com")
            stage.order(people[f"friend{number}"], code=f"CODE-{number % 8}")
        wait_until(lambda: bool(stage.desk.truth()["store_credit_accounts"]), "the first credit is given")
        doomed.kill()
        stage.let_leases_end()
        wait_until(lambda: len(stage.rows("rewards")) == 80, "every order is judged, on both sides", seconds=60)
        # What the dead one left in flight needs its quiet time and two looks.
        for _ in range(3):
            wait_until(lambda: not stage.due_pushes(), "the other one has sent what was due", seconds=60)
            stage.later("3m")
        wait_until(lambda: {row["state"] for row in stage.rows("rewards")} == {"pushed"}, "all are paid", seconds=60)
        assert other.end() == 0, other.output
    expected = {name: ["10.00"] * 5 if "advocate" in name else ["4.00"] for name in people}
    assert {name: stage.moves(customer) for name, customer in people.items()} == expected
    stage.assert_sound()


def test_workers_that_start_together_make_the_engines_tables_once(postgres_stage: Scene) -> None:
    hubs = [postgres_stage.another_hub() for _ in range(4)]
    all_at_once(*[lambda hub=hub: prepare(hub) for hub in hubs])  # type: ignore[misc]
    for hub in hubs:
        hub.database.close()
    assert count(postgres_stage, "procrastinate_jobs") == 0


def test_what_a_dead_worker_was_doing_is_forgotten_and_what_waits_is_not(postgres_stage: Scene) -> None:
    prepare(postgres_stage.hub)
    insert = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) "
        "VALUES ('referhub', 'drain', '{}', 'doing'), ('referhub', 'drain', '{}', 'todo')"
    )
    with postgres_stage.hub.database.engine.begin() as connection:
        connection.execute(text(insert))

    async def forget() -> None:
        app = create_engine_app(postgres_stage.hub)
        async with app.open_async():
            await _forget_the_dead(app)

    asyncio.run(forget())
    with postgres_stage.hub.database.engine.connect() as connection:
        assert connection.execute(text("SELECT status FROM procrastinate_jobs")).scalars().all() == ["todo"]


def test_on_sqlite_the_engine_says_what_it_needs(stage: Scene) -> None:
    told = stage.invoke("worker", *ENGINE)
    assert told.exit_code == 2
    assert "needs PostgreSQL" in told.output
    assert "REFERHUB_DATABASE_URL" in told.output


@pytest.mark.parametrize("engine", ["celery", ""])
def test_an_unknown_engine_is_a_usage_error(stage: Scene, engine: str) -> None:
    assert stage.invoke("worker", "--engine", engine).exit_code == 2
