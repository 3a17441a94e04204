"""Install: an admin is sent to the source to agree, and comes back with a code, once and in time."""

import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from core.contract.connector import SourceAccount
from core.contract.keep import Memory
from core.contract.parts import Installs, ProvesReturns
from core.contract.store_app import NotProven
from core.gateway.hub import Hub
from core.models import Connection, ConnectionStatus
from core.services.connections import (
    filled_in,
    find_or_make,
    hand_over,
    known_as,
    note_act,
    prepared,
    settle_account,
    settling,
)
from core.services.failpoints import reach

PATIENCE = timedelta(minutes=10)
STATE = "install"
BACK = "/dashboard/connect/back"
DONE = ""


class BadReturn(ValueError):
    """Whoever came back did not leave from here, or not lately; the text says what to do."""


def begin_install(hub: Hub, key: str, label: str, values: Mapping[str, str]) -> str | None:
    """Where an admin has to go to agree; None when the settings are enough and `connect` can be called.

    The connection is stored with its settings and waits. Raises `WrongSetting`.
    """
    known = known_as(hub, key, label)
    settings = filled_in(hub, key, known, values)
    keeps = known is not None and known.disconnected_at is None
    connector = hub.opened(key, settings, hub.keep_of(known.id) if known and keeps else None)
    if not isinstance(connector, Installs) or connector.is_installed():
        return None
    with hub.database.transaction() as session:
        row = find_or_make(hub, session, key, label)
        row.config = hub.sealed_config(row.id, settings)
        row.disconnected_at = None
        row.status, row.hint = ConnectionStatus.NEEDS_ATTENTION, f"an admin of {connector.label} has to agree first"
    return connector.authorize_url(_new_state(hub, row.id), return_address(hub))


def return_address(hub: Hub) -> str:
    """Where sources send the admin back to; it has to be registered there."""
    return f"{hub.base_url.rstrip('/')}{BACK}"


def finish_install(hub: Hub, state: str, code: str, query: str = "") -> tuple[Connection, SourceAccount, list[str]]:
    """The code is exchanged and the connection works. Nothing of a connection changes when anything is wrong.

    `query` is the whole of what the admin brought back, for sources that sign it.
    Raises `BadReturn`, or a `ConnectorError` such as `NeedsAttention` when another account agreed than before.
    """
    row = _redeemed(hub, state)
    tokens = Memory()
    connector = hub.opened(row.connector, hub.config_of(row), tokens)
    if not isinstance(connector, Installs):
        raise BadReturn("this kind of source is not connected that way")
    _refuse_forged(hub, connector, query)
    account = connector.exchange(code, return_address(hub))
    reach("install.after_code")
    with settling(hub) as session:
        row = session.get_one(Connection, row.id)
        settle_account(hub, session, row, account)
        note_act(session, hub, row, "connect")
        hand_over(hub, session, row, tokens)
        session.flush()
        reach("install.before_commit")
    reach("install.after_commit")
    return row, account, prepared(hub, row, hub.connector(row))


def _refuse_forged(hub: Hub, connector: Installs, query: str) -> None:
    if isinstance(connector, ProvesReturns):
        try:
            connector.prove_return(query, hub.now())
        except NotProven as problem:
            raise BadReturn(f"{problem}: begin again") from problem


def _new_state(hub: Hub, connection_id: str) -> str:
    secret = secrets.token_urlsafe(32)
    told = {"digest": _digest(secret), "until": (hub.now() + PATIENCE).isoformat()}
    hub.keep_of(connection_id).change(STATE, lambda _known: json.dumps(told))
    return f"{connection_id}.{secret}"


def _redeemed(hub: Hub, state: str) -> Connection:
    """The connection that the state was made for; the state is worth nothing from now on."""
    connection_id, _, secret = state.partition(".")
    with hub.database.reading() as session:
        row = session.get(Connection, connection_id)
    if row is None or not secret or not hub.keep_of(row.id).get(STATE):
        raise BadReturn("this return belongs to no installation that was begun here: begin again")

    def redeem(known: str | None) -> str:
        told = json.loads(known) if known else {"digest": "", "until": hub.now().isoformat()}
        if not hmac.compare_digest(told["digest"].encode(), _digest(secret).encode()):
            raise BadReturn("this return belongs to no installation that was begun here: begin again")
        if datetime.fromisoformat(told["until"]) <= hub.now():
            raise BadReturn("that took longer than ten minutes: begin again")
        return DONE

    hub.keep_of(row.id).change(STATE, redeem)
    return row


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
