"""A running shop: its server, its courier and its truth, started and stopped together."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path
from types import TracebackType

from sandbox.shopify import desk, vendor
from sandbox.shopify.answers import Answer
from sandbox.shopify.bucket import Bucket
from sandbox.shopify.graph.engine import currencies
from sandbox.shopify.server import Request, Server
from sandbox.shopify.shop import Shop
from sandbox.shopify.truth import Truth
from sandbox.shopify.webhooks.announce import COMPLIANCE, TOPICS, subscribe
from sandbox.shopify.webhooks.courier import Courier


class SandboxShop:
    """
    A fake Shopify shop on loopback, used as `with SandboxShop(...) as shop: ... shop.base_url`.

    data is the file of its truth (None keeps it in memory); retry_scale shortens the four hours of webhook
    retries (0: a test asks for each retry); webhook_url hears every topic, as if configured with the app.
    """

    def __init__(
        self,
        domain: str = "demo.myshopify.com",
        client_id: str = "sandbox-client",
        client_secret: str | None = None,
        access_token: str | None = None,
        data: Path | str | None = None,
        port: int = 0,
        currency: str = "EUR",
        webhook_url: str | None = None,
        retry_scale: float = 0.0,
        large_ids: bool = False,
        points: int = 1000,
        points_per_second: int = 100,
    ) -> None:
        if currency not in currencies():
            raise ValueError(f"currency {currency!r} is none the shop can sell in: {', '.join(currencies())}")
        self.shop = Shop(
            truth=Truth(Path(data) if data else None),
            domain=domain,
            currency=currency,
            client_id=client_id,
            client_secret=client_secret or secrets.token_hex(16),
            access_token=access_token or f"shpat_{secrets.token_hex(16)}",
            large_ids=large_ids,
            retry_scale=retry_scale,
            bucket=Bucket(points, points_per_second),
        )
        if webhook_url:
            subscribe(self.shop, webhook_url, [*TOPICS, *COMPLIANCE], "app")
        self._courier = Courier(self.shop)
        self._desk = desk.Desk(self.shop, self._courier, desk.ROUTES)
        self._server = Server(port, self._respond)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=[0.05], name="sandbox-shop", daemon=True
        )

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def domain(self) -> str:
        return self.shop.domain

    @property
    def client_id(self) -> str:
        return self.shop.client_id

    @property
    def client_secret(self) -> str:
        return self.shop.client_secret

    @property
    def access_token(self) -> str:
        return self.shop.access_token

    def start(self) -> SandboxShop:
        self._courier.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        """No request is answered and no webhook sent any more; the truth is closed."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._courier.stop()
        self._server.server_close()
        self._server.hang_up()
        self.shop.truth.close()

    def __enter__(self) -> SandboxShop:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _respond(self, request: Request) -> Answer:
        if request.path.startswith(desk.PREFIX):
            return self._desk.respond(request)
        return vendor.respond(self.shop, request)
