"""The connector keeps referhub's contract: the kit's tests, over a pretend shop."""

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from pretend_shop import KEY, SECRET, PretendShop, running_shop
from referhub_woocommerce.connector import WooCommerce

from referhub import WebhookRequest
from referhub.testing import ConnectorContract


class TestWooCommerce(ConnectorContract):
    connector_class = WooCommerce
    recordings_folder = Path(__file__).parent / "recordings"
    wrong_settings: ClassVar[Mapping[str, str]] = {"url": "http://shop.example"}
    signature_headers = ("x-wc-webhook-signature",)

    @pytest.fixture
    def source(self) -> Iterator[PretendShop]:
        with running_shop() as shop:
            yield shop

    @pytest.fixture
    def settings(self, source: PretendShop) -> Mapping[str, str]:
        return {
            "url": source.url,
            "consumer_key": KEY,
            "consumer_secret": SECRET,
            "webhook_secret": "hush-hush-hush",
        }

    def signed(self, request: WebhookRequest, settings: Mapping[str, str]) -> WebhookRequest:
        digest = hmac.new(settings["webhook_secret"].encode(), request.body, hashlib.sha256).digest()
        return replace(
            request, headers={**request.headers, "x-wc-webhook-signature": base64.b64encode(digest).decode()}
        )
