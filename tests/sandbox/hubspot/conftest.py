"""A running portal with the referral properties, its desk, an app that listens, and a way to ask the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.hubspot import PortalControl, SandboxPortal
from tests.sandbox.hubspot.listening import Listener

CONTACTS = "/crm/objects/2026-03/contacts"


class Api:
    """The API as the app sees it, with the static token of the first portal unless given another."""

    def __init__(self, portal: SandboxPortal, token: str | None = None) -> None:
        self.base_url, self.token = portal.base_url, token or portal.access_token
        self.session = requests.Session()

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.session.request(
            method, self.base_url + path, json=body, headers=headers, timeout=10, allow_redirects=False, **more
        )

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, params=query)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.call("POST", path, body)

    def update(self, *rows: tuple[int | str, dict[str, Any]]) -> requests.Response:
        """batch/update of contacts."""
        inputs = [{"id": str(each), "properties": values} for each, values in rows]
        return self.post(f"{CONTACTS}/batch/update", {"inputs": inputs})

    def read(self, *ids: int | str, properties: list[str] | None = None, **more: Any) -> requests.Response:
        """batch/read of contacts."""
        body = {"inputs": [{"id": str(each)} for each in ids], "properties": properties or [], **more}
        return self.post(f"{CONTACTS}/batch/read", body)


@pytest.fixture
def listener() -> Iterator[Listener]:
    heard = Listener()
    yield heard
    heard.stop()


@pytest.fixture
def portal(listener: Listener) -> Iterator[SandboxPortal]:
    """Prepared for referrals; its app hears everything and is asked for each retry; limits are out of the way."""
    with SandboxPortal(
        webhook_url=listener.url,
        client_secret="hush",
        with_kit=True,
        per_ten_seconds=100_000,
        searches_per_second=100_000,
    ) as running:
        yield running


@pytest.fixture
def desk(portal: SandboxPortal) -> PortalControl:
    return PortalControl(portal.base_url)


@pytest.fixture
def api(portal: SandboxPortal) -> Api:
    return Api(portal)


@pytest.fixture
def alice(desk: PortalControl) -> int:
    return int(desk.create_contact(email="alice@example.com", firstname="Alice")["id"])
