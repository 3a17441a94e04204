"""The app store: the app's own page, from which a merchant installs it."""

from __future__ import annotations

from sandbox.ground.answers import Answer
from sandbox.ground.server import Request
from sandbox.shopify.admin import rights
from sandbox.shopify.admin.pages import failure, page, redirect
from sandbox.shopify.town import ADMIN, STORE, Town


def listing(town: Town, request: Request) -> Answer:
    """The page of the town's app; an app that is in no store has none."""
    if not town.app.is_in_store:
        return failure(404, "This town's app is in no store")
    if request.path == "/":
        return redirect(f"/{STORE}/{town.app.handle}")
    if request.path != f"/{town.app.handle}" or request.method != "GET":
        return failure(404, "There is no such app")
    return page(
        "listing",
        app=town.app,
        shops=list(town.shops.values()),
        admin=f"/{ADMIN}",
        needed=rights.in_words(town.app.scopes),
        wanted=rights.in_words(town.app.optional_scopes),
    )
