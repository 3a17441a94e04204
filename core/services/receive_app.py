"""Receive for a store's app: one address for all shops; each delivery goes to its shop's inbox, strangers' nowhere."""

import json
import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from core.contract.errors import WrongSetting
from core.contract.store_app import StoreApp
from core.contract.webhooks import Delivery, Reply, WebhookRequest
from core.gateway.hub import Hub
from core.gateway.registry import connector_class
from core.models import Connection, HubState
from core.services.inbox import Inbox
from core.services.store_apps import Shop, shop_of

log = logging.getLogger(__name__)
ADDRESS = "app"
REMEMBER_SECONDS = 2.0
BETWEEN_COUNTS = 2.0
STRANGERS = "strangers"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a shop's deliveries go; of one that was disconnected here only what the law asks for is taken."""

    connection_id: str
    takes: frozenset[str] | None = None


class AppReceiver:
    """Remembers for two seconds which shop has which connection."""

    def __init__(self, hub: Hub, inbox: Inbox) -> None:
        self._hub = hub
        self._inbox = inbox
        self._known: dict[tuple[str, str], tuple[float, _Place]] = {}
        self._strangers = _Strangers(hub)

    def app(self, key: str) -> StoreApp | None:
        """The app whose address ends in `key`; None when there is none."""
        try:
            return self._hub.store_app(key)
        except WrongSetting:
            return None

    def receive(self, key: str, app: StoreApp, request: WebhookRequest) -> Reply:
        """As `Receiver.receive`. What is told of a shop that has not installed the app is acknowledged, and counted."""
        reception = app.receive(request)
        by_shop: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in reception.deliveries:
            by_shop[delivery.source].append(delivery)
        for shop, deliveries in by_shop.items():
            self._lay(key, shop, deliveries, request)
        return reception.reply

    def _lay(self, key: str, shop: str, deliveries: Sequence[Delivery], request: WebhookRequest) -> None:
        place = self._place(key, shop)
        if place is None:
            self._strangers.count(key, len(deliveries))
            return
        wanted = [one for one in deliveries if place.takes is None or one.topic in place.takes]
        if wanted:
            self._inbox.lay(place.connection_id, wanted, request.received_at)

    def _place(self, key: str, shop: str) -> _Place | None:
        known = self._known.get((key, shop))
        if known and known[0] > time.monotonic():
            return known[1]
        found = shop_of(self._hub, key, shop)
        if found is None:
            return None
        place = _Place(found.connection_id, self._takes(key, shop, found))
        self._known[key, shop] = (time.monotonic() + REMEMBER_SECONDS, place)
        return place

    def _takes(self, key: str, shop: str, found: Shop) -> frozenset[str] | None:
        with self._hub.database.reading() as session:
            row = session.get_one(Connection, found.connection_id)
        app = self.app(key)
        if row.disconnected_at is None or app is None:
            return None
        with self._hub.within(found.merchant_id).database.transaction() as session:
            row = session.get_one(Connection, found.connection_id)
            row.config = self._hub.sealed_config(row.id, app.settings_for(shop))  # the shop's name, and no secret
        return connector_class(key).duty_topics


class _Strangers:
    """What was told of shops that we do not know is counted, but never written for each."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._counts: dict[str, int] = defaultdict(int)
        self._written: dict[str, float] = {}

    def count(self, key: str, times: int) -> None:
        """So many more came for shops that have not installed the app."""
        self._counts[key] += times
        if time.monotonic() < self._written.get(key, 0.0) + BETWEEN_COUNTS:
            return
        self._written[key] = time.monotonic()
        counted = self._counts.pop(key, 0)
        log.warning("%d webhooks of the %s app came for shops that have not installed it", counted, key)
        try:
            self._write(f"{STRANGERS} {key}", counted)
        except Exception:  # they are acknowledged all the same
            log.exception("what came for strangers could not be counted")

    def _write(self, name: str, counted: int) -> None:
        with self._hub.database.transaction() as session:
            row = session.get(HubState, name)
            before = int(json.loads(row.value)["count"]) if row else 0
            told = json.dumps({"count": before + counted, "last_at": self._hub.now().isoformat()})
            session.merge(HubState(name=name, value=told))
