"""Expiring tokens of an installed app: kept with the connection, renewed by one process for all, never lost.

https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/offline-access-tokens
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from connectors.shopify.answers import HINTS
from connectors.shopify.config import ShopifyConfig
from connectors.shopify.token_endpoint import GrantRefused, TokenEndpoint
from referhub import Http, Keep, NeedsAttention

NAME = "tokens"
RENEW_BEFORE_SECONDS = 300.0
KEEP_ALIVE_SECONDS = 14 * 86_400.0
LIFETIME_SECONDS = 3_600
REFRESH_LIFETIME_SECONDS = 90 * 86_400
OFFLINE = "urn:shopify:params:oauth:token-type:offline-access-token"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
# What Shopify says of a refresh token that is used up, and of an old token that is none any more.
OVER_WORDS = frozenset({"invalid_request", "invalid_grant", "invalid_subject_token"})
REOPEN = "open the app once in the shop's admin, which gives it access again"
OVER = f"Shopify no longer accepts our access to this shop (uninstalled, or idle for 90 days): {REOPEN}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Access and refresh token; ends in seconds of the epoch, 0 for one that has none. `is_over`: refused for good."""

    access: str = ""
    refresh: str = ""
    ends_at: float = 0.0
    refresh_ends_at: float = 0.0
    scopes: str = ""
    is_over: bool = False

    @classmethod
    def read(cls, text: str | None) -> "Pair":
        """The kept pair, an empty one if there is none."""
        told = json.loads(text) if text else {}
        known: dict[str, Any] = {name: told[name] for name in cls.__dataclass_fields__ if name in told}
        ends = {name: float(known.get(name, 0)) for name in ("ends_at", "refresh_ends_at")}
        return cls(**{**known, **ends})

    def text(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def pair_from(told: Mapping[str, Any], now: float) -> Pair:
    """The pair that an answer of the token endpoint describes."""
    refresh = told.get("refresh_token")
    is_expiring = "expires_in" in told or isinstance(refresh, str)
    lifetime = max(_seconds(told.get("expires_in"), LIFETIME_SECONDS), RENEW_BEFORE_SECONDS + 60)
    refresh_lifetime = _seconds(told.get("refresh_token_expires_in"), REFRESH_LIFETIME_SECONDS)
    return Pair(
        access=str(told["access_token"]),
        refresh=refresh if isinstance(refresh, str) else "",
        # A lifetime within the margin would otherwise mean a new token for every request.
        ends_at=now + lifetime if is_expiring else 0.0,
        refresh_ends_at=now + refresh_lifetime if refresh else 0.0,
        scopes=str(told.get("scope", "")),
    )


def _seconds(value: Any, otherwise: float) -> float:
    return float(value) if isinstance(value, int) and 0 < value < 10**9 else otherwise


def migration_of(token: str) -> dict[str, str]:
    """The grant that turns a permanent token into a pair; the permanent one ends with it.

    https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/migrate-to-expiring-offline-access-tokens
    """
    kinds = {"subject_token_type": OFFLINE, "requested_token_type": OFFLINE}
    return {"grant_type": EXCHANGE, "subject_token": token, "expiring": "1", **kinds}


def refused_words(refused: GrantRefused) -> str:
    """Why a shop gives no token, and what to do: its own state first, then ours."""
    known = HINTS.get(refused.status) if refused.status in (402, 404, 423) else None
    return known or f"Shopify does not accept the app's client ID and secret for this shop: check both, then {REOPEN}"


class KeptTokens:
    """The pair of one shop: whoever finds it nearly over renews it, and all others use the new one."""

    def __init__(
        self, config: ShopifyConfig, http: Http, keep: Callable[[], Keep], clock: Callable[[], float] = time.time
    ) -> None:
        self._endpoint = TokenEndpoint(config, http)
        self._old_token = config.access_token
        self._keep = keep
        self._clock = clock
        self._lock = threading.Lock()
        self._pair = Pair()

    def current(self) -> str:
        """A token that is good for at least the next request. Raises `TryLater` or `NeedsAttention`."""
        with self._lock:
            if not self._is_good(self._pair):
                self._pair = self._renewed(lambda pair: self._is_good(pair))
            return self._pair.access

    def replace(self, refused: str) -> str:
        """Another token after Shopify `refused` this one. Raises `TryLater` or `NeedsAttention`."""
        with self._lock:
            if self._pair.access in ("", refused):
                self._pair = self._renewed(lambda pair: pair.access != refused and self._is_good(pair))
            return self._pair.access

    def keep_alive(self) -> None:
        """The refresh token is good for two weeks at least. Raises `TryLater` or `NeedsAttention`."""
        with self._lock:
            kept = Pair.read(self._keep().get(NAME))
            if kept.refresh and not self._lasts(kept):
                self._pair = self._renewed(self._lasts)

    def _is_good(self, pair: Pair) -> bool:
        is_alive = not pair.ends_at or self._clock() < pair.ends_at - RENEW_BEFORE_SECONDS
        return bool(pair.access) and is_alive and not pair.is_over

    def _lasts(self, pair: Pair) -> bool:
        return not pair.is_over and self._clock() < pair.refresh_ends_at - KEEP_ALIVE_SECONDS

    def _renewed(self, is_enough: Callable[[Pair], bool]) -> Pair:
        """The kept pair where somebody renewed it already, else a new one, kept before it is used."""
        pair = Pair.read(self._keep().change(NAME, lambda text: self._renew(Pair.read(text), is_enough).text()))
        if pair.is_over:
            raise NeedsAttention(OVER)
        return pair

    def _renew(self, kept: Pair, is_enough: Callable[[Pair], bool]) -> Pair:
        if kept.is_over or is_enough(kept):
            return kept
        if not kept.access and self._old_token:
            return self._asked(migration_of(self._old_token), kept)
        if not kept.refresh:
            raise NeedsAttention(f"this shop has not given the app access: {REOPEN}")
        # An answer that gets lost changes nothing: the same refresh token is good until its successor is used.
        return self._asked({"grant_type": "refresh_token", "refresh_token": kept.refresh}, kept)

    def _asked(self, grant: Mapping[str, str], kept: Pair) -> Pair:
        try:
            return pair_from(self._endpoint.ask(grant), self._clock())
        except GrantRefused as refused:
            if refused.error in OVER_WORDS:
                return replace(kept, is_over=True)
            raise NeedsAttention(refused_words(refused)) from None
