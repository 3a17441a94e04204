"""Health: is the process alive, and is the hub ready to take webhooks."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, jsonify, redirect, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.database import Database
from core.services.readiness import notes, unready_because


def create_health(database: Database, now: Callable[[], datetime]) -> Blueprint:
    """`/healthz` answers while the process lives; `/readyz` says ready only when webhooks can be stored."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def alive() -> Response:
        return jsonify(status="alive")

    @blueprint.get("/readyz")
    def ready() -> tuple[Response, int]:
        problem = unready_because(database)
        if problem:
            return jsonify(status=problem), 503
        return jsonify(status="ready", notes=notes(database, now())), 200

    @blueprint.get("/")
    def home() -> WerkzeugResponse:
        return redirect(url_for("dashboard.overview"))

    return blueprint
