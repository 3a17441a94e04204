"""Access tokens: a static one as given, or short-lived ones that all processes renew together, once.

https://developers.hubspot.com/docs/api-reference/oauth-tokens
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.hints import id_of
from connectors.hubspot.strict_json import object_of, texts
from referhub import AnswerLost, Http, HttpResponse, Keep, NeedsAttention, NotSent, TryLater

NAME = "tokens"
RENEW_BEFORE_SECONDS = 300.0
LIFETIME_SECONDS = 1800
TIMEOUT_SECONDS = 20.0
RECONNECT = "open the connection and agree at HubSpot"


class GrantLost(Exception):
    """HubSpot no longer accepts the refresh token, or never accepted the code."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What HubSpot gave us, kept sealed; `ends_at` in seconds of the epoch."""

    access: str = ""
    refresh: str = ""
    ends_at: float = 0.0
    portal: str = ""
    scopes: tuple[str, ...] = ()

    @classmethod
    def read(cls, text: str | None) -> "Grant":
        """The kept grant, an empty one if there is none."""
        told = object_of(text or "")
        return cls(
            access=_text(told.get("access")),
            refresh=_text(told.get("refresh")),
            ends_at=_seconds(told.get("ends_at")),
            portal=_text(told.get("portal")),
            scopes=tuple(texts(told.get("scopes"))),
        )

    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


class Tokens(Protocol):
    """Where the client gets its access token from."""

    def current(self) -> str:
        """A token that is good for at least the next request. Raises `TryLater` or `NeedsAttention`."""
        ...

    def replace(self, refused: str) -> str:
        """Another token after HubSpot `refused` this one. Raises `NeedsAttention` when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class StaticToken:
    """The token of an app for one portal; it does not expire."""

    token: str

    def current(self) -> str:
        return self.token

    def replace(self, refused: str) -> str:
        raise NeedsAttention(
            "HubSpot refused the access token: copy it anew from the app's Distribution tab and reconnect"
        )


class SharedGrant:
    """A grant of OAuth: whoever finds it nearly over renews it, and all others use the new one."""

    def __init__(
        self, config: HubSpotConfig, http: Http, keep: Callable[[], Keep], clock: Callable[[], float] = time.time
    ) -> None:
        self._endpoint = TokenEndpoint(config, http)
        self._keep = keep
        self._clock = clock
        self._lock = threading.Lock()
        self._grant = Grant()

    def current(self) -> str:
        with self._lock:
            if not self._is_good(self._grant):
                self._grant = self._renewed(refused="")
            return self._grant.access

    def replace(self, refused: str) -> str:
        with self._lock:
            if self._grant.access in ("", refused):
                self._grant = self._renewed(refused)
            return self._grant.access

    def forget(self) -> None:
        """What stands in `keep` counts from now on: there is a new grant."""
        with self._lock:
            self._grant = Grant()

    def _is_good(self, grant: Grant) -> bool:
        return bool(grant.access) and self._clock() < grant.ends_at - RENEW_BEFORE_SECONDS

    def _renewed(self, refused: str) -> Grant:
        kept = Grant.read(self._keep().get(NAME))
        try:
            return self._change(refused)
        except GrantLost:
            pass
        # Another process may have renewed it just before, and its refresh token is the one that counts now.
        again = Grant.read(self._keep().get(NAME))
        if again.refresh == kept.refresh:
            raise NeedsAttention(f"HubSpot no longer accepts our access (uninstalled or revoked): {RECONNECT}")
        try:
            return self._change(refused)
        except GrantLost:
            raise NeedsAttention(f"HubSpot no longer accepts our access: {RECONNECT}") from None

    def _change(self, refused: str) -> Grant:
        return Grant.read(self._keep().change(NAME, lambda text: self._renew(text, refused)))

    def _renew(self, text: str | None, refused: str) -> str:
        kept = Grant.read(text)
        if kept.access != refused and self._is_good(kept):
            return kept.text()
        if not kept.refresh:
            raise NeedsAttention(f"HubSpot has not been asked for access yet: {RECONNECT}")
        told = self._endpoint.ask({"grant_type": "refresh_token", "refresh_token": kept.refresh})
        return grant_from(told, self._clock(), kept).text()


class TokenEndpoint:
    """`/oauth/<version>/token` and its neighbours: form bodies in, and nothing of them in any text of ours."""

    def __init__(self, config: HubSpotConfig, http: Http) -> None:
        self._config = config
        self._http = http

    def ask(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The answer to a grant. Raises `GrantLost`, `TryLater` or `NeedsAttention`."""
        response = self.post("token", form)
        told = object_of(response.body)
        if response.status == 200 and _text(told.get("access_token")):
            return told
        if response.status == 200 or response.status == 429 or response.status >= 500:
            raise TryLater(f"HubSpot gave no access token just now (HTTP {response.status})")
        if told.get("status") in LOST or told.get("error") == "invalid_grant":
            raise GrantLost
        raise NeedsAttention(
            f"HubSpot refused the client ID and secret (HTTP {response.status}): check both in the app's Auth tab"
        )

    def post(self, path: str, form: Mapping[str, str]) -> HttpResponse:
        """What `path` below the endpoint answers. Raises `TryLater` without an answer."""
        own = {"client_id": self._config.client_id, "client_secret": self._config.client_secret}
        address = f"{self._config.api_base}/oauth/{self._config.api_version}/{path}"
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            return self._http.request(
                "POST", address, headers=headers, body=urlencode({**own, **form}).encode(), timeout=TIMEOUT_SECONDS
            )
        except (NotSent, AnswerLost):
            # Not the same as revoked: the grant stays as it is.
            raise TryLater("HubSpot could not be reached for an access token") from None


LOST = frozenset({"BAD_REFRESH_TOKEN", "BAD_AUTH_CODE"})


def grant_from(told: Mapping[str, Any], now: float, before: Grant | None = None) -> Grant:
    """The grant that an answer describes; what it leaves out stays as it was `before`."""
    before = before or Grant()
    lifetime = told.get("expires_in")
    seconds = lifetime if isinstance(lifetime, int) and 0 < lifetime < 10**8 else LIFETIME_SECONDS
    return Grant(
        access=_text(told.get("access_token")),
        refresh=_text(told.get("refresh_token")) or before.refresh,
        # A lifetime within the margin would otherwise mean a new token for every request.
        ends_at=now + max(float(seconds), RENEW_BEFORE_SECONDS + 60),
        portal=id_of(told.get("hub_id")) or before.portal,
        scopes=tuple(texts(told.get("scopes"))) or before.scopes,
    )


def _seconds(value: Any) -> float:
    try:
        return float(value)
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
