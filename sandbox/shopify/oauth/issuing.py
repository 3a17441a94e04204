"""Access tokens and their refresh tokens: given, replaced, and at what moment each of them ends."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from sandbox.shopify.shop import Shop
from sandbox.shopify.traffic import Token

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
REFRESH_LIFE = timedelta(days=90)
# The replaced refresh token works until its successor is used, at most this long after its own first use
# (https://shopify.dev/changelog/more-resilient-refreshes-for-expiring-offline-access-tokens).
GRACE = timedelta(days=30)

Body = dict[str, Any]


def passing(shop: Shop) -> Body:
    """A token of the client credentials grant: a day, and nothing to refresh it with."""
    token = _issue(shop, "client_credentials", DAY)
    return _told(shop, token) | {"expires_in": 86399}


def permanent(shop: Shop) -> Body:
    """A token without end: the same one however often the app asks."""
    known = [each for each in shop.truth.all(Token) if each.kind == "permanent"]
    return _told(shop, known[0] if known else _issue(shop, "permanent", None))


def expiring(shop: Shop) -> Body:
    """A new pair. One app has one such pair in a shop: whatever it held before, permanent or not, is dead.

    https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens
    """
    for each in shop.truth.all(Token):
        if each.kind in ("offline", "permanent"):
            shop.truth.forget(each)
    return _pair(shop, _issue(shop, "offline", HOUR, family=secrets.token_hex(8)))


def refreshed(shop: Shop, refresh_token: str) -> Body | None:
    """A new pair, None for a dead refresh token; the old access token lives to its own end."""
    now = shop.truth.now()
    old = next((each for each in shop.truth.all(Token) if refresh_token and each.refresh_token == refresh_token), None)
    if old is None or not _is_active(shop, old):
        return None
    if old.refreshed_at is None:
        old.refreshed_at = now
        shop.truth.keep(old)
    for each in shop.truth.all(Token):  # using a successor ends its predecessors
        if each.family == old.family and each.id < old.id and each.refresh_token:
            each.refresh_token = None
            shop.truth.keep(each)
    return _pair(shop, _issue(shop, "offline", HOUR, family=old.family))


def is_permanent(shop: Shop, token: str) -> bool:
    known = shop.truth.with_key(Token, token)
    return bool(known) and known[0].kind == "permanent"


def _is_active(shop: Shop, token: Token) -> bool:
    now = shop.truth.now()
    over = token.refresh_expires_at is not None and token.refresh_expires_at <= now
    return not over and (token.refreshed_at is None or now < token.refreshed_at + GRACE)


def _issue(shop: Shop, kind: str, life: timedelta | None, family: str = "") -> Token:
    now = shop.truth.now()
    ends_at = now + life if life else None
    token = Token(shop.new_id("Token"), f"shpat_{secrets.token_hex(16)}", kind, ends_at, family=family)
    if kind == "offline":
        token.refresh_token = f"shprt_{secrets.token_hex(16)}"
        token.refresh_expires_at = now + REFRESH_LIFE
    shop.truth.keep(token)
    return token


def _told(shop: Shop, token: Token) -> Body:
    return {"access_token": token.access_token, "scope": ",".join(shop.scopes())}


def _pair(shop: Shop, token: Token) -> Body:
    return _told(shop, token) | {
        "expires_in": int(HOUR.total_seconds()),
        "refresh_token": token.refresh_token,
        "refresh_token_expires_in": int(REFRESH_LIFE.total_seconds()),
    }
