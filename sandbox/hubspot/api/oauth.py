"""OAuth: the page where an admin says yes, and the endpoints for tokens; they take forms and the app's secret."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from sandbox.ground.answers import Answer, html_answer, json_answer
from sandbox.ground.server import Request
from sandbox.hubspot.cloud import Cloud
from sandbox.hubspot.installing import (
    TOKEN_SECONDS,
    access_of,
    end_grant,
    live_grant,
    new_access,
    new_code,
    new_grant,
)
from sandbox.hubspot.nouns import Code, Grant

Form = dict[str, str]


def form_of(request: Request) -> Form:
    """The url-encoded form; nothing else is read here."""
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))


def authorize(cloud: Cloud, request: Request) -> Answer:
    """The admin picks the portal that the desk chose (or the first), says yes, and is sent back with a code."""
    asked = request.query
    if asked.get("client_id") != cloud.client_id or asked.get("redirect_uri") not in cloud.redirect_uris:
        return html_answer(400, "Authorization failed because the client id or the redirect URI is wrong")
    chosen = cloud.truth.setting("admin_chooses") or cloud.portals()[0].portal
    portal = cloud.portal(int(chosen))
    if cloud.truth.setting("admin_refuses"):
        back = {"error": "access_denied", "error_description": "The user denied the request"}
    else:
        wanted = [*asked.get("scope", "").split(), *asked.get("optional_scope", "").split()]
        back = {"code": new_code(cloud, portal, asked["redirect_uri"], wanted).code}
    back |= {"state": asked["state"]} if "state" in asked else {}
    return Answer(302, b"", {"Location": f"{asked['redirect_uri']}?{urlencode(back)}"})


def token(cloud: Cloud, form: Form) -> Answer:
    """Codes are good once, refresh tokens until they are revoked (or once, where the desk set them to rotate)."""
    refused = _wrong_client(cloud, form)
    if refused:
        return refused
    grants = {"authorization_code": _by_code, "refresh_token": _by_refresh_token}
    act = grants.get(form.get("grant_type", ""))
    if act is None:
        return _error("unsupported_grant_type", "BAD_GRANT_TYPE", "missing or unknown grant type")
    return act(cloud, form)


def _wrong_client(cloud: Cloud, form: Form) -> Answer | None:
    if form.get("client_id") != cloud.client_id:
        return _error("invalid_client", "BAD_CLIENT_ID", "missing or unknown client id")
    given = form.get("client_secret", "").encode()
    if not any(hmac.compare_digest(given, secret.encode()) for secret in cloud.secrets()):
        return _error("invalid_client", "BAD_CLIENT_SECRET", "missing or invalid client secret")
    return None


def _error(error: str, status: str, message: str) -> Answer:
    told = {
        "error": error,
        "error_description": message,
        "status": status,
        "message": message,
        "correlationId": str(uuid4()),
    }
    return json_answer(400, told)


def _by_code(cloud: Cloud, form: Form) -> Answer:
    found = cloud.truth.find(Code, "Code", form.get("code", ""))
    if found is None or found.spent or found.expires_at <= cloud.truth.now():
        return _error("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
    if form.get("redirect_uri") != found.redirect_uri:
        return _error("invalid_grant", "BAD_REDIRECT_URI", "missing or mismatched redirect URI")
    found.spent = True
    cloud.truth.keep(found)
    return _granted(cloud, new_grant(cloud, found.portal, found.scopes))


def _by_refresh_token(cloud: Cloud, form: Form) -> Answer:
    found = live_grant(cloud, form.get("refresh_token", ""))
    if found is None:
        return _error("invalid_grant", "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
    if not cloud.truth.setting("refresh_tokens_rotate", False):
        return _granted(cloud, found)
    end_grant(cloud, found)
    return _granted(cloud, new_grant(cloud, found.portal, found.scopes))


def _granted(cloud: Cloud, grant: Grant) -> Answer:
    told = {
        "access_token": new_access(cloud, grant).access_token,
        "refresh_token": grant.refresh_token,
        "token_type": "bearer",
        "expires_in": TOKEN_SECONDS,
        "hub_id": grant.portal,
        "user_id": 111,
        "scopes": grant.scopes,
    }
    return json_answer(200, told)


def introspect(cloud: Cloud, form: Form) -> Answer:
    """What a token is good for; one that is not good is only inactive."""
    refused = _wrong_client(cloud, form)
    if refused:
        return refused
    given, now = form.get("token", ""), cloud.truth.now()
    known = access_of(cloud, given)
    grant = known[1] if known else live_grant(cloud, given)
    if grant is None or (known and known[0].expires_at <= now):
        return json_answer(200, {"active": False})
    told: dict[str, Any] = {
        "active": True,
        "token_type": "access_token" if known else "refresh_token",
        "client_id": cloud.client_id,
        "app_id": cloud.app_id,
        "hub_id": grant.portal,
        "user_id": 111,
        "scopes": grant.scopes,
    }
    return json_answer(200, told | ({"expires_in": (known[0].expires_at - now) // 1000} if known else {}))


def revoke(cloud: Cloud, form: Form) -> Answer:
    """The whole grant ends, whichever of its tokens was sent; an unknown token is no error."""
    refused = _wrong_client(cloud, form)
    if refused:
        return refused
    given = form.get("token", "")
    known = access_of(cloud, given)
    grant = known[1] if known else live_grant(cloud, given)
    if grant:
        end_grant(cloud, grant)
    return Answer(204)


ENDPOINTS = {"token": token, "token/introspect": introspect, "token/revoke": revoke}
