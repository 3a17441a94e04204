"""Metrics for Prometheus: what the doors have counted, and what the database says at the moment of asking."""

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from flask import Blueprint, Request, Response, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from core.database import Unavailable
from core.queries.metrics import Measure
from web.dashboard.access import is_from_this_machine

Measures = Callable[[], Sequence[Measure]]
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# The shortest patience among the sources is five seconds.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Meter:
    """Counts requests by door and status, and how long they took inside the hub."""

    def __init__(self, doors: Iterable[str]) -> None:
        self.registry = CollectorRegistry()
        seconds = Histogram(
            "referhub_request_seconds", "Time to answer", ["door"], registry=self.registry, buckets=SECONDS
        )
        self._answers = Counter("referhub_requests", "Requests answered", ["door", "status"], registry=self.registry)
        self._seconds = {door: seconds.labels(door) for door in doors}
        self._known: dict[tuple[str, str], Counter] = {}

    def note(self, door: str, status: str, seconds: float) -> None:
        """One more answer of that door, with that status, after so many seconds."""
        counter = self._known.get((door, status))
        if counter is None:  # a label looked up for every request would cost more than counting
            counter = self._known[door, status] = self._answers.labels(door, status)
        counter.inc()
        self._seconds[door].observe(seconds)


class _House(Collector):
    """The house's numbers as Prometheus spells them."""

    def __init__(self, found: Sequence[Measure]) -> None:
        self._found = found

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for one in self._found:
            family = GaugeMetricFamily(one.name, one.help, labels=one.labels)
            for labels, value in one.values:
                family.add_metric(labels, value)
            yield family


@dataclass(frozen=True, slots=True)
class Scrapers:
    """Who may read the numbers: whoever has the token; without one set, only this machine, and only where the hub is
    for this machine alone (a proxy in front makes the whole world look local).
    """

    token: str = field(default="", repr=False)
    is_loopback_only: bool = False

    def why_not(self, asked: Request) -> tuple[str, int] | None:
        """What to answer instead of the numbers; None for a scraper that may have them."""
        if self.token:
            given = asked.headers.get("Authorization", "")
            is_known = hmac.compare_digest(given.encode(errors="replace"), f"Bearer {self.token}".encode())
            return None if is_known else ("the token is missing or wrong\n", 401)
        if self.is_loopback_only and is_from_this_machine(asked):
            return None
        return "set metrics_token to read this from elsewhere\n", 403


def create_metrics(meter: Meter, measures: Measures, scrapers: Scrapers) -> Blueprint:
    """`/metrics`. It names no person, no merchant and no connection."""
    blueprint = Blueprint("metrics", __name__)
    available = Gauge("referhub_database_available", "1 while the database answers", registry=meter.registry)

    @blueprint.get("/metrics")
    def metrics() -> Response:
        refused = scrapers.why_not(request)
        if refused:
            words, status = refused
            challenge = {"WWW-Authenticate": 'Bearer realm="referhub"'} if status == 401 else {}
            return Response(words, status, challenge, mimetype="text/plain")
        try:
            found = measures()
            available.set(1)
        except Unavailable:
            found = ()
            available.set(0)
        return Response(generate_latest(meter.registry) + _written(found), content_type=CONTENT_TYPE)

    return blueprint


def _written(found: Sequence[Measure]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_House(found))
    return generate_latest(registry)
