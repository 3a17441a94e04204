"""The demo connector keeps the contract: the kit's tests, over a pretend webshop."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.demo.connector import Demo
from referhub import Credit, HttpResponse, Money, WebhookRequest
from referhub.testing import ConnectorContract, Source

CREDITS_URL = "https://shop.example/credits"


class Webshop(Source):
    """Keeps credits by their id, and answers as the demo's webshop does."""

    recipient = "c7"
    missing_person = "c404"

    def __init__(self) -> None:
        self.credits: dict[str, Any] = {}

    def held(self, credit: Credit) -> int:
        found = self.credits.get(credit.push_id)
        return Money.parse(found["amount"], found["currency"]).minor if found else 0

    def request(self, method: str, url: str, *, json: Any = None, **_: Any) -> HttpResponse:
        assert url.startswith(CREDITS_URL)
        if method == "POST":
            return self._post(json)
        named = url.removeprefix(CREDITS_URL).strip("/")
        return answer(200 if not named or named in self.credits else 404, self.credits.get(named))

    def _post(self, wanted: dict[str, Any]) -> HttpResponse:
        if wanted["customer"] != self.recipient:
            return answer(422, {"error": "no such customer"})
        if wanted["id"] in self.credits:
            return answer(409, self.credits[wanted["id"]])
        self.credits[wanted["id"]] = wanted
        return answer(201, wanted)


def answer(status: int, body: object) -> HttpResponse:
    return HttpResponse(status, {"content-type": "application/json"}, json.dumps(body).encode())


class TestDemo(ConnectorContract):
    connector_class = Demo
    recordings_folder = Path(__file__).parent / "recordings"
    wrong_settings: ClassVar[Mapping[str, str]] = {"credits_url": "ftp://shop.example/credits"}
    signature_headers = ("x-demo-signature",)

    @pytest.fixture
    def settings(self) -> Mapping[str, str]:
        return {"secret": "s3cret-of-the-demo", "credits_url": CREDITS_URL}

    @pytest.fixture
    def source(self) -> Webshop:
        return Webshop()

    @pytest.fixture
    def network(self, source: Webshop) -> Webshop:
        return source

    def signed(self, request: WebhookRequest, settings: Mapping[str, str]) -> WebhookRequest:
        signature = hmac.new(settings["secret"].encode(), request.body, hashlib.sha256).hexdigest()
        return replace(request, headers={**request.headers, "x-demo-signature": signature})
