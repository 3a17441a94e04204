"""What the app may do in a shop: what it still has to ask for, and what the merchant's yes changes."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.ground.refusal import Refused
from sandbox.shopify.admin.wording import WORDS
from sandbox.shopify.registration import implied
from sandbox.shopify.shop import Shop
from sandbox.shopify.trade import app as standing


def lacking(shop: Shop, wanted: Iterable[str]) -> list[str]:
    """Those of the wanted scopes that the merchant has not granted, in their order."""
    held = implied(shop.scopes()) if shop.installed() else set()
    return [scope for scope in wanted if scope not in held]


def agree(shop: Shop, scopes: list[str]) -> None:
    """The merchant grants these scopes: the app is installed with them, or its rights grow by them."""
    if not shop.installed():
        standing.install(shop, scopes)
        return
    added = lacking(shop, scopes)
    if added:
        standing.set_scopes(shop, [*shop.scopes(), *added])


def agree_to_more(shop: Shop, scopes: list[str]) -> None:
    """Optional scopes are granted from within the app; raises Refused for one that the app did not register."""
    _check_optional(shop, scopes)
    agree(shop, scopes)


def give_back(shop: Shop, scopes: list[str]) -> None:
    """The app needs these optional scopes no longer; raises Refused for a required one."""
    _check_optional(shop, scopes)
    kept = [scope for scope in shop.scopes() if scope not in scopes]
    if kept != shop.scopes():
        standing.set_scopes(shop, kept)


def _check_optional(shop: Shop, scopes: list[str]) -> None:
    foreign = [scope for scope in scopes if scope not in shop.app.optional_scopes]
    if foreign:
        raise Refused(f"{foreign[0]} is none of the app's optional scopes")


def in_words(scopes: Iterable[str]) -> list[tuple[str, str]]:
    """Each scope with what a merchant reads on the permission screen."""
    return [(scope, WORDS.get(scope, scope.replace("_", " ").capitalize())) for scope in scopes]
