"""The kit as the whole connector inherits it; named so that pytest collects it only where a test asks for it."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

import pytest

from referhub import WebhookRequest
from referhub.testing import ConnectorContract
from tests.referhub.testing.vendor import SECRET, TOKEN, Vendor
from tests.referhub.testing.whole import Whole


class Kept(ConnectorContract):
    """All that an author gives."""

    connector_class = Whole
    recordings_folder = Path(__file__).parent / "recordings"
    wrong_settings: ClassVar[Mapping[str, str]] = {"base": "vendor.example"}
    signature_headers = ("x-signature",)
    exempt: ClassVar[Mapping[str, str]] = {}

    @pytest.fixture(autouse=True)
    def _installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As if the whole connector's package were installed."""
        point = EntryPoint("whole", "tests.referhub.testing.whole:Whole", "referhub.connectors")
        monkeypatch.setattr("referhub.testing.identity.entry_points", lambda group: [point])

    @pytest.fixture
    def settings(self) -> Mapping[str, str]:
        return {"secret": SECRET, "token": TOKEN}

    @pytest.fixture
    def source(self) -> Vendor:
        vendor = Vendor()
        for _ in range(2):
            vendor.change()
        return vendor

    @pytest.fixture
    def network(self, source: Vendor) -> Vendor:
        return source

    def signed(self, request: WebhookRequest, settings: Mapping[str, str]) -> WebhookRequest:
        signature = hmac.new(settings["secret"].encode(), request.body, hashlib.sha256).hexdigest()
        return replace(request, headers={**request.headers, "x-signature": signature})
