"""The few addresses of a store's app that are no pages of the dashboard: bounce, agreement, and the shop's own site."""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, abort, g, jsonify, make_response, redirect, render_template, request

from core.contract.errors import NeedsAttention, TryLater
from core.contract.events import IdentityClaim
from core.contract.store_app import NotProven, StoreApp
from core.queries.own_referral import OwnReferral
from core.services.store_apps import Shop
from web.dashboard.headers import protect
from web.store.framing import framed
from web.store.mount import PREFIX
from web.store.reload import is_ours

COOKIE = "referhub_install"
COOKIE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class StoreVerbs:
    """What the door calls, as the composition root hands it over.

    `begin` and `finish` take a connector's key and the address's query; `own_referral` a shop of the store and one of
    its customers.
    """

    begin: Callable[[str, str], tuple[str, str]]
    finish: Callable[[str, str], Shop]
    own_referral: Callable[[str, str, IdentityClaim], OwnReferral | None]


def create_store(apps: Mapping[str, StoreApp], verbs: StoreVerbs, now: Callable[[], object]) -> Blueprint:
    """`/store/<key>/bounce`, `/install`, `/back` and `/proxy` of every app that is set up."""
    blueprint = Blueprint("store", __name__, url_prefix=f"{PREFIX}<key>", template_folder="templates")
    pages = _Pages(apps, verbs, now)
    for path in ("bounce", "install", "back"):
        blueprint.add_url_rule(f"/{path}", path, getattr(pages, path), methods=["GET"], strict_slashes=False)
    for path in ("/proxy", "/proxy/<path:rest>"):
        blueprint.add_url_rule(path, "proxy", pages.proxy, methods=["GET"], strict_slashes=False)
    blueprint.app_context_processor(lambda: {"frame": g.get("frame")})
    blueprint.after_request(_told)
    return blueprint


def _told(response: Response) -> Response:
    frame = g.get("frame")
    answer = framed(response, frame) if frame else protect(response)
    answer.headers["Cache-Control"] = "no-store"  # what one customer sees is no other's, also as JSON
    return answer


class _Pages:
    def __init__(self, apps: Mapping[str, StoreApp], verbs: StoreVerbs, now: Callable[[], object]) -> None:
        self._apps = apps
        self._verbs = verbs
        self._now = now

    def bounce(self, key: str) -> Response:
        """A page of nothing but the store's script, which loads the place it is told with a fresh proof."""
        app = self._app(key)
        try:
            frame = app.frame(app.shop_named(_query()))
        except NotProven:
            return _refused("This address names no shop.", 400)
        places = request.args.getlist(app.reload_word)
        if len(places) != 1 or not is_ours(places[0], f"{PREFIX}{key}"):
            return _refused("This address leads out of the app.", 400)
        g.frame = frame
        return make_response(render_template("store/bounce.html"))

    def install(self, key: str) -> Response:
        """Where the store sends somebody who installs an app that is not embedded: on to the shop's admin, to agree."""
        self._app(key)
        try:
            address, state = self._verbs.begin(key, _query())
        except NotProven as problem:
            return _refused(f"The store did not send you: {problem}.", 400)
        except NeedsAttention as problem:
            return _refused(problem.hint, 503)
        answer = make_response(redirect(address, 302))
        place, is_https = f"{PREFIX}{key}/back", request.is_secure
        answer.set_cookie(
            COOKIE, state, max_age=COOKIE_SECONDS, path=place, secure=is_https, httponly=True, samesite="Lax"
        )
        return answer

    def back(self, key: str) -> Response:
        """Where the store sends them back to: the shop is installed, and they are led to the app in its admin."""
        app = self._app(key)
        if not hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), request.args.get("state", "").encode()):
            return _refused("This return does not belong to this browser: begin again in the store.", 400)
        try:
            self._verbs.finish(key, _query())
        except NotProven as problem:
            return _refused(f"Not installed: {problem}.", 400)
        except (NeedsAttention, TryLater) as problem:
            return _refused(f"Not installed: {problem}.", 503)
        answer = make_response(redirect(app.home(app.shop_named(_query())), 302))
        answer.delete_cookie(COOKIE, path=f"{PREFIX}{key}/back")
        return answer

    def proxy(self, key: str, rest: str = "") -> Response:
        """On the shop's own site: a signed-in customer's own code, link and rewards, and nothing of anybody else."""
        app = self._app(key)
        try:
            buyer = app.buyer(_query(), self._now())  # type: ignore[arg-type]  # the hub's clock
        except NotProven:
            abort(401)
        own = self._verbs.own_referral(key, buyer.shop, buyer.customer) if buyer.customer else None
        if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
            return jsonify(_spelt(own, is_signed_in=buyer.customer is not None))
        return make_response(render_template("store/referral.html", own=own, is_signed_in=buyer.customer is not None))

    def _app(self, key: str) -> StoreApp:
        app = self._apps.get(key)
        return app if app is not None else abort(404)


def _spelt(own: OwnReferral | None, *, is_signed_in: bool) -> dict[str, object]:
    codes = own.codes if own else ()
    return {
        "signed_in": is_signed_in,
        "codes": [{"code": one.code, "link": one.link, "campaign": one.campaign} for one in codes],
        "friends": own.friends if own else 0,
        "earned": [str(amount) for amount in (own.earned if own else ())],
        "pending": [str(amount) for amount in (own.pending if own else ())],
    }


def _refused(words: str, status: int) -> Response:
    return make_response(render_template("store/refused.html", words=words), status)


def _query() -> str:
    return request.query_string.decode(errors="replace")
