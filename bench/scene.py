"""The scene of a measurement: a migrated database with one connected shop, one campaign and a few advocates."""

import tomllib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select

from bench.orders import TOPIC, SignedOrder
from core.clock import system_clock
from core.contract.webhooks import WebhookRequest
from core.database import Database
from core.gateway.hub import Hub
from core.gateway.vault import Vault, load_keys
from core.migrations import migrate_database
from core.models import Connection, StoredDelivery, new_id
from core.services.campaigns import create_campaign, publish
from core.services.enroll import enroll
from core.services.inbox import delivery_row
from core.services.merchants import default_merchant

SHOP = "bench.myshopify.com"
SECRET = "not-a-secret"
CODES = ("ALICE-8F2K", "BRUNO-3D9Q", "CHIDI-5M7X", "DANA-6T4W")
TERMS = Path(__file__).parent / "terms.toml"


@dataclass(frozen=True, slots=True)
class Scene:
    """A database ready to be measured, and the key file that belongs to it."""

    name: str
    url: str
    key_file: Path
    connection_id: str

    def hub(self) -> Hub:
        """A hub on it, as `referhub` itself would open it."""
        database = Database(self.url)
        database.require_durability()
        return Hub(database=database, vault=Vault(load_keys(self.key_file)))


def set_scene(name: str, url: str, folder: Path) -> Scene:
    """The database at `url` has everything that a referred order needs to become two rewards."""
    key_file = folder / "secret.key"
    database = Database(url)
    migrate_database(database)
    hub = Hub(database=database, vault=Vault(load_keys(key_file)))
    connection_id = _connect(hub)
    terms = tomllib.loads(TERMS.read_text())
    create_campaign(hub, terms)
    publish(hub, terms["campaign"]["slug"], effective_at=hub.now() - timedelta(days=1))
    for code in CODES:
        enroll(hub, terms["campaign"]["slug"], email=f"{code.lower()}@example.com", code=code)
    database.close()
    return Scene(name, url, key_file, connection_id)


def _connect(hub: Hub) -> str:
    """Written straight into the table: nothing here speaks to a shop, so there is no shop to ask who it is."""
    values = {"shop": SHOP, "client_id": "bench", "client_secret": SECRET, "access_token": "unused"}
    connection_id = new_id()
    with hub.database.transaction() as session:
        session.add(
            Connection(
                id=connection_id,
                merchant_id=default_merchant(hub, session).id,
                connector="shopify",
                label=SHOP,
                config=hub.sealed_config(connection_id, values),
                source_id=SHOP,
                connected_at=hub.now(),
                account={"name": "Bench", "currency": "EUR", "missing_rights": [], "warnings": []},
            )
        )
    return connection_id


def stored_rows(hub: Hub, connection_id: str, orders: Iterable[SignedOrder]) -> list[dict[str, Any]]:
    """The rows that these orders become when they are accepted."""
    with hub.database.reading() as session:
        connection = session.get_one(Connection, connection_id)
    rows = []
    for order in orders:
        request = WebhookRequest("POST", "", "", headers_of(order), order.body, system_clock())
        for delivery in hub.connector(connection).receive(request).deliveries:
            rows.append(delivery_row(hub, connection_id, delivery, request.received_at))
    return rows


def lay_orders(hub: Hub, connection_id: str, orders: Iterable[SignedOrder]) -> None:
    """The orders are stored deliveries, due at once."""
    rows = stored_rows(hub, connection_id, orders)
    with hub.database.engine.begin() as connection:
        connection.execute(insert(StoredDelivery), rows)


def headers_of(order: SignedOrder) -> dict[str, str]:
    """The headers that the vendor sends along; the id is new at every call."""
    return {
        "content-type": "application/json",
        "x-shopify-topic": TOPIC,
        "x-shopify-shop-domain": SHOP,
        "x-shopify-api-version": "2026-10",
        "x-shopify-webhook-id": str(uuid.uuid4()),
        "x-shopify-triggered-at": system_clock().isoformat(),
        "x-shopify-hmac-sha256": order.signature,
    }


def stored_keys(engine: Engine) -> set[str]:
    """The keys of all deliveries on the table."""
    with engine.connect() as connection:
        return set(connection.scalars(select(StoredDelivery.key)))
