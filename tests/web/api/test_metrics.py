"""Metrics: numbers about work that waits, for whoever may scrape them, and about nobody in particular."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from core.clock import system_clock
from core.contract.errors import Unreadable
from core.contract.events import OrderPaid
from core.database import Database
from core.models import Assessment
from core.services.heartbeat import beat
from core.services.readiness import house_measures
from tests.support.hub import MINUTE, Scene, order, scene
from web.api.metrics import Meter, Scrapers, create_metrics

HERE = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def stage(database_url: str) -> Iterator[Scene]:
    made = scene(database_url).campaign()
    with closing(made.hub.database):
        yield made


@pytest.fixture
def on_sqlite(sqlite_url: str) -> Iterator[Scene]:
    made = scene(sqlite_url)
    with closing(made.hub.database):
        yield made


def numbers(stage: Scene) -> dict[str, dict[tuple[str, ...], float]]:
    """What the house says, by name and labels."""
    return {one.name: dict(one.values) for one in house_measures(stage.hub.database, stage.hub.clock)}


def test_every_number_is_what_the_tables_say(stage: Scene) -> None:
    stage.advocate()
    stage.pay(order("1001"))
    stage.stands(order("1002", "50.00", placed=timedelta(minutes=5)))
    stage.deliver(problem=Unreadable("no"))
    stage.work()
    stage.watch.forward(timedelta(hours=1))
    stage.deliver()
    stage.watch.forward(3 * MINUTE)
    told = numbers(stage)
    assert told["referhub_deliveries"] == {("stored",): 1, ("unreadable",): 1}
    assert told["referhub_oldest_delivery_seconds"] == {(): 180}
    assert told["referhub_pushes"] == {("intended",): 0, ("sent",): 0, ("unknown",): 0, ("parked",): 0}
    assert told["referhub_connections"] == {("pretend", "active"): 1}
    assert told["referhub_refused_requests"] == {("pretend",): 0}
    assert told["referhub_pushing_stopped"] == {(): 0}
    assert "referhub_worker_seen_seconds" not in told
    beat(stage.hub)
    stage.watch.forward(MINUTE)
    assert numbers(stage)["referhub_worker_seen_seconds"] == {(): 60}


def test_what_is_owed_is_told_in_money_and_what_is_unanswered_in_age(stage: Scene) -> None:
    stage.advocate()
    stage.stands(order("1001"))
    stage.tell(OrderPaid(order("1001")))
    told = numbers(stage)
    assert told["referhub_rewards"] == {("held",): 2, ("due",): 0, ("review",): 0}
    assert told["referhub_reward_minor_units"] == {("held", "EUR"): 1500}
    assert told["referhub_oldest_push_seconds"] == {(): 0}


def test_a_fraud_case_that_nobody_decides_grows_old(stage: Scene) -> None:
    stage.advocate()
    stage.tell(OrderPaid(order("1001")))
    with stage.hub.database.transaction() as session:
        row = session.get_one(Assessment, stage.one(Assessment).id)
        row.state, row.opened_at = "open", stage.watch.at
    stage.watch.forward(3 * MINUTE)
    assert numbers(stage)["referhub_oldest_fraud_case_seconds"] == {(): 180}


def served(stage: Scene, scrapers: Scrapers) -> FlaskClient:
    app = Flask(__name__)
    meter = Meter(("webhooks", "pages"))
    meter.note("webhooks", "200", 0.02)
    meter.note("webhooks", "200", 0.2)
    meter.note("pages", "404", 0.002)
    app.register_blueprint(
        create_metrics(meter, partial(house_measures, stage.hub.database, stage.hub.clock), scrapers)
    )
    return app.test_client()


def test_a_scrape_is_what_prometheus_reads(stage: Scene) -> None:
    stage.deliver()
    answer = served(stage, Scrapers(is_loopback_only=True)).get("/metrics", environ_overrides=HERE)
    assert answer.status_code == 200
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    counted = {
        (one.labels["door"], one.labels["status"]): one.value
        for one in families["referhub_requests"].samples
        if one.name.endswith("_total")
    }
    assert counted == {("webhooks", "200"): 2, ("pages", "404"): 1}
    buckets = {
        one.labels["le"]: one.value
        for one in families["referhub_request_seconds"].samples
        if one.name.endswith("_bucket") and one.labels["door"] == "webhooks"
    }
    assert (buckets["0.025"], buckets["0.25"], buckets["+Inf"]) == (1, 2, 2)
    assert {one.labels["state"]: one.value for one in families["referhub_deliveries"].samples}["stored"] == 1
    assert families["referhub_database_available"].samples[0].value == 1


@pytest.mark.parametrize(
    ("scrapers", "headers", "peer", "status"),
    [
        (Scrapers(token="t0ken"), {"Authorization": "Bearer t0ken"}, "203.0.113.7", 200),
        (Scrapers(token="t0ken"), {"Authorization": "Bearer t0kem"}, "127.0.0.1", 401),
        (Scrapers(token="t0ken"), {"Authorization": "Basic t0ken"}, "127.0.0.1", 401),
        (Scrapers(token="t0ken"), {"Authorization": "Bearer é"}, "127.0.0.1", 401),
        (Scrapers(token="t0ken", is_loopback_only=True), {}, "127.0.0.1", 401),
        (Scrapers(is_loopback_only=True), {}, "127.0.0.1", 200),
        (Scrapers(is_loopback_only=True), {"X-Forwarded-For": "1.1.1.1"}, "127.0.0.1", 403),
        (Scrapers(is_loopback_only=True), {"Host": "evil.example"}, "127.0.0.1", 403),
        (Scrapers(), {}, "127.0.0.1", 403),
        (Scrapers(), {"Authorization": "Bearer "}, "127.0.0.1", 403),
    ],
)
def test_the_numbers_are_for_whoever_has_the_token_or_sits_here(
    on_sqlite: Scene, scrapers: Scrapers, headers: dict[str, str], peer: str, status: int
) -> None:
    answer = served(on_sqlite, scrapers).get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": peer})
    assert answer.status_code == status
    assert ("referhub_" in answer.text) == (status == 200)


def test_no_number_names_anybody(stage: Scene) -> None:
    stage.advocate(email="mira@example.com")
    stage.pay(order("1001"))
    answer = served(stage, Scrapers(is_loopback_only=True)).get("/metrics", environ_overrides=HERE).text
    assert not re.search(r"@|mira|anna|1001|[0-9a-f]{32}", answer, re.IGNORECASE)
    assert stage.connection.label not in answer
    assert stage.shop.name not in answer


def test_a_database_that_is_away_is_a_number_too(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/no-such-folder/referhub.db")
    app = Flask(__name__)
    scrapers = Scrapers(is_loopback_only=True)
    app.register_blueprint(create_metrics(Meter(()), partial(house_measures, database, system_clock), scrapers))
    answer = app.test_client().get("/metrics", environ_overrides=HERE)
    assert answer.status_code == 200
    assert "referhub_database_available 0.0" in answer.text
