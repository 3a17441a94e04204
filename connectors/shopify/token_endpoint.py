"""The token endpoint of one shop: asks for a grant, and says of every refusal what it means.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens
"""

from collections.abc import Mapping
from typing import Any

from connectors.shopify.config import ShopifyConfig
from connectors.shopify.strict_json import loads
from referhub import AnswerLost, Http, HttpResponse, NeedsAttention, NotSent, TryLater

PATH = "/admin/oauth/access_token"
TIMEOUT_SECONDS = 20.0


class GrantRefused(Exception):
    """Shopify said no for good; `error` is its own word, if it gave one."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(f"HTTP {status} {error}")
        self.status = status
        self.error = error


class TokenEndpoint:
    """`POST /admin/oauth/access_token`: JSON in, and nothing of it in any text of ours."""

    def __init__(self, config: ShopifyConfig, http: Http) -> None:
        self._config = config
        self._http = http

    def ask(self, grant: Mapping[str, str]) -> dict[str, Any]:
        """The answer to a grant. Raises `GrantRefused`, `TryLater` or `NeedsAttention` (moved to another address)."""
        response = self._post(grant)
        if response.status == 429 or response.status >= 500 or response.status == 408:
            raise TryLater(f"Shopify gave no access token just now (HTTP {response.status})")
        if 300 <= response.status < 400:
            raise NeedsAttention("Shopify answered with a redirect: the shop was renamed or moved, reconnect it")
        told = _told(response)
        if response.status != 200:
            raise GrantRefused(response.status, str(told.get("error", ""))[:80])
        if not isinstance(told.get("access_token"), str):
            raise TryLater("Shopify's answer to the token request could not be understood")
        return told

    def _post(self, grant: Mapping[str, str]) -> HttpResponse:
        own = {"client_id": self._config.client_id, "client_secret": self._config.client_secret}
        address = f"{self._config.api_base}{PATH}"
        headers = {"Accept": "application/json"}
        try:
            return self._http.request("POST", address, headers=headers, json={**own, **grant}, timeout=TIMEOUT_SECONDS)
        except (NotSent, AnswerLost):
            raise TryLater(
                f"no answer from {address}: check the shop's address (--shop, --api-base) and the network"
            ) from None


def _told(response: HttpResponse) -> dict[str, Any]:
    try:
        told = loads(response.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
