"""The accounts as a Flask blueprint: the library's pages, our own, and single sign-on, behind one entrance."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Flask, Response, make_response, render_template
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import Conflict, TooManyRequests

from core.services.house import House
from core.services.secretary import Secretary
from web.accounts import security
from web.accounts.links import Links
from web.accounts.needs import OPEN, Needs
from web.accounts.pages import ACTIONS, ROUTES, Pages
from web.accounts.signing import Signing
from web.accounts.single_sign_on import Issuer, SingleSignOn

NAME = "accounts"
FLOOD = "60 per minute"  # forms from one address, whatever they say; what is guessed is counted in the database


def create_accounts(
    app: Flask,
    house: House,
    secretary: Secretary,
    issuer: Issuer | None = None,
    *,
    requires_second_factor: bool,
) -> tuple[Signing, Needs]:
    """The application has everything about accounts; who signs in, and what each of the pages takes."""
    signing = security.create_security(app, house, secretary, requires_second_factor=requires_second_factor)
    places = (Pages(house, secretary, has_issuer=issuer is not None), Links(house), SingleSignOn(app, house, issuer))
    blueprint = Blueprint(NAME, __name__, template_folder="templates", static_folder="static")
    blueprint.static_url_path = "/dashboard/account/files"
    for path, name, _need in ROUTES:
        blueprint.add_url_rule(path, name, _view(places, name), methods=["GET"], strict_slashes=False)
    for path, name, _need in ACTIONS:
        blueprint.add_url_rule(path, name, _view(places, name), methods=["POST"])
    app.context_processor(lambda: {"has_accounts": True, "single_sign_on": issuer.label if issuer else ""})
    Limiter(get_remote_address, app=app, storage_uri="memory://").limit(FLOOD, methods=["POST"])(blueprint)
    app.register_error_handler(TooManyRequests, _too_many)
    app.register_error_handler(Conflict, _spent)
    app.register_blueprint(blueprint)
    return signing, needs()


def _view(places: Sequence[object], name: str) -> Callable[..., Any]:
    (view,) = (getattr(place, name) for place in places if hasattr(place, name))
    found: Callable[..., Any] = view
    return found


def needs() -> Needs:
    """What each page and button takes, by endpoint."""
    ours = {f"{NAME}.{name}": need for _path, name, need in (*ROUTES, *ACTIONS)}
    theirs = {f"security.{name}": need for name, need in security.NEEDS.items()}
    return {f"{NAME}.static": OPEN, **ours, **theirs}


def _too_many(_error: TooManyRequests) -> Response:
    return make_response(render_template("accounts/too_many.html"), 429, {"Retry-After": "900"})


def _spent(_error: Conflict) -> Response:
    return make_response(render_template("accounts/spent.html"), 409)
