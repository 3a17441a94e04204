"""A running stand-in: its server, its courier and its truth, started and stopped together."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.ground.running import Running
from sandbox.ground.server import Server
from sandbox.hubspot import desk, vendor
from sandbox.hubspot.cloud import SCOPES, Cloud
from sandbox.hubspot.nouns import Portal
from sandbox.hubspot.schema import furnish, install_kit
from sandbox.hubspot.truth import Truth
from sandbox.hubspot.webhooks.courier import Courier
from sandbox.hubspot.webhooks.subscriptions import generic, subscribe, typed

PORTAL_ID = 12345678
APP_ID = 7654321


class SandboxPortal(Running):
    """
    A fake HubSpot on loopback, used as `with SandboxPortal(...) as portal: ... portal.base_url`.

    One app, and one portal or several (`portals`); each has a static token. data is the file of the truth (None
    keeps it in memory). webhook_url is what the app configured and what is signed; deliver_to is where the
    posts really go, if the hub stands behind a proxy. subscriptions is a list of {type, object_type, property},
    None for everything by types of their own (contact.propertyChange …), or "generic" for everything by generic
    ones (object.propertyChange …). retry_scale shortens the 24 hours of retries (0: a test asks for each).
    """

    def __init__(
        self,
        portals: Sequence[int] = (PORTAL_ID,),
        app_id: int = APP_ID,
        client_id: str = "sandbox-hubspot-client",
        client_secret: str | None = None,
        access_token: str | None = None,
        redirect_uris: Sequence[str] = (),
        data: Path | str | None = None,
        port: int = 0,
        webhook_url: str | None = None,
        deliver_to: str | None = None,
        subscriptions: Sequence[Mapping[str, Any]] | str | None = None,
        with_kit: bool = False,
        time_zone: str = "Europe/Berlin",
        currency: str = "EUR",
        plan: str = "pro",
        scopes: Sequence[str] = SCOPES,
        retry_scale: float = 0.0,
        per_ten_seconds: int = 100,
        searches_per_second: int = 5,
        index_lag: float = 0.0,
    ) -> None:
        ZoneInfo(time_zone)  # raises for one that is none
        self.cloud = Cloud(
            truth=Truth(Path(data) if data else None),
            app_id=app_id,
            client_id=client_id,
            redirect_uris=list(redirect_uris),
            retry_scale=retry_scale,
        )
        self.portal_ids = list(portals)
        self._tokens = {number: _token(access_token, place) for place, number in enumerate(self.portal_ids)}
        self.cloud.static |= {token: number for number, token in self._tokens.items()}
        settings = {
            "per_ten_seconds": per_ten_seconds,
            "searches_per_second": searches_per_second,
            "index_lag_ms": int(index_lag * 1000),
        }
        with self.cloud.truth.transaction():
            if client_secret or not self.cloud.secrets():
                self.cloud.truth.set("secrets", [client_secret or secrets.token_hex(18)])
            for number in self.portal_ids:
                made = Portal(number, list(scopes), time_zone, currency, plan, settings=dict(settings))
                _open(self.cloud, made, with_kit)
            _configure(self.cloud, webhook_url, deliver_to, subscriptions)
        courier = Courier(self.cloud)
        own_desk = desk.Desk(self.cloud, courier, desk.ROUTES)
        server = Server(port, own_desk.before(partial(vendor.respond, self.cloud)))
        super().__init__("sandbox-portal", server, [courier], [self.cloud.truth])

    @property
    def portal_id(self) -> int:
        return self.portal_ids[0]

    @property
    def access_token(self) -> str:
        """The static token of the first portal."""
        return self.token(self.portal_id)

    def token(self, portal_id: int) -> str:
        return self._tokens[portal_id]

    @property
    def app_id(self) -> int:
        return self.cloud.app_id

    @property
    def client_id(self) -> str:
        return self.cloud.client_id

    @property
    def client_secret(self) -> str:
        return self.cloud.client_secret


def _token(given: str | None, place: int) -> str:
    """The given token is the first portal's; the others have it with a number."""
    if given is None:
        return f"pat-eu1-{secrets.token_hex(16)}"
    return f"{given}-{place}" if place else given


def _open(cloud: Cloud, portal: Portal, with_kit: bool) -> None:
    """A portal that the truth knows already stays as it is."""
    if cloud.truth.find(Portal, "Portal", portal.portal):
        return
    cloud.truth.keep(portal)
    furnish(cloud, portal.portal)
    if with_kit:
        install_kit(cloud, portal.portal)


def _configure(
    cloud: Cloud,
    webhook_url: str | None,
    deliver_to: str | None,
    subscriptions: Sequence[Mapping[str, Any]] | str | None,
) -> None:
    if webhook_url:
        cloud.truth.set("target_url", webhook_url)
        cloud.truth.set("deliver_to", deliver_to)
    if subscriptions == "generic":
        subscribe(cloud, generic())
    elif not isinstance(subscriptions, str) and subscriptions is not None:
        subscribe(cloud, [dict(each) for each in subscriptions])
    elif cloud.truth.setting("subscriptions") is None:
        subscribe(cloud, typed())
