"""A pretend WooCommerce shop: a real HTTP server on this computer, with books of its own."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

from referhub import Credit, IdentityClaim, IdentityKind, Money
from referhub.testing import Source

KEY, SECRET = "ck_of_the_pretend_shop", "cs_of_the_pretend_shop"
TIME = "%Y-%m-%dT%H:%M:%S"


class PretendShop(Source):
    """Orders, customers, coupons and webhooks, as its REST API tells them and as they truly are."""

    recipient = "26"
    missing_person = "404"
    missing_order = "40404"

    def __init__(self) -> None:
        self.url = ""
        self.clock = datetime.now(UTC).replace(microsecond=0)
        self.orders: dict[int, dict[str, Any]] = {}
        self.customers = {25: "alice@example.com", 26: "bob@example.com"}
        self.coupons: dict[int, dict[str, Any]] = {}
        self.webhooks: list[dict[str, Any]] = []
        self.numbers = count(900)

    # What tests see

    def now(self) -> datetime:
        return self.clock

    def change(self) -> str:
        self.clock += timedelta(minutes=2)
        return str(self.order(customer=26)["id"])

    def late_change(self) -> str:
        return str(self.order(customer=26, changed_at=self.clock - timedelta(minutes=1))["id"])

    def people(self) -> Mapping[IdentityClaim, str]:
        claims = {IdentityClaim(IdentityKind.EMAIL, email): str(number) for number, email in self.customers.items()}
        return {**claims, IdentityClaim(IdentityKind.CUSTOMER, "25"): "25"}

    def held(self, credit: Credit) -> int:
        found = [one for one in self.coupons.values() if one["code"] == credit.code.lower()]
        return sum(Money.parse(one["amount"], "EUR").minor for one in found)

    def prepared(self) -> list[str]:
        return [f"{one['topic']} {one['delivery_url']}" for one in self.webhooks]

    def order(
        self, *, customer: int, goods: str = "80.00", code: str = "", changed_at: datetime | None = None
    ) -> dict[str, Any]:
        """A paid order."""
        number, at = 700 + len(self.orders), (changed_at or self.clock).strftime(TIME)
        self.orders[number] = {
            "id": number,
            "number": str(number),
            "status": "processing",
            "currency": "EUR",
            "date_created_gmt": at,
            "date_modified_gmt": at,
            "date_paid_gmt": at,
            "total": goods,
            "customer_id": customer,
            "billing": {"first_name": "", "last_name": "", "email": self.customers[customer], "phone": ""},
            "line_items": [{"id": 1, "total": goods}],
            "coupon_lines": [{"id": 2, "code": code}] if code else [],
            "refunds": [],
            "meta_data": [],
        }
        return self.orders[number]

    def announce(self, order: dict[str, Any], topic: str = "order.created") -> list[int]:
        """The order goes out to everybody who subscribed to the topic; the statuses that came back."""
        body = json.dumps(order).encode()
        return [self._sent(hook, body) for hook in self.webhooks if hook["topic"] == topic]

    def _sent(self, hook: dict[str, Any], body: bytes) -> int:
        digest = hmac.new(hook["secret"].encode(), body, hashlib.sha256).digest()
        headers = {
            "Content-Type": "application/json",
            "X-WC-Webhook-Topic": hook["topic"],
            "X-WC-Webhook-Delivery-ID": hashlib.sha256(body).hexdigest()[:32],
            "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
        }
        with urlopen(Request(hook["delivery_url"], body, headers), timeout=60) as answer:
            return int(answer.status)

    # What the connector sees

    def answer(self, method: str, path: list[str], query: dict[str, str], wanted: Any) -> tuple[int, Any]:
        work = getattr(self, f"_{method.lower()}_{path[0]}", None) if path else None
        return work(path[1:], query, wanted) if work else (404, {"code": "rest_no_route", "message": "No route"})

    def _get_data(self, path: list[str], query: dict[str, str], wanted: Any) -> tuple[int, Any]:
        return 200, {"code": "EUR", "name": "Euro", "symbol": "&euro;"}

    def _get_orders(self, path: list[str], query: dict[str, str], wanted: Any) -> tuple[int, Any]:
        if path:
            found = self.orders.get(int(path[0]))
            return (200, found) if found else (404, {"code": "woocommerce_rest_shop_order_invalid_id"})
        changed = [one for one in self.orders.values() if one["date_modified_gmt"] > query["modified_after"]]
        changed.sort(key=lambda one: str(one["date_modified_gmt"]))
        size, page = int(query["per_page"]), int(query["page"])
        return 200, changed[(page - 1) * size : page * size]

    def _get_customers(self, path: list[str], query: dict[str, str], wanted: Any) -> tuple[int, Any]:
        if path:
            email = self.customers.get(int(path[0]))
            return (
                (200, {"id": int(path[0]), "email": email}) if email else (404, {"code": "woocommerce_rest_invalid_id"})
            )
        listed = [{"id": number, "email": email} for number, email in self.customers.items() if email == query["email"]]
        return 200, listed

    def _post_coupons(self, path: list[str], query: dict[str, str], wanted: Any) -> tuple[int, Any]:
        if any(one["code"] == wanted["code"] for one in self.coupons.values()):
            return 400, {"code": "woocommerce_rest_coupon_code_already_exists", "data": {"status": 400}}
        number = next(self.numbers)
        self.coupons[number] = {"id": number, "usage_count": 0, **wanted}
        return 201, self.coupons[number]

    def _get_coupons(self, path: list[str], query: dict[str, str], wanted: Any) -> tuple[int, Any]:
        if path:
            found = self.coupons.get(int(path[0]))
            return (200, found) if found else (404, {"code": "woocommerce_rest_shop_coupon_invalid_id"})
        return 200, [one for one in self.coupons.values() if one["code"] == query["code"]]

    def _delete_coupons(self, path: list[str], query: dict[str, str], wanted: Any) -> tuple[int, Any]:
        found = self.coupons.get(int(path[0]))
        if found is None or query.get("force") != "true":
            return 404, {"code": "woocommerce_rest_shop_coupon_invalid_id"}
        return 200, self.coupons.pop(found["id"])

    def _get_webhooks(self, path: list[str], query: dict[str, str], wanted: Any) -> tuple[int, Any]:
        return 200, [{name: value for name, value in one.items() if name != "secret"} for one in self.webhooks]

    def _post_webhooks(self, path: list[str], query: dict[str, str], wanted: Any) -> tuple[int, Any]:
        self.webhooks.append(wanted)
        return 201, {"id": len(self.webhooks)}


@contextmanager
def running_shop() -> Iterator[PretendShop]:
    """A shop that answers at its `url` until the block is left."""
    shop = PretendShop()
    expected = f"Basic {base64.b64encode(f'{KEY}:{SECRET}'.encode()).decode()}"

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else head and body, sent apart, wait 40 ms for each other

        def _answer(self) -> None:
            # Head and body are read before anything is answered.
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            path = parts.path.removeprefix("/wp-json/wc/v3").strip("/").split("/")
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, told = 401, {"code": "woocommerce_rest_cannot_view"}
            if self.headers.get("Authorization") == expected:
                status, told = shop.answer(self.command, path, query, json.loads(raw) if raw else None)
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815

        def log_message(self, format: str, *values: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    shop.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
