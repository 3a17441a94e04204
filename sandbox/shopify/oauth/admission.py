"""Who may call the Admin API, and the vendor's words for everybody else."""

from __future__ import annotations

import hmac

from sandbox.ground.answers import Answer, json_answer
from sandbox.ground.server import Request
from sandbox.shopify.shop import Shop
from sandbox.shopify.traffic import Token

UNKNOWN = "[API] Invalid API key or access token (unrecognized login or wrong password)"
PERMANENT = "[API] Non-expiring access tokens are no longer accepted for the Admin API"


def turned_away(shop: Shop, request: Request) -> Answer | None:
    """Why this caller may not use the API, or None."""
    given = request.header("x-shopify-access-token") or ""
    if not shop.installed():
        return json_answer(401, {"errors": UNKNOWN})
    if given and hmac.compare_digest(given.encode(), shop.access_token.encode()):
        return None  # the token of a custom app made in the admin: it has no end
    known = shop.truth.with_key(Token, given)
    if not known or (known[0].expires_at is not None and known[0].expires_at <= shop.truth.now()):
        return json_answer(401, {"errors": UNKNOWN})
    if known[0].kind == "permanent" and shop.app.must_expire(shop.truth.now()):
        return json_answer(403, {"errors": PERMANENT})
    return None
