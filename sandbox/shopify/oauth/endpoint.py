"""The token endpoint: five ways to a token, and the refusals in the vendor's words."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from sandbox.ground.answers import Answer, html_answer, json_answer
from sandbox.ground.server import Request
from sandbox.shopify.oauth import id_tokens, issuing
from sandbox.shopify.shop import Shop
from sandbox.shopify.traffic import AuthorizationCode

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
Form = dict[str, Any]

REFUSALS = {
    "invalid_client": (400, "invalid_client", "Client authentication failed"),
    "unsupported_grant_type": (400, "unsupported_grant_type", "The grant type is not supported"),
    "shop_not_permitted": (400, "shop_not_permitted", "Client credentials cannot be performed on this shop."),
    "unknown_token_type": (400, "invalid_request", "Unknown token type"),
    "invalid_subject_token": (400, "invalid_subject_token", "Subject token is invalid"),
    "used_code": (400, "invalid_request", "The authorization code was not found or was already used"),
    "inactive_refresh_token": (401, "invalid_request", "This request requires an active refresh_token"),
}


def endpoint(shop: Shop, request: Request) -> Answer:
    """One token request; its form is JSON or url-encoded."""
    with shop.truth.transaction():
        told = _granted(shop, form(request))
    return refused(told, request) if isinstance(told, str) else json_answer(200, told)


def refused(why: str, request: Request) -> Answer:
    """An error is JSON only for a caller that asks for JSON; others get a page."""
    status, error, description = REFUSALS[why]
    if "application/json" not in (request.header("accept") or ""):
        return html_answer(status, f"Oauth error {error}: {description}")
    return json_answer(status, {"error": error, "error_description": description})


def form(request: Request) -> Form:
    if "json" in (request.header("content-type") or ""):
        try:
            found = json.loads(request.body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}
    return dict(parse_qsl(request.body.decode(errors="replace")))


def grant_name(asked: Form) -> str:
    """By which of the five ways this form asks for a token: the name that a fate matches."""
    kind = str(asked.get("grant_type", "authorization_code" if "code" in asked else ""))
    if kind == EXCHANGE:
        return "migration" if asked.get("subject_token_type") == OFFLINE else "token_exchange"
    return kind


def _granted(shop: Shop, asked: Form) -> Form | str:
    """What the app is given, or the name of the refusal."""
    right_client = asked.get("client_id") == shop.client_id
    right_secret = hmac.compare_digest(str(asked.get("client_secret", "")).encode(), shop.client_secret.encode())
    if not (right_client and right_secret and shop.installed()):
        return "invalid_client"
    grant = GRANTS.get(grant_name(asked))
    return grant(shop, asked) if grant else "unsupported_grant_type"


def _client_credentials(shop: Shop, asked: Form) -> Form | str:
    """Only a merchant's own app: https://shopify.dev/docs/apps/build/dev-dashboard/get-api-access-tokens"""
    return "shop_not_permitted" if shop.app.is_in_store else issuing.passing(shop)


def _exchange(shop: Shop, asked: Form) -> Form | str:
    """An id token, or a token without end, becomes an offline token; without expiring=1 one the API may refuse."""
    kind, subject = asked.get("subject_token_type"), str(asked.get("subject_token", ""))
    if asked.get("requested_token_type") != OFFLINE or kind not in (ID_TOKEN, OFFLINE):
        return "unknown_token_type"
    is_genuine = id_tokens.is_genuine if kind == ID_TOKEN else issuing.is_permanent
    return _offline(shop, asked) if is_genuine(shop, subject) else "invalid_subject_token"


def _authorization_code(shop: Shop, asked: Form) -> Form | str:
    """A code that the merchant's yes has made: good once."""
    known = shop.truth.with_key(AuthorizationCode, str(asked.get("code", "")))
    if not known or known[0].ends_at <= shop.truth.now():
        return "used_code"
    shop.truth.forget(known[0])
    return _offline(shop, asked)


def _offline(shop: Shop, asked: Form) -> Form:
    return issuing.expiring(shop) if str(asked.get("expiring")) == "1" else issuing.permanent(shop)


def _refresh(shop: Shop, asked: Form) -> Form | str:
    return issuing.refreshed(shop, str(asked.get("refresh_token", ""))) or "inactive_refresh_token"


GRANTS: dict[str, Callable[[Shop, Form], Form | str]] = {
    "client_credentials": _client_credentials,
    "token_exchange": _exchange,
    "migration": _exchange,
    "authorization_code": _authorization_code,
    "refresh_token": _refresh,
}
