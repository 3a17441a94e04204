"""The Shopify connector keeps the contract: the kit's tests, over the sandbox shop."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.shopify.connector import Shopify
from core.gateway.http_client import HttpClient
from core.gateway.reach import Reach
from referhub import Credit, IdentityClaim, IdentityKind, WebhookRequest
from referhub.testing import ConnectorContract, Source
from referhub.testing.preparing import BACK
from sandbox.shopify import SandboxShop, ShopControl
from sandbox.shopify.registration import App
from tests.connectors.shopify.support import signature

MUG = [{"title": "Mug", "price": "80.00", "quantity": 1}]


class Shop(Source):
    """The sandbox shop's own truth."""

    missing_person = "gid://shopify/Customer/7999999999999"
    missing_order = "gid://shopify/Order/5999999999999"

    def __init__(self, shop: SandboxShop) -> None:
        self.shop = shop
        self.desk = ShopControl(shop.base_url)
        self.persons = [self.desk.create_customer(email=f"p{number}@example.com") for number in range(3)]
        self.recipient = str(self.persons[0]["gid"])

    def now(self) -> datetime:
        return datetime.fromisoformat(self.desk.now())

    def change(self) -> str:
        self.desk.advance(seconds=120)
        return self._order()

    def late_change(self) -> str:
        return self._order(days_ago=1 / 1440)

    def _order(self, **basket: Any) -> str:
        order = self.desk.create_order(customer=self.persons[1]["id"], paid=True, lines=MUG, **basket)
        return str(order["gid"])

    def people(self) -> Mapping[IdentityClaim, str]:
        claims = {IdentityClaim(IdentityKind.EMAIL, str(one["email"])): str(one["gid"]) for one in self.persons}
        return {**claims, IdentityClaim(IdentityKind.CUSTOMER, self.recipient): self.recipient}

    def held(self, credit: Credit) -> int:
        truth = self.desk.truth()
        look = {"store_credit": self._credited, "gift_card": self._carded, "discount_code": self._discounted}
        return int(look.get(credit.kind, lambda *_: Decimal(0))(truth, credit) * 100)

    def _credited(self, truth: Mapping[str, Any], credit: Credit) -> Decimal:
        """A debit takes from the newest credit before it."""
        moves = [move for account in truth["store_credit_accounts"] for move in account["transactions"]]
        held, ours = Decimal(0), False
        for move in sorted(moves, key=lambda move: int(move["id"])):
            if move["kind"] == "credit":
                told = move["expires_at"] and datetime.fromisoformat(move["expires_at"])
                ours = told == credit.expires_at
            if ours:
                held += abs(Decimal(move["amount"])) * (1 if move["kind"] == "credit" else -1)
        return held

    def _carded(self, truth: Mapping[str, Any], credit: Credit) -> Decimal:
        ours = [one for one in truth["gift_cards"] if credit.push_id in str(one["note"])]
        return sum((Decimal(one["initial"]) for one in ours if not one["deactivated_at"]), Decimal(0))

    def _discounted(self, truth: Mapping[str, Any], credit: Credit) -> Decimal:
        ours = [one for one in truth["discounts"] if one["code"] == credit.code]
        over = [one["ends_at"] and datetime.fromisoformat(one["ends_at"]) <= self.now() for one in ours]
        live = [one for one, is_over in zip(ours, over, strict=True) if not is_over]
        return sum((Decimal(one["amount"]) for one in live), Decimal(0))

    def person_ids(self) -> Sequence[str]:
        return [str(one["gid"]) for one in self.persons]

    def carried(self, person_id: str) -> Mapping[str, str | None]:
        return {one["name"]: one["value"] for one in self.desk.truth()["metafields"] if one["owner"] == person_id}

    def consent(self, address: str) -> str:
        """The merchant says yes, and is sent back with a code."""
        return parse_qs(self.returned(address))["code"][0]

    def returned(self, address: str) -> str:
        answer = HttpClient(reach=Reach(allows_this_computer=True)).request("POST", address)
        return urlsplit(answer.headers["location"]).query

    def prepared(self) -> Sequence[str]:
        truth = self.desk.truth()
        hooks = [f"{one['topic']} {one['uri']}" for one in truth["webhook_subscriptions"]]
        return hooks + [str(one["name"]) for one in truth["metafield_definitions"]]


class TestShopify(ConnectorContract):
    connector_class = Shopify
    recordings_folder = Path(__file__).parent / "recordings"
    signature_headers = ("x-shopify-hmac-sha256",)
    kinds_without_key = frozenset({"store_credit"})
    wrong_settings: ClassVar[Mapping[str, str]] = {
        "shop": "shop.example",
        "api_base": "http://shop.example",
        "api_version": "newest",
        "count_test_orders": "maybe",
        "grant": "password",
        "webhooks": "post",
    }

    @pytest.fixture
    def source(self) -> Iterator[Shop]:
        app = App(redirect_urls=[BACK])
        with SandboxShop(points=1_000_000, points_per_second=100_000, app=app) as shop:
            yield Shop(shop)

    @pytest.fixture
    def settings(self, source: Shop) -> Mapping[str, str]:
        return {
            "shop": source.shop.domain,
            "client_id": source.shop.client_id,
            "client_secret": source.shop.client_secret,
            "access_token": source.shop.access_token,
            "api_base": source.shop.base_url,
        }

    @pytest.fixture
    def installing_settings(self, settings: Mapping[str, str]) -> Mapping[str, str]:
        return {**settings, "access_token": "", "grant": "authorization_code"}

    def signed(self, request: WebhookRequest, settings: Mapping[str, str]) -> WebhookRequest:
        proof = signature(request.body, settings["client_secret"])
        return replace(request, headers={**request.headers, "x-shopify-hmac-sha256": proof})
