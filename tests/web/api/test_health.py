"""Health tells an orchestrator the truth: alive is not the same as ready."""

from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from core.database import Database
from web.api.health import create_health


def door(url: str) -> FlaskClient:
    app = Flask(__name__)
    app.register_blueprint(create_health(Database(url)))
    return app.test_client()


def test_a_hub_on_its_database_is_alive_and_ready(database_url: str) -> None:
    client = door(database_url)
    assert client.get("/healthz").json == {"status": "alive"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready"})


def test_a_hub_on_a_database_of_another_shape_is_alive_but_not_ready(empty_database_url: str) -> None:
    client = door(empty_database_url)
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "referhub init" in answer.json["status"]


def test_a_hub_whose_database_is_gone_is_alive_but_not_ready(tmp_path: Path) -> None:
    client = door(f"sqlite:///{tmp_path}/no-such-folder/referhub.db")
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "the database is not available"})
