"""The distributed engine: Procrastinate on the hub's own PostgreSQL runs the same drains on several machines.

Only `queueing_lock` is used: a dead worker would keep a job's `lock` for ever. Exclusivity is the lease's.
"""

import asyncio
import logging

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager
from sqlalchemy.engine import make_url

from core.gateway.hub import Hub
from core.services.lease import Lane
from core.worker import all_jobs, drain, due_jobs, keep_house

log = logging.getLogger(__name__)
QUEUE = "referhub"
CONCURRENCY = 4
SCHEMA_LOCK = 7_283_465  # any number that nobody else locks in this database
EVERY_SECOND, EVERY_MINUTE = "* * * * * *", "* * * * *"


def address(hub: Hub) -> str:
    """The hub's database as psycopg wants it written."""
    url = make_url(hub.database.url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def create_engine_app(hub: Hub) -> App:
    """The engine's application with the hub's tasks."""
    app = App(connector=PsycopgConnector(conninfo=address(hub)))

    @app.task(queue=QUEUE, name="drain")
    def drain_lane(connection_id: str, lane: str) -> None:
        done = drain(hub, connection_id, Lane(lane))
        if done and lane == Lane.READ:
            drain(hub, connection_id, Lane.PAY)

    @app.periodic(cron=EVERY_SECOND, periodic_id="tick")
    @app.task(queue=QUEUE, name="tick", queueing_lock="tick", pass_context=False)
    async def tick(timestamp: int) -> None:
        jobs = await asyncio.to_thread(due_jobs, hub)
        await _defer_all(app, jobs)
        await asyncio.to_thread(keep_house, hub)

    @app.periodic(cron=EVERY_MINUTE, periodic_id="sweep")
    @app.task(queue=QUEUE, name="sweep", queueing_lock="sweep", pass_context=False)
    async def sweep(timestamp: int) -> None:
        await _defer_all(app, await asyncio.to_thread(all_jobs, hub))
        await _forget_the_dead(app)

    return app


async def _defer_all(app: App, jobs: list[tuple[str, Lane]]) -> None:
    for connection_id, lane in jobs:
        # At most one waiting drain per lane: a second one would find nothing to do.
        deferrer = app.configure_task("drain", queue=QUEUE, queueing_lock=f"drain:{connection_id}:{lane}")
        try:
            await deferrer.defer_async(connection_id=connection_id, lane=str(lane))
        except AlreadyEnqueued:
            continue


async def _forget_the_dead(app: App) -> None:
    # What a dead worker was doing is due by the tables, and was deferred anew long ago.
    for job in await app.job_manager.get_stalled_jobs(queue=QUEUE):
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)


def prepare(hub: Hub) -> None:
    """The engine's own tables exist; workers that start together make them once."""
    with hub.database.engine.begin() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SCHEMA_LOCK})")
        if connection.exec_driver_sql("SELECT to_regclass('procrastinate_jobs')").scalar() is None:
            driver = connection.connection.driver_connection
            assert driver is not None  # a connection in a transaction has one
            driver.execute(SchemaManager.get_schema())  # many statements at once: only the driver takes them


def run_worker(hub: Hub) -> None:
    """Drain until told to end (SIGTERM, SIGINT); any number of these may run, on any number of machines."""
    prepare(hub)
    app = create_engine_app(hub)

    async def run() -> None:
        async with app.open_async():
            await app.run_worker_async(queues=[QUEUE], concurrency=CONCURRENCY, delete_jobs="always")

    asyncio.run(run())
