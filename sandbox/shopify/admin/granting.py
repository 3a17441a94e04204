"""The permission screen: what the app will be able to do, and the merchant's yes."""

from __future__ import annotations

from sandbox.ground.answers import Answer
from sandbox.shopify.admin import rights
from sandbox.shopify.admin.asking import HANDLE, Ask, Route
from sandbox.shopify.admin.pages import failure, page, redirect
from sandbox.shopify.admin.signing import sent_to
from sandbox.shopify.town import ADMIN


def app_page(ask: Ask) -> str:
    return f"/{ADMIN}/store/{ask.shop.handle}/apps/{ask.app.handle}"


def screen(ask: Ask, scopes: list[str]) -> Answer:
    """Asks for these scopes; the form goes back to the address it came from."""
    is_update = ask.shop.installed()
    shown = rights.lacking(ask.shop, scopes) if is_update else scopes
    return page("grant", shop=ask.shop, app=ask.app, scopes=rights.in_words(shown), is_update=is_update)


def ask_merchant(ask: Ask) -> Answer:
    """An app with the former way of installing asks for its rights itself; the others are asked for here."""
    if ask.request.query.get("client_id") != ask.app.client_id or not ask.app.is_in_store:
        return failure(404, "There is no such app")
    if ask.app.legacy_install:
        return redirect(sent_to(ask.shop, ask.app.address, {}))
    return screen(ask, ask.app.scopes)


def agree(ask: Ask) -> Answer:
    if ask.request.query.get("client_id") != ask.app.client_id or ask.app.legacy_install:
        return failure(404, "There is no such app")
    rights.agree(ask.shop, ask.app.scopes)
    return redirect(app_page(ask))


ROUTES: list[Route] = [
    ("GET", f"/store/{HANDLE}/oauth/install", ask_merchant),
    ("POST", f"/store/{HANDLE}/oauth/install", agree),
]
