"""Store apps: whoever opens the app in a shop's admin finds that shop a merchant, with a connection that works.

Each step can be repeated, so a process that dies between two of them, or two tabs at once, leave nothing half done:
the next page goes on from there.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.contract.errors import ConnectorError, NeedsAttention, TryLater
from core.contract.keep import Keep
from core.contract.store_app import Staff, StoreApp
from core.gateway.hub import Hub
from core.models import AppInstallation, Connection, ConnectionStatus, Merchant, new_id
from core.services.audit import note
from core.services.connections import pause, settle_account, settling, test_connection
from core.services.failpoints import reach

log = logging.getLogger(__name__)
BEING_INSTALLED = "the app is being installed: open it once in the shop's admin"
MOST_NAMESAKES = 50


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that has the app: whose it is, and which connection serves it."""

    merchant_id: str
    merchant_name: str
    connection_id: str


def app_of(hub: Hub, key: str) -> StoreApp:
    """The app in the store of that kind. Raises `LookupError` without one, `NeedsAttention` when it is switched off."""
    app = hub.store_app(key)
    if app is None:
        raise LookupError(key)
    if key in hub.switched_off:
        raise NeedsAttention(f"{key} is switched off here for everybody")
    return app


def enter(hub: Hub, key: str, staff: Staff) -> Shop:
    """The shop of somebody who opened a page of the app. A new one is a merchant of its own from now on.

    Raises `NotProven` when the store does not take the proof, `TryLater` or `NeedsAttention` when a shop that never
    worked cannot be connected; what is wrong with one that did stands on its connection.
    """
    app = app_of(hub, key)
    shop = shop_of(hub, key, staff.shop) or made(hub, key, app, staff.shop)
    own = hub.within(shop.merchant_id, f"staff {staff.person} of {staff.shop}")
    connection = _connection(own, shop)
    is_settled = connection.source_id is not None and connection.status == ConnectionStatus.ACTIVE
    if is_settled and (not staff.is_arrival or _still_works(own, connection)):
        return shop
    connection = taken_back(own, app, staff.shop, connection)
    try:
        settle(own, connection, partial(app.grant, staff))
    except (TryLater, NeedsAttention) as problem:
        if connection.source_id is None:
            raise
        pause(own, connection.id, str(problem))
    return shop


def shop_of(hub: Hub, key: str, shop: str) -> Shop | None:
    """The shop of that name in the store, if it has the app."""
    query = (
        select(AppInstallation, Merchant.name)
        .join(Merchant, Merchant.id == AppInstallation.merchant_id)
        .where(AppInstallation.connector == key, AppInstallation.shop == shop)
    )
    with hub.database.reading() as session:
        found = session.execute(query).one_or_none()
    return Shop(found[0].merchant_id, found[1], found[0].connection_id) if found else None


def taken_back(own: Hub, app: StoreApp, shop: str, connection: Connection) -> Connection:
    """The connection as it can be given tokens: one that was disconnected here is on its way again."""
    if connection.disconnected_at is None:
        return connection
    with own.database.transaction() as session:
        row = session.get_one(Connection, connection.id)
        row.config = own.sealed_config(row.id, app.settings_for(shop))
        row.disconnected_at = None
        row.status, row.hint = ConnectionStatus.NEEDS_ATTENTION, BEING_INSTALLED
    return row


def settle(own: Hub, connection: Connection, give: Callable[[Keep], None]) -> None:
    """The connection works, with the tokens that `give` leaves in its `keep`; subscriptions follow at the next poll.

    Nothing is done where somebody was quicker since `connection` was read. Raises `NotProven`, `TryLater` or
    `NeedsAttention`.
    """
    with own.database.reading() as session:
        now = session.get_one(Connection, connection.id)
    if now.status == ConnectionStatus.ACTIVE and now.connected_at > connection.connected_at:
        return
    give(own.keep_of(connection.id))
    reach("store.after_tokens")
    account = own.connector(now).ping()
    with settling(own) as session:
        row = session.get_one(Connection, connection.id)
        settle_account(own, session, row, account)
        row.prepared_at = None
        note(session, row.merchant_id, "install", f"connection:{row.id}", f"{row.connector} {row.label}", own.now())
        session.flush()
        reach("store.before_commit")
    own.wake(connection.id)


def _still_works(own: Hub, connection: Connection) -> bool:
    """False when the store no longer lets us in: the app may have been removed and installed again unheard."""
    try:
        test_connection(own, connection.id)
    except NeedsAttention:
        return False
    except ConnectorError as problem:
        log.info("%s could not be looked up just now: %s", connection.id, type(problem).__name__)
    return True


def _connection(own: Hub, shop: Shop) -> Connection:
    with own.database.reading() as session:
        return session.get_one(Connection, shop.connection_id)


def made(hub: Hub, key: str, app: StoreApp, shop: str) -> Shop:
    """A merchant named after the shop, with a connection that waits for its tokens; one, whoever comes at once."""
    for number in range(1, MOST_NAMESAKES):
        try:
            with hub.database.transaction() as session:
                _add(hub, session, key, app, shop, shop if number == 1 else f"{shop} ({number})")
                session.flush()
                reach("store.before_merchant")
        except IntegrityError:  # somebody was quicker, or another merchant goes by that name
            log.info("%s has been made already, or its name is taken", shop)
        if found := shop_of(hub, key, shop):
            return found
    raise NeedsAttention(f"there are too many merchants called {shop}")


def _add(hub: Hub, session: Session, key: str, app: StoreApp, shop: str, name: str) -> None:
    now, merchant_id, connection_id = hub.now(), new_id(), new_id()
    session.add(Merchant(id=merchant_id, name=name, created_at=now))
    session.flush()
    connection = Connection(
        id=connection_id,
        merchant_id=merchant_id,
        connector=key,
        label=shop,
        config=hub.sealed_config(connection_id, app.settings_for(shop)),
        status=ConnectionStatus.NEEDS_ATTENTION,
        hint=BEING_INSTALLED,
        is_enabled=True,
        failures=0,
        connected_at=now,
    )
    session.add(connection)
    session.flush()
    placed = {"connector": key, "shop": shop, "connection_id": connection_id, "first_seen_at": now}
    session.add(AppInstallation(merchant_id=merchant_id, **placed))
