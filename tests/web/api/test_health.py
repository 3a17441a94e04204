"""Health tells an orchestrator the truth: alive is not the same as ready."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.database import Database
from core.services import readiness
from core.services.heartbeat import beat
from tests.support.hub import Watch, open_hub
from web.api.health import create_health

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@contextmanager
def door(url: str, now: datetime = NOW) -> Iterator[FlaskClient]:
    database = Database(url)
    app = Flask(__name__)
    app.register_blueprint(create_health(database, lambda: now))
    yield app.test_client()
    database.close()


def at_work(url: str, at: datetime) -> None:
    """A worker was at work at this time."""
    hub = open_hub(url, Watch(at))
    beat(hub)
    hub.database.close()


def test_a_hub_on_its_database_is_alive_and_ready(database_url: str) -> None:
    at_work(database_url, NOW)
    with door(database_url) as client:
        assert client.get("/healthz").json == {"status": "alive"}
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready", "notes": []})


def test_webhooks_are_taken_without_a_worker_and_somebody_is_told(database_url: str) -> None:
    """Out of the load balancer the hub would lose them; with nobody at work they only wait."""
    with door(database_url) as client:
        never = client.get("/readyz")
    at_work(database_url, NOW)
    with door(database_url, NOW + timedelta(minutes=1)) as client:
        now = client.get("/readyz")
    with door(database_url, NOW + timedelta(minutes=5)) as client:
        later = client.get("/readyz")
    assert [answer.status_code for answer in (never, now, later)] == [200, 200, 200]
    assert [len(answer.json["notes"]) for answer in (never, now, later)] == [1, 0, 1]
    assert "no worker" in later.json["notes"][0]


def test_a_worker_says_so_only_now_and_then(sqlite_url: str) -> None:
    watch = Watch(NOW)
    hub = open_hub(sqlite_url, watch)
    seen = []
    for seconds in (0, 5, 10, 25, 26):
        watch.at = NOW + timedelta(seconds=seconds)
        beat(hub)
        with hub.database.reading() as session:
            found = readiness.last_seen(session)
            assert found is not None
            seen.append((found - NOW).total_seconds())
    hub.database.close()
    assert seen == [0, 0, 0, 25, 25]


def test_a_full_disk_is_not_ready_and_a_small_one_is_a_note(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at_work(sqlite_url, NOW)
    with door(sqlite_url) as client:
        monkeypatch.setattr(readiness, "free_bytes", lambda _database: readiness.LEAST_FREE - 1)
        full = client.get("/readyz")
        monkeypatch.setattr(readiness, "free_bytes", lambda _database: readiness.LEAST_FREE)
        small = client.get("/readyz")
    assert (full.status_code, full.json) == (503, {"status": "the disk is full"})
    assert (small.status_code, small.json["notes"]) == (200, ["less than 1 GiB of the disk is free"])


def test_a_hub_on_a_database_of_another_shape_is_alive_but_not_ready(empty_database_url: str) -> None:
    with door(empty_database_url) as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "referhub init" in answer.json["status"]


def test_a_hub_whose_database_is_gone_is_alive_but_not_ready(tmp_path: Path) -> None:
    with door(f"sqlite:///{tmp_path}/no-such-folder/referhub.db") as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "the database is not available"})


class Asked:
    """A session on PostgreSQL whose user passes every wall, or not."""

    def __init__(self, passes: bool, name: str = "postgresql") -> None:
        self.passes, self.dialect, self.name = passes, self, name

    def get_bind(self) -> "Asked":
        return self

    def scalar(self, _question: object) -> bool:
        return self.passes


def test_a_database_user_that_no_wall_stops_is_a_note() -> None:
    """S29: the second wall between merchants binds no superuser; the tests' own user is a plain one (see above)."""
    told = [list(readiness.unwalled(Asked(*asked))) for asked in ((True,), (False,), (True, "sqlite"))]  # type: ignore[arg-type]
    assert [len(words) for words in told] == [1, 0, 0]
    assert "row-level security is not in force" in told[0][0]
