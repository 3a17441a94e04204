"""The merchant's home in the admin, and the settings where an app is thrown out."""

from __future__ import annotations

from sandbox.ground.answers import Answer
from sandbox.shopify.admin.asking import HANDLE, Ask, Route
from sandbox.shopify.admin.pages import failure, page, redirect
from sandbox.shopify.nouns import Customer, Order
from sandbox.shopify.town import ADMIN
from sandbox.shopify.trade import app as standing


def home(ask: Ask) -> Answer:
    counted = {"orders": len(ask.shop.truth.all(Order)), "customers": len(ask.shop.truth.all(Customer))}
    return page("home", shop=ask.shop, app=ask.app, **counted)


def apps(ask: Ask) -> Answer:
    return page("apps", shop=ask.shop, app=ask.app)


def uninstall(ask: Ask) -> Answer:
    if ask.form.get("client_id") != ask.app.client_id or not ask.shop.installed():
        return failure(404, "There is no such app in this store")
    standing.uninstall(ask.shop)
    return redirect(f"/{ADMIN}/store/{ask.shop.handle}/settings/apps")


ROUTES: list[Route] = [
    ("GET", f"/store/{HANDLE}/?", home),
    ("GET", f"/store/{HANDLE}/settings/apps", apps),
    ("POST", f"/store/{HANDLE}/settings/apps/uninstall", uninstall),
]
