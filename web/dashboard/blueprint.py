"""The dashboard as a Flask blueprint: its entrance, its headers, its pages."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Request, Response, g, make_response, redirect, render_template, request
from werkzeug.exceptions import HTTPException, NotFound

from core.database import Unavailable
from web.accounts.needs import OPEN, Need, Needs, needs_of
from web.accounts.places import PROVE, SIGN_IN
from web.dashboard import connecting, filters
from web.dashboard.access import NobodyYet, NotAllowed, NotFresh, SecondFactorNeeded, SignInNeeded, WrongHost
from web.dashboard.entrance import Entrance
from web.dashboard.forms import Forged
from web.dashboard.headers import protect
from web.dashboard.hub import Hub
from web.dashboard.pages import ACTIONS, ROUTES, Pages
from web.dashboard.sources import SourcesOf

PREFIX = "/dashboard"
ID = re.compile(r"[0-9a-f]{32}")
# Every page and button of the dashboard, with what it takes.
ROWS = (*ROUTES, *ACTIONS, *connecting.ROUTES, *connecting.ACTIONS)
REFUSALS: dict[type[HTTPException], str] = {
    WrongHost: "wrong_host.html",
    NobodyYet: "nobody_yet.html",
    NotAllowed: "not_allowed.html",
    SecondFactorNeeded: "second_factor_needed.html",
    NotFresh: "not_fresh.html",
    SignInNeeded: "sign_in_needed.html",
    Forged: "forged.html",
    NotFound: "not_found.html",
}
# Where a browser that only looks is led to instead of being refused.
LEADS_TO: dict[type[HTTPException], str] = {SignInNeeded: SIGN_IN, NotFresh: PROVE}


def create_dashboard(
    hub: Hub,
    *,
    entrance: Entrance,
    sources: SourcesOf,
    needs: Needs | None = None,
    beside: tuple[str, ...] = (),
) -> Blueprint:
    """Screens under `/dashboard` for whoever the entrance lets in, as far as their role reaches.

    Everybody sees their own merchant: pages and `sources` get `hub.within(…)`. `needs` says what the pages of others
    take that share the entrance: those under `/dashboard` and under the paths `beside` it.
    """
    blueprint = Blueprint("dashboard", __name__, url_prefix=PREFIX, template_folder="templates", static_folder="static")
    pages, offices = Pages(hub, sources), connecting.ConnectingPages(hub, sources)
    asked = {"dashboard.static": OPEN} | needs_of("dashboard", ROWS) | dict(needs or {})

    # For the whole app, because Flask redirects `//` and missing slashes before it knows whose page it is,
    # and would build the address from a forged Host header.
    @blueprint.before_app_request
    def check() -> None:
        if _is_ours(request.path, beside):
            _let_in(entrance, asked, request)

    blueprint.after_app_request(lambda answer: entrance.protect(answer) if _is_ours(request.path, beside) else answer)
    blueprint.app_context_processor(
        lambda: filters.of_templates(hub) | {"form_token": lambda: entrance.form_token(request)}
    )
    for door, routes, actions in ((pages, ROUTES, ACTIONS), (offices, connecting.ROUTES, connecting.ACTIONS)):
        for path, name, *_least in routes:
            blueprint.add_url_rule(path, name, getattr(door, name), methods=["GET"], strict_slashes=False)
        for path, name, *_least in actions:
            blueprint.add_url_rule(path, name, getattr(door, name), methods=["POST"])
    for kind in REFUSALS:
        blueprint.register_error_handler(kind, _refuse)
        # Also where nobody's page is (`/nowhere`), and where Flask refused before it knew whose page it would be.
        blueprint.app_errorhandler(kind)(_refuse)
    for trouble in Unavailable:
        blueprint.register_error_handler(trouble, _busy)
    return blueprint


def _let_in(entrance: Entrance, asked: Mapping[str, Need], request: Request) -> None:
    """`g.visitor` is set, or an `HTTPException` is raised. What no table names is for nobody."""
    entrance.check_host(request)
    need = asked.get(request.endpoint or "", Need())
    if not need.is_open:
        g.visitor = visitor = entrance.visitor(request)
        _check_ids(request.view_args or {})
        if visitor.lacks_second_factor and not need.is_for_setup:
            raise SecondFactorNeeded
        if request.endpoint and (request.endpoint not in asked or not visitor.may(need.least_role)):
            raise NotAllowed(need.least_role)
    if request.method == "POST" and request.url_rule is not None:
        entrance.check_form(request)
    if need.needs_fresh and not entrance.is_fresh(g.visitor):
        raise NotFresh


def _is_ours(path: str, beside: tuple[str, ...]) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in (PREFIX, *beside))


def _check_ids(values: dict[str, Any]) -> None:
    """Raises `NotFound` for anything that cannot be one of our ids."""
    if any(name.endswith("_id") and not ID.fullmatch(str(value)) for name, value in values.items()):
        raise NotFound


def _refuse(error: HTTPException) -> Response:
    leads_to = LEADS_TO.get(type(error), "")
    if leads_to and request.method == "GET":
        return protect(make_response(redirect(_then(leads_to, request.full_path.rstrip("?")), 303)))
    template = next(page for kind, page in REFUSALS.items() if isinstance(error, kind))
    back = _then(leads_to, urlsplit(request.headers.get("Referer", "")).path or PREFIX)
    return protect(make_response(render_template(f"dashboard/{template}", error=error, leads_to=back), error.code))


def _then(address: str, place: str) -> str:
    return f"{address}?{urlencode({'next': place})}"


def _busy(_error: Exception) -> Response:
    return make_response(render_template("dashboard/busy.html"), 503)
