"""The token endpoint: client credentials, token exchange, rotating refresh tokens; who may call the API."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from sandbox.shopify.answers import Answer, json_answer
from sandbox.shopify.server import Request
from sandbox.shopify.shop import Shop
from sandbox.shopify.traffic import Token

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
REFRESH_LIFE = timedelta(days=90)
# The replaced refresh token works until its successor is used, at most this long after its own first use
# (https://shopify.dev/changelog/more-resilient-refreshes-for-expiring-offline-access-tokens).
GRACE = timedelta(days=30)
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
INACTIVE = {"error": "invalid_request", "error_description": "This request requires an active refresh_token"}
UNKNOWN = "[API] Invalid API key or access token (unrecognized login or wrong password)"
PERMANENT = "[API] Non-expiring access tokens are no longer accepted for the Admin API"


def endpoint(shop: Shop, request: Request) -> Answer:
    """One token request; its form is JSON or url-encoded."""
    asked = _form(request)
    right_client = asked.get("client_id") == shop.client_id
    right_secret = hmac.compare_digest(str(asked.get("client_secret", "")).encode(), shop.client_secret.encode())
    if not (right_client and right_secret and shop.installed()):
        return json_answer(400, {"error": "invalid_client", "error_description": "Client authentication failed"})
    grant = GRANTS.get(str(asked.get("grant_type")))
    if grant is None:
        return json_answer(
            400, {"error": "unsupported_grant_type", "error_description": "The grant type is not supported"}
        )
    with shop.truth.transaction():
        return grant(shop, asked)


def _form(request: Request) -> dict[str, Any]:
    if "json" in (request.header("content-type") or ""):
        try:
            found = json.loads(request.body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
    return dict(parse_qsl(request.body.decode(errors="replace")))


def _client_credentials(shop: Shop, asked: dict[str, Any]) -> Answer:
    token = _issue(shop, "client_credentials", DAY)
    return json_answer(200, {"access_token": token.access_token, "scope": ",".join(shop.scopes()), "expires_in": 86399})


def _exchange(shop: Shop, asked: dict[str, Any]) -> Answer:
    """An id token or a permanent token becomes an offline token; without expiring=1 one the API refuses."""
    kind, subject = asked.get("subject_token_type"), str(asked.get("subject_token", ""))
    if asked.get("requested_token_type") != OFFLINE or kind not in (ID_TOKEN, OFFLINE):
        return json_answer(400, {"error": "invalid_request", "error_description": "Unknown token type"})
    genuine = _genuine(shop, subject) if kind == ID_TOKEN else _permanent(shop, subject)
    if not genuine:
        return json_answer(400, {"error": "invalid_subject_token", "error_description": "Subject token is invalid"})
    if str(asked.get("expiring")) != "1":
        token = _issue(shop, "permanent", None)
        return json_answer(200, {"access_token": token.access_token, "scope": ",".join(shop.scopes())})
    return _pair(shop, _issue(shop, "offline", HOUR, family=secrets.token_hex(8)))


def _permanent(shop: Shop, token: str) -> bool:
    known = shop.truth.with_key(Token, token)
    return bool(known) and known[0].kind == "permanent"


def _genuine(shop: Shop, token: str) -> bool:
    """Signed by us for this app and this shop, and not over (10 s of leeway)."""
    parts = token.split(".")
    if len(parts) != 3 or not hmac.compare_digest(_signed(shop, f"{parts[0]}.{parts[1]}").encode(), parts[2].encode()):
        return False
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    alive = float(claims["exp"]) + 10 > shop.truth.now().timestamp()
    return alive and claims["aud"] == shop.client_id and claims["dest"] == f"https://{shop.domain}"


def _signed(shop: Shop, text: str) -> str:
    mac = hmac.new(shop.client_secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def id_token(shop: Shop, seconds: int = 60) -> str:
    """What App Bridge would hand to the embedded page: a session token that lives a minute."""
    now = int(shop.truth.now().timestamp())
    claims: dict[str, Any] = {"iss": f"https://{shop.domain}/admin", "dest": f"https://{shop.domain}"}
    claims |= {"aud": shop.client_id, "sub": "42", "exp": now + seconds, "nbf": now, "iat": now}
    claims |= {"jti": secrets.token_hex(8), "sid": secrets.token_hex(8)}
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    return f"{text}.{_signed(shop, text)}"


def _refresh(shop: Shop, asked: dict[str, Any]) -> Answer:
    """A new pair; the old access token lives to its end, the old refresh token until the new one is used."""
    wanted, now = str(asked.get("refresh_token", "")), shop.truth.now()
    old = next((each for each in shop.truth.all(Token) if wanted and each.refresh_token == wanted), None)
    if old is None or not _active(shop, old):
        return json_answer(401, INACTIVE)
    if old.refreshed_at is None:
        old.refreshed_at = now
        shop.truth.keep(old)
    for each in shop.truth.all(Token):  # using a successor ends its predecessors
        if each.family == old.family and each.id < old.id and each.refresh_token:
            each.refresh_token = None
            shop.truth.keep(each)
    return _pair(shop, _issue(shop, "offline", HOUR, family=old.family))


def _active(shop: Shop, token: Token) -> bool:
    now = shop.truth.now()
    over = token.refresh_expires_at is not None and token.refresh_expires_at <= now
    return not over and (token.refreshed_at is None or now < token.refreshed_at + GRACE)


def _issue(shop: Shop, kind: str, life: timedelta | None, family: str = "") -> Token:
    now = shop.truth.now()
    token = Token(
        shop.new_id("Token"),
        f"shpat_{secrets.token_hex(16)}",
        kind,
        now + life if life else None,
        family=family,
    )
    if kind == "offline":
        token.refresh_token = f"shprt_{secrets.token_hex(16)}"
        token.refresh_expires_at = now + REFRESH_LIFE
    shop.truth.keep(token)
    return token


def _pair(shop: Shop, token: Token) -> Answer:
    return json_answer(
        200,
        {
            "access_token": token.access_token,
            "scope": ",".join(shop.scopes()),
            "expires_in": int(HOUR.total_seconds()),
            "refresh_token": token.refresh_token,
            "refresh_token_expires_in": int(REFRESH_LIFE.total_seconds()),
        },
    )


GRANTS: dict[str, Callable[[Shop, dict[str, Any]], Answer]] = {
    "client_credentials": _client_credentials,
    EXCHANGE: _exchange,
    "refresh_token": _refresh,
}


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
    if known[0].kind == "permanent":
        return json_answer(403, {"errors": PERMANENT})
    return None
