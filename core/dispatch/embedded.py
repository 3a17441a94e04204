"""The embedded engine: APScheduler ticks inside this process, and a few threads do the draining."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

from apscheduler.schedulers.background import BackgroundScheduler

from core.gateway.hub import Hub
from core.services.lease import Lane
from core.worker import Job, all_jobs, drain, due_jobs, keep_house

log = logging.getLogger(__name__)
THREADS = 4
TICK_SECONDS = 1
SWEEP_SECONDS = 60


class EmbeddedDispatcher:
    """Any number of processes may each run one: the leases keep them apart."""

    def __init__(self, hub: Hub, *, threads: int = THREADS, tick_seconds: float = TICK_SECONDS) -> None:
        self._hub = hub
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="worker")
        self._running: set[Job] = set()
        self._lock = threading.Lock()
        self._is_ending = threading.Event()
        self._scheduler = BackgroundScheduler(timezone="UTC")
        options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler.add_job(self._tick, "interval", seconds=tick_seconds, **options)
        self._scheduler.add_job(self._sweep, "interval", seconds=SWEEP_SECONDS, **options)
        self._scheduler.add_job(keep_house, "interval", args=(hub,), seconds=tick_seconds, **options)

    def wake(self, connection_id: str) -> None:
        """The connection's inbox is looked at now rather than at the next tick."""
        self._submit((connection_id, Lane.READ))

    def start(self) -> None:
        """Ticking begins."""
        self._scheduler.start()

    def stop(self, grace_seconds: float = 20.0) -> None:
        """No new work is begun; what is under way finishes (its leases end by themselves after a kill)."""
        self._is_ending.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _tick(self) -> None:
        for job in due_jobs(self._hub):
            self._submit(job)

    def _sweep(self) -> None:
        for job in all_jobs(self._hub):
            self._submit(job)

    def _submit(self, job: Job) -> None:
        with self._lock:
            if job in self._running:
                return
            self._running.add(job)
        try:
            self._pool.submit(self._run, job)
        except RuntimeError:  # the pool is closing; the next start finds the work in the database
            self._running.discard(job)

    def _run(self, job: Job) -> None:
        connection_id, lane = job
        try:
            done = drain(self._hub, connection_id, lane, is_ending=self._is_ending.is_set)
        except Exception:
            log.exception("%s of %s", lane, connection_id)
            done = 0
        finally:
            with self._lock:
                self._running.discard(job)
        if done and lane is Lane.READ:
            self._submit((connection_id, Lane.PAY))
