"""What the tests of the Shopify connector share: payloads, signed requests, a scripted network."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.shopify.config import ShopifyConfig
from connectors.shopify.connector import Shopify
from referhub import Credit, Delivery, Http, HttpResponse, Money, WebhookRequest

SECRET = "test-secret-of-the-app"
SHOP = "demo.myshopify.com"
CUSTOMER = "gid://shopify/Customer/7001000000000000009"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
PAYLOADS = Path(__file__).parent / "payloads"


def payload(name: str) -> dict[str, Any]:
    """A body of this folder, fresh and free to be changed."""
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def encoded(body: object) -> bytes:
    return json.dumps(body).encode()


def signature(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def request(body: bytes, topic: str = "orders/paid", **headers: str | None) -> WebhookRequest:
    """A webhook as Shopify sends it; keyword `hmac_sha256=None` takes that header away."""
    given: dict[str, str | None] = {
        "x-shopify-topic": topic,
        "x-shopify-hmac-sha256": signature(body),
        "x-shopify-shop-domain": SHOP,
        "x-shopify-api-version": "2026-10",
        "x-shopify-webhook-id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "x-shopify-event-id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        "x-shopify-triggered-at": "2026-11-20T09:15:41.123456789Z",
    }
    given |= {f"x-shopify-{name.replace('_', '-')}": value for name, value in headers.items()}
    kept = {name: value for name, value in given.items() if value is not None}
    return WebhookRequest("POST", "/hooks/1", "", kept, body, NOW)


def delivery(topic: str, body: object, **headers: str) -> Delivery:
    """A stored delivery, as `read` gets it."""
    raw = body if isinstance(body, bytes) else encoded(body)
    return Delivery(key="k", topic=topic, body=raw, headers=headers, triggered_at=NOW)


class NoNetwork:
    """A network that must not be used."""

    def request(self, method: str, url: str, **_: Any) -> HttpResponse:
        raise AssertionError(f"unexpected {method} {url}")


class ScriptedHttp:
    """Answers with what a test scripted, in order, and remembers what it was asked."""

    def __init__(self, *answers: HttpResponse | Exception | Callable[[Any], HttpResponse]) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        body: bytes | None = None,
        timeout: float | None = None,
    ) -> HttpResponse:
        self.asked.append({"method": method, "url": url, "headers": dict(headers or {}), "json": json})
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer(json) if callable(answer) else answer


def answer(body: object, status: int = 200, **headers: str) -> HttpResponse:
    """An answer of the Admin API."""
    raw = body if isinstance(body, bytes) else encoded(body)
    return HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, raw)


def config(**settings: str) -> ShopifyConfig:
    given = {"shop": SHOP, "client_id": "id", "client_secret": SECRET, "access_token": "shpat_test"}
    return ShopifyConfig(**(given | settings))


def connector(http: Http | None = None, **settings: str) -> Shopify:
    return Shopify(config(**settings), http or NoNetwork())


def credit(kind: str = "store_credit", **given: Any) -> Credit:
    """A credit of EUR 12.50 with a second of its own."""
    values: dict[str, Any] = {
        "push_id": "push_01JABC",
        "kind": kind,
        "amount": Money(1250, "EUR"),
        "recipient": CUSTOMER,
        "note": "Referral reward",
        "code": "7KQ2M9XA4B1CDE5F",
        "expires_at": datetime(2027, 12, 31, 22, 59, 7, tzinfo=UTC),
    }
    return Credit(**(values | given))
