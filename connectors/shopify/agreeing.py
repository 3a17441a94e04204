"""The authorization code grant: an admin of the shop agrees, comes back with a code, and the code becomes tokens.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from shopify import Session

from connectors.shopify.config import AGREED, ShopifyConfig
from connectors.shopify.installation import NEEDED
from connectors.shopify.kept_tokens import NAME, Pair, pair_from, refused_words
from connectors.shopify.query_proof import admin_query
from connectors.shopify.token_endpoint import GrantRefused, TokenEndpoint
from referhub import Http, Keep, NeedsAttention, NotProven


def permission_url(config: ShopifyConfig, state: str, redirect_uri: str) -> str:
    """Where an admin of that shop agrees."""
    # By a class of its own, because the SDK keeps the client ID on the class, for all shops at once.
    session: Any = type("OfApp", (Session,), {"api_key": config.client_id})(config.shop, config.api_version)
    url: str = session.create_permission_url(scope=NEEDED, redirect_uri=redirect_uri, state=state)
    return f"{config.api_base}{url.removeprefix(f'https://{config.shop}')}"


def code_grant(code: str) -> dict[str, str]:
    """What the token endpoint is asked for the code; the tokens are to expire."""
    return {"code": code, "expiring": "1"}


class Agreeing:
    """The comings and goings of an admin for one connection whose grant is `authorization_code`."""

    def __init__(self, config: ShopifyConfig, http: Http, clock: Callable[[], float] = time.time) -> None:
        self._config = config
        self._endpoint = TokenEndpoint(config, http)
        self._clock = clock

    def is_done(self, keep: Keep) -> bool:
        """True when nobody has to agree: another grant is used, or tokens are there and good."""
        if self._config.grant != AGREED:
            return True
        kept = Pair.read(keep.get(NAME))
        return bool(kept.access or self._config.access_token) and not kept.is_over

    def url(self, state: str, redirect_uri: str) -> str:
        """Where the admin agrees. Raises `NeedsAttention` when there is nothing to agree to."""
        if self._config.grant != AGREED:
            raise NeedsAttention("this connection gets its tokens another way: set grant to authorization_code")
        return permission_url(self._config, state, redirect_uri)

    def prove(self, query: str, now: datetime) -> None:
        """Shopify sent this admin back, from this very shop. Raises `NotProven`."""
        if admin_query(query, self._config.secrets, now)["shop"] != self._config.shop:
            raise NotProven("somebody came back from another shop")

    def take(self, code: str, keep: Keep) -> None:
        """The code's tokens are in `keep`. Raises `TryLater` or `NeedsAttention`, and nothing is kept then."""
        try:
            pair = pair_from(self._endpoint.ask(code_grant(code)), self._clock())
        except GrantRefused as refused:
            raise NeedsAttention(refused_words(refused)) from None
        keep.change(NAME, lambda _known: pair.text())

    def forget(self, keep: Keep) -> None:
        """`keep` holds no tokens any more."""
        if keep.get(NAME):
            keep.change(NAME, lambda _known: Pair(is_over=True).text())
