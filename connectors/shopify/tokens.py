"""Access tokens for the Admin API: a permanent one as given, or short-lived ones for the client secret.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from connectors.shopify.config import ShopifyConfig
from connectors.shopify.strict_json import loads
from referhub import AnswerLost, Http, HttpResponse, NeedsAttention, NotSent, TryLater

REFRESH_BEFORE_SECONDS = 300.0


class Tokens(Protocol):
    """Where the client gets its access token from."""

    def current(self) -> str:
        """A token that is good for at least the next request. Raises `TryLater` or `NeedsAttention`."""
        ...

    def replace(self, refused: str) -> str:
        """Another token after Shopify `refused` this one. Raises `NeedsAttention` when there is none."""
        ...


def tokens_for(config: ShopifyConfig, http: Http) -> Tokens:
    """The way this connection gets its tokens."""
    return PermanentToken(config.access_token) if config.access_token else ClientCredentials(config, http)


@dataclass(frozen=True, slots=True)
class PermanentToken:
    """The token of a custom app, pasted by the merchant."""

    token: str

    def current(self) -> str:
        return self.token

    def replace(self, refused: str) -> str:
        raise NeedsAttention("Shopify refused the access token: make a new one and reconnect")


class ClientCredentials:
    """Fetches a token with the client secret; however many threads ask, one request is in flight."""

    def __init__(self, config: ShopifyConfig, http: Http, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._monotonic = monotonic
        self._http = http
        self._lock = threading.Lock()
        self._token = ""
        self._ends_at = 0.0

    def current(self) -> str:
        with self._lock:
            if self._monotonic() > self._ends_at - REFRESH_BEFORE_SECONDS:
                self._fetch()
            return self._token

    def replace(self, refused: str) -> str:
        with self._lock:
            if self._token == refused:  # else another thread has replaced it meanwhile
                self._fetch()
            return self._token

    def _fetch(self) -> None:
        reply = _granted(self._ask())
        self._token, lifetime = str(reply["access_token"]), reply.get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) and lifetime > 0 else 86_399
        # A lifetime at or below the margin would otherwise mean a new token for every request.
        self._ends_at = self._monotonic() + max(float(seconds), 2 * REFRESH_BEFORE_SECONDS)

    def _ask(self) -> HttpResponse:
        request = {
            "client_id": self._config.client_id,
            "client_secret": self._config.client_secret,
            "grant_type": "client_credentials",
        }
        address = f"{self._config.api_base}/admin/oauth/access_token"
        try:
            return self._http.request("POST", address, headers={"Accept": "application/json"}, json=request)
        except (NotSent, AnswerLost):
            raise TryLater(
                f"no answer from {address}: check the shop's address (--shop, --api-base) and the network"
            ) from None


def _granted(response: HttpResponse) -> Mapping[str, object]:
    if response.status == 429 or response.status >= 500:
        raise TryLater(f"Shopify gave no access token just now (HTTP {response.status})")
    try:
        reply = loads(response.body)
    except ValueError:
        reply = None
    if response.status == 200 and isinstance(reply, dict) and isinstance(reply.get("access_token"), str):
        return reply
    if response.status == 200:
        raise TryLater("Shopify's answer to the token request could not be understood")
    raise NeedsAttention(
        f"Shopify refused the client ID and secret (HTTP {response.status}): check both; "
        "if they are right, install the app on the shop"
    )
