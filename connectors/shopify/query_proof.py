"""Proof that an address comes from Shopify: signed queries of the admin, and of pages on the shop's own site."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from shopify import Session

from connectors.shopify.config import shop_domain
from referhub import NotProven, WrongSetting

FRESH_SECONDS = 90  # as Shopify's own libraries; the SDK would take a day, and any time in the future
LONGEST_QUERY = 8_192
MOST_WORDS = 60
TIMESTAMP = re.compile(r"[0-9]{1,12}")
HEX = re.compile(r"[0-9a-f]{64}")
# What an app proxy's signature is about; each may stand there once.
PROXY_WORDS = frozenset({"shop", "timestamp", "signature", "hmac", "logged_in_customer_id", "path_prefix"})


def admin_query(query: str, secrets: Sequence[bytes], now: datetime) -> dict[str, str]:
    """The words of an address that Shopify's admin made just now for one shop. Raises `NotProven`."""
    words = _words(query)
    told = dict(words)
    if len(told) != len(words):
        raise NotProven("a word occurs twice in the address")
    if not any(_is_signed(told, query, secret) for secret in secrets):
        raise NotProven("the address is not signed with the app's client secret")
    _refuse_stale(told.get("timestamp", ""), now)
    return told | {"shop": shop_of(told.get("shop", ""))}


def proxy_query(query: str, secrets: Sequence[bytes], now: datetime) -> dict[str, str]:
    """The words that Shopify itself puts into an address of the app proxy; what a visitor wrote is left out.

    https://shopify.dev/docs/apps/build/online-store/app-proxies/authenticate-app-proxies. Raises `NotProven`.
    """
    words = _words(query)
    told: dict[str, str] = {}
    for name, value in words:
        if name in PROXY_WORDS and name in told:
            raise NotProven(f"{name} occurs twice in the address")
        told[name] = f"{told[name]},{value}" if name in told else value
    given = told.pop("signature", "")
    # Without separators this is ambiguous (`a=1b=2`), so only Shopify's own words are believed.
    text = "".join(sorted(f"{name}={value}" for name, value in told.items()))
    if not any(_is_mac(given, text, secret) for secret in secrets):
        raise NotProven("the address is not signed with the app's client secret")
    _refuse_stale(told.get("timestamp", ""), now)
    own = {name: told[name] for name in PROXY_WORDS & told.keys()}
    return own | {"shop": shop_of(own.get("shop", ""))}


def shop_of(written: str) -> str:
    """The shop's address, checked from end to end and in Shopify's own spelling. Raises `NotProven`."""
    try:
        found = shop_domain(written)
    except WrongSetting:
        raise NotProven("the address names no shop") from None
    if found != written:  # such as `https://…` or upper case, which Shopify never sends
        raise NotProven("the address names no shop")
    return found


def _words(query: str) -> list[tuple[str, str]]:
    if len(query) > LONGEST_QUERY:
        raise NotProven("the address is too long")
    try:
        return parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_WORDS)
    except ValueError:
        raise NotProven("the address has too many words") from None


def _is_signed(told: dict[str, str], query: str, secret: bytes) -> bool:
    """The SDK signs values decoded, Shopify's newer libraries as they stand in the address: either is genuine."""
    by_secret: Any = type("BySecret", (Session,), {"secret": secret.decode()})
    raw = "&".join(sorted(part for part in query.split("&") if part and not part.startswith("hmac=")))
    return bool(by_secret.validate_hmac(told)) or _is_mac(told.get("hmac", ""), raw, secret)


def _is_mac(given: str, text: str, secret: bytes) -> bool:
    mac = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    return HEX.fullmatch(given) is not None and hmac.compare_digest(given, mac)


def _refuse_stale(written: str, now: datetime) -> None:
    if not TIMESTAMP.fullmatch(written) or abs(now.timestamp() - int(written)) > FRESH_SECONDS:
        raise NotProven("the address is not of this minute")
