"""The authorization page: an app that installs itself sends the merchant here, and gets a code back."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from sandbox.ground.answers import Answer
from sandbox.shopify.admin import granting, rights
from sandbox.shopify.admin.asking import Ask
from sandbox.shopify.admin.pages import failure, redirect
from sandbox.shopify.admin.signing import sent_to
from sandbox.shopify.traffic import AuthorizationCode

CODE_LIFE = timedelta(minutes=10)
SCOPE = re.compile(r"((unauthenticated|customer)_)?(read|write)_[a-z_]+")


def authorize(ask: Ask) -> Answer:
    """GET asks the merchant, unless everything is granted already; POST is the yes."""
    query = ask.request.query
    wanted = [scope for scope in re.split(r"[\s,]+", query.get("scope", "")) if scope] or ask.app.scopes
    trouble = _trouble(ask, wanted)
    if trouble:
        return failure(400, f"Oauth error {trouble}")
    is_settled = ask.shop.installed() and not rights.lacking(ask.shop, wanted)
    if ask.request.method == "GET" and not is_settled:
        return granting.screen(ask, wanted)
    rights.agree(ask.shop, wanted)
    given = {"code": _new_code(ask), "state": query.get("state", "")}
    return redirect(sent_to(ask.shop, query["redirect_uri"], given))


def _trouble(ask: Ask, wanted: list[str]) -> str | None:
    """Why no code is given, in the vendor's words."""
    query, app = ask.request.query, ask.app
    if query.get("client_id") != app.client_id:
        return f"invalid_request: Could not find Shopify API application with api_key {query.get('client_id', '')}"
    if not app.redirect_urls:
        return "invalid_request: The Shopify API application does not support oauth"
    if query.get("redirect_uri") not in app.redirect_urls:
        return "invalid_request: The redirect_uri is not whitelisted"
    unknown = [scope for scope in wanted if not SCOPE.fullmatch(scope)]
    return f"invalid_scope: The access scope is invalid: {unknown[0]}" if unknown else None


def _new_code(ask: Ask) -> str:
    truth = ask.shop.truth
    ends_at = truth.now() + CODE_LIFE
    made = AuthorizationCode(ask.shop.new_id("AuthorizationCode"), secrets.token_hex(16), ends_at)
    truth.keep(made)
    return made.code
