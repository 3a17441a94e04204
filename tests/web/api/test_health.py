"""Health tells an orchestrator the truth: alive is not the same as ready."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from core.database import Database
from web.api.health import create_health


@contextmanager
def door(url: str) -> Iterator[FlaskClient]:
    database = Database(url)
    app = Flask(__name__)
    app.register_blueprint(create_health(database))
    yield app.test_client()
    database.close()


def test_a_hub_on_its_database_is_alive_and_ready(database_url: str) -> None:
    with door(database_url) as client:
        assert client.get("/healthz").json == {"status": "alive"}
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready"})


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
