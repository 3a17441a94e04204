"""Store returns: a shop's admin is sent to agree to the app, and comes back with a code, once and in time."""

import secrets
from datetime import timedelta
from functools import partial
from hashlib import sha256

from sqlalchemy import delete

from core.contract.store_app import Agreement, NotProven
from core.gateway.hub import Hub
from core.models import Connection, HubState
from core.services.store_apps import Shop, app_of, made, settle, shop_of, taken_back

PATIENCE = timedelta(minutes=10)
NAME = "store return"


def begin(hub: Hub, key: str, query: str) -> tuple[str, str]:
    """Where the admin whom the store sent has to go to agree, and the state that comes back with them.

    Raises `NotProven`, `LookupError` or `NeedsAttention`.
    """
    app = app_of(hub, key)
    shop = app.asks_to_install(query, hub.now())
    state = secrets.token_urlsafe(32)
    with hub.database.transaction() as session:
        session.execute(delete(HubState).where(HubState.name.startswith(NAME), HubState.value < _written(hub)))
        session.add(HubState(name=_name(key, state), value=f"{_written(hub, PATIENCE)} {shop}"))
    return app.authorize_url(shop, state, return_address(hub, key)), state


def finish(hub: Hub, key: str, query: str) -> Shop:
    """The admin who came back has agreed, and the shop is a merchant with a connection that works.

    Raises `NotProven` (and no token was asked for), `LookupError`, `TryLater` or `NeedsAttention`.
    """
    app = app_of(hub, key)
    agreement = app.agreed(query, hub.now())
    _redeem(hub, key, agreement)
    shop = shop_of(hub, key, agreement.shop) or made(hub, key, app, agreement.shop)
    own = hub.within(shop.merchant_id, f"an admin of {agreement.shop}")
    with own.database.reading() as session:
        connection = session.get_one(Connection, shop.connection_id)
    connection = taken_back(own, app, agreement.shop, connection)
    settle(own, connection, partial(app.redeem, agreement, return_address(hub, key)))
    return shop


def return_address(hub: Hub, key: str) -> str:
    """Where the store sends the admin back to; it has to be registered there."""
    return f"{hub.base_url.rstrip('/')}/store/{key}/back"


def _redeem(hub: Hub, key: str, agreement: Agreement) -> None:
    """The state was made here, for this shop, not long ago; it is worth nothing from now on. Raises `NotProven`."""
    redeemed = delete(HubState).where(HubState.name == _name(key, agreement.state)).returning(HubState.value)
    with hub.database.transaction() as session:
        told = session.execute(redeemed).scalar_one_or_none()
    until, _, shop = (told or "").partition(" ")
    if not told or until < _written(hub) or shop != agreement.shop:
        raise NotProven("this return belongs to no installation that was begun here, or it took too long: begin again")


def _name(key: str, state: str) -> str:
    return f"{NAME} {key} {sha256(state.encode()).hexdigest()}"


def _written(hub: Hub, later: timedelta = timedelta()) -> str:
    """A time that sorts as text."""
    return (hub.now() + later).strftime("%Y-%m-%dT%H:%M:%SZ")
