"""The admin's page around the app: the frame, its session tokens, and the rights asked for from within."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from sandbox.ground.answers import Answer, json_answer
from sandbox.ground.refusal import Refused
from sandbox.shopify.admin import granting, rights
from sandbox.shopify.admin.asking import HANDLE, Ask, Route
from sandbox.shopify.admin.pages import failure, page, redirect
from sandbox.shopify.admin.signing import sent_to
from sandbox.shopify.oauth.id_tokens import id_token, session
from sandbox.shopify.town import ADMIN

OURS = "x-sandbox-admin"  # no page of another origin can send it: that would need a leave nobody gives


def app_in_frame(ask: Ask) -> Answer:
    """The app at the path that follows its name; an app that lacks a right, or is not installed, asks first."""
    handle, _, path = ask.rest.partition("/")
    if handle not in (ask.app.handle, ask.app.client_id) or not ask.app.is_in_store:
        return failure(404, "There is no such app")
    is_asked_here = not ask.app.legacy_install
    if not ask.shop.installed() or (is_asked_here and rights.lacking(ask.shop, ask.app.scopes)):
        asked = urlencode({"client_id": ask.app.client_id})
        return redirect(f"/{ADMIN}/store/{ask.shop.handle}/oauth/install?{asked}")
    address = ask.app.address.rstrip("/") + f"/{path}" if path else ask.app.address
    source = sent_to(ask.shop, _with_query(address, ask.request.query), _told(ask))
    if not ask.app.embedded:
        return redirect(source)
    parts = urlsplit(ask.app.address)
    return page(
        "frame",
        shop=ask.shop,
        app=ask.app,
        source=source,
        origin=f"{parts.scheme}://{parts.netloc}",
        base=granting.app_page(ask),
        root=parts.path.rstrip("/"),
    )


def _told(ask: Ask) -> dict[str, str]:
    told = {"locale": "en", "session": session(ask.shop)}
    return told | {"embedded": "1", "id_token": id_token(ask.shop)} if ask.app.embedded else told


def _with_query(address: str, query: dict[str, str]) -> str:
    return f"{address}?{urlencode(query)}" if query else address


def session_token(ask: Ask) -> Answer:
    """A fresh session token, for the admin's own page only."""
    if ask.request.header(OURS) is None:
        return json_answer(403, {"error": "session tokens are given to the admin's own page"})
    if not ask.shop.installed():
        return json_answer(404, {"error": "the app is not installed"})
    return json_answer(200, {"id_token": id_token(ask.shop)})


def granted(ask: Ask) -> Answer:
    app = ask.app
    told = {"granted": ask.shop.scopes(), "required": app.scopes, "optional": app.optional_scopes}
    return json_answer(200, told | {"words": dict(rights.in_words(app.optional_scopes))})


def change_rights(ask: Ask) -> Answer:
    """{request: [...]} after the merchant's yes, or {revoke: [...]}."""
    asked = ask.request.json()
    if ask.request.header(OURS) is None or not ask.shop.installed():
        return json_answer(403, {"error": "only the admin's own page, for an installed app"})
    try:
        rights.agree_to_more(ask.shop, list(asked.get("request", [])))
        rights.give_back(ask.shop, list(asked.get("revoke", [])))
    except Refused as error:
        return json_answer(422, {"error": str(error)})
    return granted(ask)


ROUTES: list[Route] = [
    ("GET", f"/store/{HANDLE}/apps/(.+)", app_in_frame),
    ("POST", f"/store/{HANDLE}/session_token", session_token),
    ("GET", f"/store/{HANDLE}/scopes", granted),
    ("POST", f"/store/{HANDLE}/scopes", change_rights),
]
