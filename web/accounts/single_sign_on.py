"""Single sign-on: an OpenID Connect issuer proves who somebody is, and rules say whether they may come in."""

import logging
from dataclasses import dataclass
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
from web.accounts.user import User

log = logging.getLogger(__name__)
Answer = str | Response | tuple[str, int]
BACK = f"{ACCOUNT}/sso/back"
PATIENCE_SECONDS = 10
PLACE = "sso_next"


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
            told = self._client.authorize_access_token()["userinfo"]
            account = admit(self._house, self._issuer, dict(told))
        except NotAdmitted as problem:
            return self._refused(str(problem))
        except Exception as trouble:  # the issuer's answer, its keys, the state: whatever is wrong, nobody is let in
            return self._failed(trouble)
        if current_user.is_authenticated and current_user.id != account.id:
            return self._refused("That was somebody else than who is signed in here.")
        login_user(User(account), authn_via=["single sign-on"])
        wanted = session.pop(PLACE, "")
        return redirect(wanted if wanted and validate_redirect_url(wanted) else f"{DASHBOARD}/", 303)

    def _failed(self, trouble: Exception) -> Answer:
        log.warning("single sign-on failed: %s", type(trouble).__name__)
        return self._refused("The issuer's answer was not what it should be. Begin again.")

    def _refused(self, words: str) -> Answer:
        return render_template("accounts/not_admitted.html", words=words), 403


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
