"""The query with which the admin, or the authorization page, sends a browser to the app."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sandbox.shopify.shop import Shop
from sandbox.shopify.town import ADMIN


def sent_to(shop: Shop, address: str, given: dict[str, str]) -> str:
    """The app's address with these values, the shop, the admin's host and the time, signed.

    https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/authorization-code-grant
    """
    parts = urlsplit(address)
    told = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **given, "host": host(shop), "shop": shop.domain}
    told["timestamp"] = str(int(shop.truth.now().timestamp()))
    told["hmac"] = query_hmac(shop.client_secret, told)
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", urlencode(told), ""))


def host(shop: Shop) -> str:
    """Where this shop's admin is, as App Bridge wants to be told."""
    return base64.b64encode(f"{ADMIN}/store/{shop.handle}".encode()).decode().rstrip("=")


def query_hmac(secret: str, told: dict[str, str]) -> str:
    """Hex HMAC-SHA256 over the values in the order of their names."""
    text = "&".join(f"{name}={value}" for name, value in sorted(told.items()) if name != "hmac")
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
