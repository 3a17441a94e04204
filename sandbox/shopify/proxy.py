"""The storefront's app proxy: requests under the app's path go to the app, signed, without cookies."""

from __future__ import annotations

import hashlib
import hmac
import http.client
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from sandbox.ground.answers import Answer, html_answer
from sandbox.ground.server import Request
from sandbox.shopify.registration import Proxy
from sandbox.shopify.shop import Shop

PATIENCE_SECONDS = 10
LOGIN = "/account/login"
PASSED_ON = ("accept", "accept-language", "content-type", "user-agent")
KEPT_BACK = {"set-cookie", "transfer-encoding", "connection", "content-length", "date", "server"}


def respond(shop: Shop, request: Request) -> Answer | None:
    """The app's answer on the shop's own address; None for a path that is no part of the storefront."""
    if request.path == LOGIN:
        return _signed_in(shop, request)
    proxy = shop.app.proxy
    if proxy is None or not (request.path + "/").startswith(proxy.path + "/"):
        return None
    if not shop.installed() or "write_app_proxy" not in shop.scopes():
        return html_answer(404, "Not Found")
    return _forwarded(shop, proxy, request)


def _signed_in(shop: Shop, request: Request) -> Answer:
    """A buyer signs in by number, as ?customer=7000000000001&then=/apps/referrals; without a number they sign out."""
    number = request.query.get("customer", "")
    cookie = f"{_cookie(shop)}={number if number.isdecimal() else ''}; Path=/; HttpOnly; SameSite=Lax"
    then = request.query.get("then", "")
    headers = {"Set-Cookie": cookie} | ({"Location": f"/{shop.domain}{then}"} if then else {})
    return Answer(303 if then else 204, b"", headers)


def _cookie(shop: Shop) -> str:
    """Every store's own: here they share a host."""
    return f"buyer_{shop.handle}"


def _forwarded(shop: Shop, proxy: Proxy, request: Request) -> Answer:
    there = urlsplit(proxy.url)
    query = signed_query(shop, proxy, request)
    path = there.path.rstrip("/") + request.path.removeprefix(proxy.path)
    kind = http.client.HTTPSConnection if there.scheme == "https" else http.client.HTTPConnection
    connection = kind(there.hostname or "", there.port, timeout=PATIENCE_SECONDS)
    headers = {name: value for name, value in request.headers.items() if name in PASSED_ON}
    try:
        connection.request(request.method, f"{path or '/'}?{query}", request.body, headers)
        told = connection.getresponse()
        kept = {name: value for name, value in told.getheaders() if name.lower() not in KEPT_BACK}
        return Answer(told.status, told.read(), kept)
    except (OSError, http.client.HTTPException):
        return html_answer(502, "There was an error in the third-party application.")
    finally:
        connection.close()


def signed_query(shop: Shop, proxy: Proxy, request: Request) -> str:
    """What the buyer asked, and who asks where and when, signed with the app's secret.

    https://shopify.dev/docs/apps/build/online-store/app-proxies/authenticate-app-proxies
    """
    pairs = parse_qsl(request.raw_query, keep_blank_values=True)
    pairs += [("shop", shop.domain), ("logged_in_customer_id", _buyer(shop, request)), ("path_prefix", proxy.path)]
    pairs += [("timestamp", str(int(shop.truth.now().timestamp())))]
    return urlencode([*pairs, ("signature", signature(shop.client_secret, pairs))])


def signature(secret: str, pairs: list[tuple[str, str]]) -> str:
    """Hex HMAC-SHA256 over the sorted values, several of one name joined by commas, nothing between the names."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    text = "".join(sorted(f"{name}={','.join(several)}" for name, several in values.items()))
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def _buyer(shop: Shop, request: Request) -> str:
    """The number of the customer who is signed in; empty for a guest."""
    cookie = SimpleCookie(request.header("cookie") or "").get(_cookie(shop))
    return cookie.value if cookie else ""
