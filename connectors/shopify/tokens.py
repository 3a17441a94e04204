"""Access tokens for the Admin API: permanent as given, short-lived for the client secret, or kept after an install.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from connectors.shopify.config import ShopifyConfig
from connectors.shopify.kept_tokens import KeptTokens
from connectors.shopify.token_endpoint import GrantRefused, TokenEndpoint
from referhub import Http, Keep, NeedsAttention

REFRESH_BEFORE_SECONDS = 300.0


class Tokens(Protocol):
    """Where the client gets its access token from."""

    def current(self) -> str:
        """A token that is good for at least the next request. Raises `TryLater` or `NeedsAttention`."""
        ...

    def replace(self, refused: str) -> str:
        """Another token after Shopify `refused` this one. Raises `NeedsAttention` when there is none."""
        ...

    def keep_alive(self) -> None:
        """What would end of disuse is good for weeks again. Raises `TryLater` or `NeedsAttention`."""
        ...


def tokens_for(config: ShopifyConfig, http: Http, keep: Callable[[], Keep]) -> Tokens:
    """The way this connection gets its tokens."""
    if config.is_installed:
        return KeptTokens(config, http, keep)
    return PermanentToken(config.access_token) if config.access_token else ClientCredentials(config, http)


@dataclass(frozen=True, slots=True)
class PermanentToken:
    """The token of a custom app, pasted by the merchant."""

    token: str

    def current(self) -> str:
        return self.token

    def replace(self, refused: str) -> str:
        raise NeedsAttention("Shopify refused the access token: make a new one and reconnect")

    def keep_alive(self) -> None:
        """It has no end."""


class ClientCredentials:
    """Fetches a token with the client secret; however many threads ask, one request is in flight."""

    def __init__(self, config: ShopifyConfig, http: Http, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._endpoint = TokenEndpoint(config, http)
        self._monotonic = monotonic
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

    def keep_alive(self) -> None:
        """The secret brings a new one whenever it is asked for."""

    def _fetch(self) -> None:
        try:
            told = self._endpoint.ask({"grant_type": "client_credentials"})
        except GrantRefused as refused:
            raise NeedsAttention(
                f"Shopify refused the client ID and secret (HTTP {refused.status}): check both; "
                "if they are right, install the app on the shop"
            ) from None
        self._token, lifetime = str(told["access_token"]), told.get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) and lifetime > 0 else 86_399
        # A lifetime at or below the margin would otherwise mean a new token for every request.
        self._ends_at = self._monotonic() + max(float(seconds), 2 * REFRESH_BEFORE_SECONDS)
