"""Single sign-on: an OpenID Connect issuer proves who somebody is, and rules say whether they may come in."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from time import time
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, redirect, render_template, request, session
from flask_security import current_user
from flask_security.utils import login_user, validate_redirect_url
from requests import RequestException
from werkzeug.wrappers import Response

from core.services.admission import NotAdmitted, admit
from core.services.house import House
from web.accounts.places import ACCOUNT, DASHBOARD
from web.accounts.second_factor import BY_ISSUER
from web.accounts.signing import FRESH
from web.accounts.user import User

log = logging.getLogger(__name__)
Answer = str | Response | tuple[str, int]
BACK = f"{ACCOUNT}/sso/back"
PATIENCE_SECONDS = 10
PLACE = "sso_next"
NOT_ASKED_AGAIN = (
    "The issuer does not say that it has just asked you who you are (its claim auth_time). "
    "Prove it with your password or a passkey instead, or have the issuer tell auth_time."
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who proves operators, and which of those it knows may come in: all of these domains and groups."""

    address: str
    client_id: str
    client_secret: str
    label: str
    domains: frozenset[str]
    groups: frozenset[str]
    first_role: str


class SingleSignOn:
    """The way to the issuer and back: code flow with PKCE, state and nonce, bound to this browser."""

    def __init__(self, app: Flask, house: House, issuer: Issuer | None) -> None:
        self._house = house
        self._issuer = issuer
        self._client = _client(app, issuer) if issuer else None

    def sso(self) -> Answer:
        """The browser is sent to the issuer, which asks anew when somebody has to prove who they are again."""
        if self._client is None:
            return self._refused("This hub knows no single sign-on.")
        session[PLACE] = request.args.get("next", "")
        again = {"prompt": "login", "max_age": 0} if current_user.is_authenticated else {}
        try:
            answer: Response = self._client.authorize_redirect(self._house.base_url.rstrip("/") + BACK, **again)
        except (RequestException, OAuthError, ValueError) as trouble:
            return self._failed(trouble)
        return answer

    def sso_back(self) -> Answer:
        """The issuer says who it was; whoever may come in is signed in."""
        if self._client is None or self._issuer is None:
            return self._refused("This hub knows no single sign-on.")
        try:
            told = dict(self._client.authorize_access_token()["userinfo"])
            proved_at = _proved_at(told)
            if current_user.is_authenticated and not _is_fresh(proved_at):
                return self._refused(NOT_ASKED_AGAIN)
            account = admit(self._house, self._issuer, told)
        except NotAdmitted as problem:
            return self._refused(str(problem))
        except Exception as trouble:  # the issuer's answer, its keys, the state: whatever is wrong, nobody is let in
            return self._failed(trouble)
        if current_user.is_authenticated and current_user.id != account.id:
            return self._refused("That was somebody else than who is signed in here.")
        login_user(User(account), authn_via=[BY_ISSUER])
        session["fs_paa"] = proved_at  # how fresh the proof is; the library would count from now
        wanted = session.pop(PLACE, "")
        return redirect(wanted if wanted and validate_redirect_url(wanted) else f"{DASHBOARD}/", 303)

    def _failed(self, trouble: Exception) -> Answer:
        log.warning("single sign-on failed: %s", type(trouble).__name__)
        return self._refused("The issuer's answer was not what it should be. Begin again.")

    def _refused(self, words: str) -> Answer:
        return render_template("accounts/not_admitted.html", words=words), 403


def _proved_at(told: Mapping[str, Any]) -> float:
    """When somebody proved themselves to the issuer, in seconds; 0 when it does not say. A time to come is now."""
    at = told.get("auth_time")
    return min(float(at), time()) if type(at) is int else 0


def _is_fresh(proved_at: float) -> bool:
    return time() - proved_at < FRESH.total_seconds()


def _client(app: Flask, issuer: Issuer) -> Any:
    return OAuth(app).register(
        name="issuer",
        client_id=issuer.client_id,
        client_secret=issuer.client_secret,
        server_metadata_url=f"{issuer.address}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email profile",
            "code_challenge_method": "S256",
            "timeout": PATIENCE_SECONDS,
            "default_timeout": PATIENCE_SECONDS,
        },
    )
