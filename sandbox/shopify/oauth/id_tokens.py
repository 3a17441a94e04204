"""Session tokens, as the admin gives them to an embedded page, and their likes that a merchant's page must refuse."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

from sandbox.shopify.shop import Shop

STAFF = "70000000042"
LEEWAY_SECONDS = 10
HEAD = {"alg": "HS256", "typ": "JWT"}


def id_token(shop: Shop, seconds: int = 60, claims: dict[str, Any] | None = None) -> str:
    """A session token of the shop's staff that lives a minute; claims replace its own, None takes one away."""
    now = int(shop.truth.now().timestamp())
    own: dict[str, Any] = {"iss": f"https://{shop.domain}/admin", "dest": f"https://{shop.domain}"}
    own |= {"aud": shop.client_id, "sub": STAFF, "exp": now + seconds, "nbf": now, "iat": now}
    own |= {"jti": secrets.token_hex(16), "sid": session(shop)}
    return _written(shop, own | (claims or {}))


def buyer_token(shop: Shop, customer: int | None) -> str:
    """What a checkout (without customer) or an account page is given: same secret and audience, no issuer, no session.

    https://shopify.dev/docs/api/customer-account-ui-extensions/latest/apis/session-token
    """
    subject = f"gid://shopify/Customer/{customer}" if customer else None
    return id_token(shop, 300, {"dest": shop.domain, "iss": None, "sid": None, "sub": subject})


def session(shop: Shop) -> str:
    """The id of the staff's session in the admin; it stays while they are signed in."""
    known = shop.truth.setting("staff_session")
    if not known:
        known = secrets.token_hex(32)
        shop.truth.set("staff_session", known)
    return str(known)


def is_genuine(shop: Shop, token: str) -> bool:
    """Signed by us for this app and this shop's staff, and not over (10 s of leeway)."""
    parts = token.split(".")
    if len(parts) != 3 or not hmac.compare_digest(_signed(shop, f"{parts[0]}.{parts[1]}").encode(), parts[2].encode()):
        return False
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    if not {"iss", "dest", "aud", "exp", "sid"} <= set(claims):
        return False
    alive = float(claims["exp"]) + LEEWAY_SECONDS > shop.truth.now().timestamp()
    return alive and claims["aud"] == shop.client_id and claims["dest"] == f"https://{shop.domain}"


def _written(shop: Shop, claims: dict[str, Any]) -> str:
    told = {name: value for name, value in claims.items() if value is not None}
    text = ".".join(_encoded(json.dumps(part).encode()) for part in (HEAD, told))
    return f"{text}.{_signed(shop, text)}"


def _signed(shop: Shop, text: str) -> str:
    return _encoded(hmac.new(shop.client_secret.encode(), text.encode(), hashlib.sha256).digest())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
