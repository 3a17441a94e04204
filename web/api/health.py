"""Health: is the process alive, and is the hub ready to take webhooks."""

from flask import Blueprint, Response, jsonify, redirect, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.database import Unavailable
from core.gateway.hub import Hub
from core.migrations import is_current


def create_health(hub: Hub) -> Blueprint:
    """`/healthz` answers while the process lives; `/readyz` only when the database is there and has the right shape."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def alive() -> Response:
        return jsonify(status="alive")

    @blueprint.get("/readyz")
    def ready() -> tuple[Response, int]:
        problem = _problem(hub)
        return jsonify(status=problem or "ready"), 503 if problem else 200

    @blueprint.get("/")
    def home() -> WerkzeugResponse:
        return redirect(url_for("dashboard.overview"))

    return blueprint


def _problem(hub: Hub) -> str:
    try:
        with hub.database.engine.connect() as connection:
            return "" if is_current(connection) else "the database has another shape: run referhub init"
    except Unavailable:
        return "the database is not available"
