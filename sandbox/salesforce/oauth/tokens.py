"""The token endpoint: JWT bearer and client credentials; user info, revoking, and who may call the API."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote

from sandbox.ground.answers import Answer
from sandbox.ground.server import Request
from sandbox.salesforce.answers import api_answer
from sandbox.salesforce.ids import normal_id
from sandbox.salesforce.oauth.assertion import Unbelievable, claims, public_key
from sandbox.salesforce.org import INTEGRATION, Org
from sandbox.salesforce.refusals import Refusal, not_there
from sandbox.salesforce.times import read_time, written_time
from sandbox.salesforce.truth import Record

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LOGIN_HOSTS = {False: "https://login.salesforce.com", True: "https://test.salesforce.com"}
SESSION_HOURS = 2
Form = dict[str, str]


class Denied(Exception):
    """No token for this request; error and description as the vendor writes them."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


def endpoint(org: Org, request: Request) -> Answer:
    """One token request."""
    try:
        form = _form(request)
        grant = GRANTS.get(form.get("grant_type", ""))
        if grant is None:
            raise Denied("unsupported_grant_type", "grant type not supported")
        _installed(org)
        return api_answer(200, grant(org, form, request))
    except Denied as denied:
        return api_answer(denied.status, {"error": denied.error, "error_description": denied.description})


def _form(request: Request) -> Form:
    return request.query | dict(parse_qsl(request.body.decode(errors="replace")))


def _installed(org: Org) -> None:
    if not org.truth.setting("app installed", True):
        raise Denied("invalid_grant", "app must be installed into org")


def _jwt_bearer(org: Org, form: Form, request: Request) -> Record:
    pem = org.truth.setting("certificate")
    if pem is None:
        raise Denied("invalid_client", "no certificate is registered for the app")
    try:
        claimed = claims(form.get("assertion", ""), public_key(str(pem)))
    except Unbelievable as why:
        raise Denied("invalid_grant", str(why)) from None
    org.truth.set("last claims", {name: claimed.get(name) for name in ("iss", "sub", "aud")})
    _believe(org, claimed)
    return _issued(org, "api")


def _believe(org: Org, claimed: dict[str, Any]) -> None:
    if claimed.get("iss") != org.client_id:
        raise Denied("invalid_client_id", "client identifier invalid")
    if claimed.get("aud") not in audiences(org):
        raise Denied("invalid_grant", "audience is invalid")
    leeway = float(org.truth.setting("assertion leeway seconds", 60))
    if not _seconds(claimed.get("exp")) + leeway > org.truth.now().timestamp():
        raise Denied("invalid_grant", "expired authorization code")
    if claimed.get("sub") != org.user(INTEGRATION)["Username"]:
        raise Denied("invalid_grant", "user hasn't approved this consumer")
    if not org.user(INTEGRATION)["IsActive"]:
        raise Denied("invalid_grant", "inactive user")


def audiences(org: Org) -> set[str]:
    """Where an assertion may be addressed: the login host of the org's kind, its own domain, or the sandbox itself."""
    return {LOGIN_HOSTS[org.is_sandbox()], f"https://{org.domain}", org.base_url}


def _seconds(given: Any) -> float:
    """The vendor takes an expiry written as text, too."""
    try:
        return float(given)
    except (TypeError, ValueError):
        raise Denied("invalid_grant", "invalid assertion") from None


def _client_credentials(org: Org, form: Form, request: Request) -> Record:
    client, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    if client != org.client_id:
        raise Denied("invalid_client_id", "client identifier invalid")
    if not hmac.compare_digest(secret.encode(), org.client_secret.encode()):
        raise Denied("invalid_client", "invalid client credentials")
    if not org.truth.setting("run as", True):
        raise Denied("invalid_grant", "no client credentials user enabled")
    return _issued(org, "api")


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, packed = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(packed).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote(client), unquote(secret)


def _issued(org: Org, scope: str) -> Record:
    """A new token of the integration user, and where to call; there is no refresh token and no stated end."""
    user = org.user(INTEGRATION)
    token = f"{org.id[:15]}!{secrets.token_urlsafe(48)}"
    now = org.truth.now()
    kept = {"token": token, "user_id": user["Id"], "used_at": written_time(now), "is_over": False}
    org.truth.put("@token", token, kept)
    return {
        "access_token": token,
        "scope": scope,
        "instance_url": str(org.truth.setting("instance_url", org.base_url)),
        "id": f"{org.base_url}/id/{org.id}/{user['Id']}",
        "token_type": "Bearer",
        "issued_at": str(int(now.timestamp() * 1000)),
    }


GRANTS: dict[str, Callable[[Org, Form, Request], Record]] = {
    JWT_BEARER: _jwt_bearer,
    "client_credentials": _client_credentials,
}


def caller(org: Org, request: Request) -> Record:
    """The user whose token this is; every call prolongs it. Raises Refusal for a token that is none, or is over."""
    scheme, _, token = (request.header("authorization") or "").partition(" ")
    kept = org.truth.get("@token", token) if scheme.lower() in ("bearer", "oauth") else None
    now = org.truth.now()
    life = timedelta(hours=float(org.truth.setting("session hours", SESSION_HOURS)))
    if kept is None or kept["is_over"] or read_time(kept["used_at"]) + life <= now:
        raise Refusal("INVALID_SESSION_ID", "Session expired or invalid", status=401)
    org.truth.put("@token", token, kept | {"used_at": written_time(now)})
    return org.user(kept["user_id"])


def end_all(org: Org) -> int:
    """No token that was issued until now opens anything any more; how many they were."""
    alive = [each for each in org.truth.all("@token") if not each["is_over"]]
    for each in alive:
        org.truth.put("@token", each["token"], each | {"is_over": True})
    return len(alive)


def revoke(org: Org, request: Request) -> Answer:
    token = _form(request).get("token", "")
    kept = org.truth.get("@token", token)
    if kept is None or kept["is_over"]:
        return api_answer(
            400, {"error": "unsupported_token_type", "error_description": "this token type is not supported"}
        )
    org.truth.put("@token", token, kept | {"is_over": True})
    return Answer(200)


def user_info(org: Org, request: Request) -> Answer:
    user = caller(org, request)
    told = {"sub": f"{org.base_url}/id/{org.id}/{user['Id']}", "user_id": user["Id"], "organization_id": org.id}
    told |= {"preferred_username": user["Username"], "name": user["Name"], "email": user["Email"]}
    told |= {"zoneinfo": str(org.zone()), "urls": {"rest": f"{org.base_url}/services/data/v{{version}}/"}}
    return api_answer(200, told)


def identity(org: Org, request: Request, org_id: str, user_id: str) -> Answer:
    """What stands at the address that came with the token."""
    user = caller(org, request)
    if normal_id(org_id) != org.id or normal_id(user_id) != user["Id"]:
        raise not_there()
    told = {"id": f"{org.base_url}/id/{org.id}/{user['Id']}", "user_id": user["Id"], "organization_id": org.id}
    return api_answer(
        200, told | {"username": user["Username"], "display_name": user["Name"], "active": user["IsActive"]}
    )
