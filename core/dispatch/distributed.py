"""The distributed engine: Procrastinate on the hub's own PostgreSQL runs the same drains on several machines.

Only `queueing_lock` is used: a dead worker would keep a job's `lock` for ever. Exclusivity is the lease's.
"""

import asyncio
import logging

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.schema import SchemaManager
from sqlalchemy.engine import make_url

from core.gateway.hub import Hub
from core.services.lease import Lane
from core.worker import all_jobs, drain, due_jobs, keep_house

log = logging.getLogger(__name__)
QUEUE = "referhub"
CONCURRENCY = 4
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

    return app


async def _defer_all(app: App, jobs: list[tuple[str, Lane]]) -> None:
    for connection_id, lane in jobs:
        # At most one waiting drain per lane: a second one would find nothing to do.
        deferrer = app.configure_task("drain", queue=QUEUE, queueing_lock=f"drain:{connection_id}:{lane}")
        try:
            await deferrer.defer_async(connection_id=connection_id, lane=str(lane))
        except AlreadyEnqueued:
            continue


def prepare(app: App) -> None:
    """The engine's own tables exist."""
    with app.open():
        try:
            app.connector.execute_query("SELECT 1 FROM procrastinate_jobs LIMIT 1")
        except ConnectorException:
            SchemaManager(app.connector).apply_schema()


def run_worker(hub: Hub) -> None:
    """Drain until told to end (SIGTERM, SIGINT); any number of these may run, on any number of machines."""
    app = create_engine_app(hub)
    prepare(app)

    async def run() -> None:
        async with app.open_async():
            await app.run_worker_async(queues=[QUEUE], concurrency=CONCURRENCY, delete_jobs="always")

    asyncio.run(run())
