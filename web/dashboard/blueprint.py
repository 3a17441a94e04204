"""The dashboard as a Flask blueprint: its gate, its headers, its pages."""

import re
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException, NotFound

from core.database import Unavailable
from web.dashboard import filters
from web.dashboard.access import Gate, NotConfigured, PasswordNeeded, WrongHost
from web.dashboard.forms import Forged, Forms
from web.dashboard.headers import protect
from web.dashboard.hub import Hub
from web.dashboard.pages import ACTIONS, ROUTES, Pages
from web.dashboard.sources import Sources

PREFIX = "/dashboard"
ID = re.compile(r"[0-9a-f]{32}")
ASK = {"WWW-Authenticate": 'Basic realm="referhub", charset="UTF-8"'}
REFUSALS: dict[type[HTTPException], tuple[str, dict[str, str]]] = {
    WrongHost: ("wrong_host.html", {}),
    NotConfigured: ("not_configured.html", {}),
    PasswordNeeded: ("password.html", ASK),
    Forged: ("forged.html", {}),
    NotFound: ("not_found.html", {}),
}


def create_dashboard(
    hub: Hub,
    *,
    trusted_hosts: frozenset[str],
    is_loopback_only: bool,
    password: str | None,
    sources: Sources,
    form_key: bytes,
) -> Blueprint:
    """Screens under `/dashboard` for whoever the gate lets in (see `access.Gate`).

    They only show, but for two: where a source sends an admin back to, and the button that tries parked records again,
    which only a form of ours can press (see `forms.Forms`; `form_key` is secret and stays the same).
    """
    blueprint = Blueprint("dashboard", __name__, url_prefix=PREFIX, template_folder="templates", static_folder="static")
    gate = Gate(trusted_hosts, is_loopback_only, password)
    pages, forms = Pages(hub, sources), Forms(form_key, hub.clock)

    # For the whole app, because Flask redirects `//` and missing slashes before it knows whose page it is,
    # and would build the address from a forged Host header.
    @blueprint.before_app_request
    def check() -> None:
        if _is_ours(request.path):
            gate.check_host(request)
            if request.endpoint != "dashboard.static":
                gate.check_visitor(request)
            _check_ids(request.view_args or {})
            if request.method == "POST" and request.url_rule is not None:
                forms.check(request)

    blueprint.after_app_request(lambda answer: protect(answer) if _is_ours(request.path) else answer)
    blueprint.context_processor(lambda: filters.of_templates(hub) | {"form_token": lambda: forms.token(request)})
    for path, name in ROUTES:
        blueprint.add_url_rule(path, name, getattr(pages, name), methods=["GET"], strict_slashes=False)
    for path, name in ACTIONS:
        blueprint.add_url_rule(path, name, getattr(pages, name), methods=["POST"])
    for kind, (template, headers) in REFUSALS.items():
        blueprint.register_error_handler(kind, _refusal(template, headers))
    # Also where nobody's page is (`/nowhere`), and where Flask refused before it knew whose page it would be.
    for ours in REFUSALS:
        blueprint.app_errorhandler(ours)(_refusal(*REFUSALS[ours]))
    for trouble in Unavailable:
        blueprint.register_error_handler(trouble, _busy)
    return blueprint


def _is_ours(path: str) -> bool:
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def _check_ids(values: dict[str, Any]) -> None:
    """Raises `NotFound` for anything that cannot be one of our ids."""
    if any(name.endswith("_id") and not ID.fullmatch(str(value)) for name, value in values.items()):
        raise NotFound


def _refusal(template: str, headers: dict[str, str]) -> Any:
    def refuse(error: HTTPException) -> Response:
        response = make_response(render_template(f"dashboard/{template}"), error.code)
        response.headers.update(headers)
        return protect(response)

    return refuse


def _busy(_error: Exception) -> Response:
    return make_response(render_template("dashboard/busy.html"), 503)
