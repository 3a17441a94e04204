"""Sessions: an access token for the integration user, shared by all processes, and only ever sent to Salesforce.

https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_jwt_flow.htm
https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_revoke_token.htm
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt

from connectors.salesforce.answers import server_time
from connectors.salesforce.config import SalesforceConfig, loopback_origin, trusted_origin
from connectors.salesforce.exact import loads
from connectors.salesforce.ids import full_id
from referhub import AnswerLost, Http, HttpResponse, Keep, NeedsAttention, NotSent, TryLater

KEPT_AS = "session"
JWT_SECONDS = 180
CLOCKS_AGREE = timedelta(seconds=60)
TIMEOUT = 20.0
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CHECK = "check client_id, username, the app's certificate or secret, and that the integration user may use the app"
# What an error of the token endpoint wants a person to do, by a part of its code or description.
# https://help.salesforce.com/s/articleView?id=005132365
HINTS = {
    "app must be installed": "Salesforce wants the app installed in the org: open the External Client App, install it, "
    "and let its policy admit the integration user in advance",
    "oauth_approval_error": "Salesforce has not approved the app for the integration user: assign it the permission "
    "set that admits the app in advance, or have API Access Control allow it",
    "hasn't approved": "the integration user has not approved the app: set the app's policy to `Admin approved users "
    "are pre-authorized` and assign the permission set",
    "audience": "Salesforce refuses the login host: choose production, sandbox or your My Domain as environment",
    "invalid_client": "Salesforce does not know the app: check client_id and client_secret",
    "inactive": "the integration user is not active: activate it, then reconnect",
    "ip restricted": "the integration user may not log in from this address: mend its login IP ranges",
}

# Salesforce refuses so what it takes a moment later; a person could do nothing about it.
# https://github.com/amazon-connect/amazon-connect-salesforce-lambda/issues/43
PASSING = ("retry your request", "rate exceeded", "rate_limit_exceeded", "server_error", "temporarily_unavailable")


@dataclass(frozen=True, slots=True)
class Session:
    """A login that lasts until Salesforce says otherwise. The token is in no text of this class."""

    token: str
    instance: str
    org_id: str
    user_id: str
    login: str = ""

    def __repr__(self) -> str:
        return f"Session({self.org_id}, {self.user_id})"


class Sessions:
    """Logs in once for all threads and processes that share the `keep`."""

    def __init__(self, config: SalesforceConfig, http: Http, keep: Callable[[], Keep]) -> None:
        self._config = config
        self._http = http
        self._keep = keep
        self._known: Session | None = None
        self._org: str | None = config.org_id or None
        # A session of other settings is not taken over: they may lead elsewhere, or be somebody else's.
        told = (config.login, config.login_host, config.client_id, config.username)
        self._login = hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]

    def current(self) -> Session:
        """A session that nobody has refused yet. Raises `TryLater` or `NeedsAttention`."""
        return self._known or self.replace(None)

    def replace(self, refused: Session | None) -> Session:
        """Another session than the `refused` one, fetched at most once however many ask."""
        self._known = None
        told = self._keep().change(KEPT_AS, lambda stored: self._kept(stored, refused))
        self._known = _read(told)
        assert self._known is not None  # what _kept returns can be read
        return self._known

    def revoke(self) -> bool:
        """The session that was kept is over, here and at Salesforce; False when Salesforce could not be asked."""
        known = self._known or _read(self._keep().get(KEPT_AS))
        self._known = None
        self._keep().change(KEPT_AS, lambda _: "")
        if known is None:
            return True
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        address = f"{self._config.login_host}/services/oauth2/revoke"
        body = urlencode({"token": known.token}).encode()
        try:
            response = self._http.request("POST", address, headers=headers, body=body, timeout=TIMEOUT)
        except (NotSent, AnswerLost):
            return False
        return response.status < 300 or response.status == 400  # 400: it was over already

    def known_org(self) -> str | None:
        """The org that this connection was first opened on; asks nobody."""
        if self._org is None:
            known = self._known or _read(self._keep().get(KEPT_AS))
            self._org = known.org_id if known else None
        return self._org

    def _kept(self, stored: str | None, refused: Session | None) -> str:
        known = _read(stored)
        if stored and known and known != refused and known.login == self._login:
            return stored  # another process has logged in meanwhile
        fetched = self._fetched()
        expected = self._config.org_id or (known.org_id if known else fetched.org_id)
        if expected != fetched.org_id:
            raise NeedsAttention(
                f"this login belongs to the org {fetched.org_id}, but the connection to {expected}: "
                "connect the other org as a connection of its own"
            )
        return json.dumps(asdict(fetched))

    def _fetched(self) -> Session:
        reply = _granted(self._asked())
        instance = self._instance(reply.get("instance_url"))
        org_id, user_id = _identity(reply.get("id"))
        return Session(str(reply["access_token"]), instance, org_id, user_id, self._login)

    def _instance(self, written: object) -> str:
        """Where the token may be sent: nowhere but to Salesforce, or to the stand-in that was logged in to."""
        address = written if isinstance(written, str) else ""
        if self._config.is_loopback and loopback_origin(address) == self._config.login_host:
            return self._config.login_host
        origin = None if self._config.is_loopback else trusted_origin(address)
        if origin is None:
            raise NeedsAttention(
                "Salesforce's answer to the login names an instance_url that is not Salesforce's, so nothing was sent "
                "there: check domain and environment"
            )
        return origin

    def _asked(self) -> HttpResponse:
        """The answer; a claim that our clock dated wrongly is made once more by Salesforce's."""
        now = datetime.now(UTC)
        response = self._ask(now)
        theirs = server_time(response.headers)
        if response.status == 200 or self._config.login != "jwt" or not theirs or abs(theirs - now) < CLOCKS_AGREE:
            return response
        return self._ask(theirs)

    def _ask(self, now: datetime) -> HttpResponse:
        form, headers = self._credentials(now)
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", **headers}
        address = f"{self._config.login_host}/services/oauth2/token"
        try:
            return self._http.request("POST", address, headers=headers, body=urlencode(form).encode(), timeout=TIMEOUT)
        except NotSent:
            raise TryLater("Salesforce's login could not be reached") from None
        except AnswerLost:
            raise TryLater("Salesforce's answer to the login was lost") from None

    def _credentials(self, now: datetime) -> tuple[Mapping[str, str], Mapping[str, str]]:
        config = self._config
        if config.login == "jwt":
            return {"grant_type": JWT_GRANT, "assertion": assertion(config, int(now.timestamp()))}, {}
        both = base64.b64encode(f"{config.client_id}:{config.client_secret}".encode()).decode()
        return {"grant_type": "client_credentials"}, {"Authorization": f"Basic {both}"}


def assertion(config: SalesforceConfig, now: int) -> str:
    """The signed claim that we are the app and act for the user; good for three minutes."""
    claims = {"iss": config.client_id, "sub": config.username, "aud": config.login_host, "exp": now + JWT_SECONDS}
    return jwt.encode(claims, config.private_key, algorithm="RS256")


def _read(told: str | None) -> Session | None:
    try:
        return Session(**json.loads(told)) if told else None
    except (ValueError, TypeError):
        return None


def _granted(response: HttpResponse) -> Mapping[str, Any]:
    try:
        reply = loads(response.body)
    except ValueError:
        reply = None
    if response.status == 200 and isinstance(reply, dict) and isinstance(reply.get("access_token"), str):
        return reply
    if response.status in (408, 429) or response.status >= 500 or not isinstance(reply, dict):
        raise TryLater(f"Salesforce's login answers with nothing usable (HTTP {response.status})")
    code, description = str(reply.get("error")), str(reply.get("error_description"))
    told = f"{code} {description}".lower()
    if any(part in told for part in PASSING):
        raise TryLater(f"Salesforce puts the login off ({code[:40]}: {description[:120]})", timedelta(minutes=1))
    raise NeedsAttention(_hint(code, description, told))


def _hint(code: str, description: str, told: str) -> str:
    hint = next((words for part, words in HINTS.items() if part in told), CHECK)
    return f"Salesforce refuses the login ({code[:40]}: {description[:120]}): {hint}"


def _identity(address: object) -> tuple[str, str]:
    """The org and the user in an identity URL, `https://…/id/<org>/<user>`."""
    parts = urlsplit(address).path.split("/") if isinstance(address, str) else []
    org_id, user_id = (full_id(part) for part in parts[-2:]) if len(parts) > 3 else (None, None)
    if not org_id or not user_id:
        raise TryLater("Salesforce's answer to the login does not say which org it is")
    return org_id, user_id
