"""Connections: connect a source, test it, switch it on and off, and pause it when a person has to act."""

import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.contract.connector import Connector, SourceAccount
from core.contract.errors import ConnectorError, Mendable, NeedsAttention, WrongSetting
from core.contract.keep import Memory
from core.contract.parts import Prepares, abilities
from core.contract.settings import settings_of
from core.gateway.hub import Hub
from core.gateway.registry import connector_class
from core.models import Connection, ConnectionStatus, KeptText, new_id
from core.services.audit import note
from core.services.merchants import default_merchant

log = logging.getLogger(__name__)


class NotFound(Mendable, LookupError):
    """Nothing has that name; the text says what there is."""


def connect(hub: Hub, key: str, label: str, values: Mapping[str, str]) -> tuple[Connection, SourceAccount, list[str]]:
    """The source is connected (or connected anew, with fresh credentials), tested and prepared.

    Returns the row, who the source says we are, and what `prepare` found. Raises `WrongSetting` or another
    `ConnectorError`; nothing is stored then.
    """
    known = known_as(hub, key, label)
    values = filled_in(hub, key, known, values)
    first_texts = Memory()
    keeps = known is not None and known.disconnected_at is None
    connector = hub.opened(key, values, hub.keep_of(known.id) if known and keeps else first_texts)
    account = connector.ping()
    with settling(hub) as session:
        row = find_or_make(hub, session, key, label)
        settle_account(hub, session, row, account)
        row.config = hub.sealed_config(row.id, values)
        note_act(session, hub, row, "connect")
        hand_over(hub, session, row, first_texts)
    return row, account, prepared(hub, row, connector)


def hand_over(hub: Hub, session: Session, row: Connection, remembered: Memory) -> None:
    """What a connector remembered before its connection was settled (its tokens, its account) is kept with it.

    Part of the transaction that settles it: tokens of another account never lie among this connection's, and no
    worker finds a connection that works and has none yet.
    """
    session.flush()
    for name, text in remembered.texts().items():
        hub.keep_of(row.id).put(session, name, text)


def known_as(hub: Hub, key: str, label: str) -> Connection | None:
    """The connection of that kind with that label, if there is one."""
    with hub.database.reading() as session:
        return session.scalars(select(Connection).filter_by(connector=key, label=label)).one_or_none()


def filled_in(hub: Hub, key: str, known: Connection | None, values: Mapping[str, str]) -> dict[str, str]:
    """The settings with those that the hub makes up: the ones in use stay, new ones cannot be guessed."""
    kept = hub.config_of(known) if known else {}
    made_up = [spec.name for spec in settings_of(connector_class(key).config_class) if spec.is_generated]
    return {**{name: kept.get(name) or secrets.token_urlsafe(32) for name in made_up}, **values}


def find_or_make(hub: Hub, session: Session, key: str, label: str) -> Connection:
    """The connection of that kind with that label, made if there is none; part of a transaction."""
    merchant = default_merchant(hub, session)
    query = select(Connection).filter_by(merchant_id=merchant.id, connector=key, label=label)
    row = session.scalars(query).one_or_none()
    if row is None:
        row = Connection(id=new_id(), merchant_id=merchant.id, connector=key, label=label, is_enabled=True, failures=0)
        row.connected_at = hub.now()
        session.add(row)
    return row


@contextmanager
def settling(hub: Hub) -> Iterator[Session]:
    """A transaction for `settle_account`. Raises `NeedsAttention` when that account is in use already.

    It may be another merchant's, of whom nothing is said: whoever gets here holds the account's credentials.
    """
    try:
        with hub.database.transaction() as session:
            yield session
    except IntegrityError as problem:
        raise NeedsAttention(
            "this account is in use on this hub already, or is being connected just now: one account is served once. "
            "See `referhub connections list`; if it is not there, disconnect it where it was connected before"
        ) from problem


def settle_account(hub: Hub, session: Session, row: Connection, account: SourceAccount) -> None:
    """The connection works with that account from now on. Raises `NeedsAttention` when it is another one than before,
    or connected under another label already."""
    if row.source_id is None:
        _refuse_twice(session, row.merchant_id, row.connector, account)
    elif row.source_id != account.source_id:
        raise NeedsAttention(
            f"{row.label!r} is connected to {row.source_id}; choose another label for {account.source_id}"
        )
    row.source_id, row.connected_at = account.source_id, hub.now()
    row.status, row.hint, row.disconnected_at = ConnectionStatus.ACTIVE, None, None
    row.account = _told(account)
    row.next_poll_at = row.prepared_at = row.people_due_at = hub.now()


def rotate(hub: Hub, name: str, overlap: timedelta) -> tuple[Connection, datetime]:
    """The texts that the hub made up are new; the old ones work until the time that is returned.

    Raises `NotFound`, or `WrongSetting` where there is nothing to rotate.
    """
    with hub.database.transaction() as session:
        row = find(session, name)
        values, until = hub.config_of(row), hub.now() + overlap
        specs = settings_of(connector_class(row.connector).config_class)
        names = {spec.name for spec in specs}
        made_up = [spec.name for spec in specs if spec.is_generated and f"previous_{spec.name}_until" in names]
        if not made_up:
            raise WrongSetting(
                f"{row.label} has no secret of the hub's own: rotate it at the source, then connect anew"
            )
        for one in made_up:
            values |= {f"previous_{one}": values[one], f"previous_{one}_until": until.isoformat()}
            values[one] = secrets.token_urlsafe(32)
        row.config = hub.sealed_config(row.id, values)
        note_act(session, hub, row, "rotate")
        return row, until


def rotated_address(hub: Hub, name: str, overlap: timedelta) -> tuple[str, datetime]:
    """As `rotate`; the new address, and until when the old one works."""
    row, until = rotate(hub, name, overlap)
    return webhook_url(hub, row), until


def webhook_url(hub: Hub, row: Connection) -> str:
    """Where the source has to send its webhooks, secret part and all."""
    return hub.webhook_url(row.id, hub.connector(row).webhook_path())


def prepared(hub: Hub, row: Connection, connector: Connector) -> list[str]:
    """The source is made ready; what is still missing there, in plain words."""
    if not isinstance(connector, Prepares):
        return []
    return list(connector.prepare(hub.webhook_url(row.id, connector.webhook_path())))


def _refuse_twice(session: Session, merchant_id: str, key: str, account: SourceAccount) -> None:
    """One source under two labels would count and reward every order twice. Raises `NeedsAttention`."""
    query = select(Connection).filter_by(merchant_id=merchant_id, connector=key, source_id=account.source_id)
    known = session.scalars(query).first()
    if known is not None:
        raise NeedsAttention(f"{account.name} is connected already: use its label {known.label!r} to connect it anew")


def test_connection(hub: Hub, connection_id: str) -> SourceAccount:
    """The source answers and the connection works again; raises what stands in the way."""
    with hub.database.reading() as session:
        row = find(session, connection_id)
    try:
        account = hub.connector(row).ping()
    except NeedsAttention as problem:
        pause(hub, row.id, problem.hint)
        raise
    with hub.database.transaction() as session:
        row = find(session, connection_id)
        row.account = _told(account)
        if row.status == ConnectionStatus.NEEDS_ATTENTION:
            row.status, row.hint, row.failures = ConnectionStatus.ACTIVE, None, 0
        note_act(session, hub, row, "test")
    return account


test_connection.__test__ = False  # type: ignore[attr-defined]  # a verb, not a test


def switch(hub: Hub, connection_id: str, *, on: bool) -> Connection:
    """Workers serve the connection, or leave it alone; what arrives meanwhile is kept."""
    with hub.database.transaction() as session:
        row = find(session, connection_id)
        row.is_enabled = on
        note_act(session, hub, row, "enable" if on else "disable")
        return row


def pause(hub: Hub, connection_id: str, hint: str) -> None:
    """The connection waits for a person, who is told what to do; what arrives meanwhile is kept."""
    with hub.database.transaction() as session:
        row = session.get_one(Connection, connection_id)
        if row.status == ConnectionStatus.ACTIVE:
            row.status, row.hint = ConnectionStatus.NEEDS_ATTENTION, hint[:500]


def find(session: Session, name: str) -> Connection:
    """The connection with that id or label. Raises `NotFound`."""
    query = select(Connection).where((Connection.id == name) | (Connection.label == name))
    found = list(session.scalars(query))
    if len(found) == 1:
        return found[0]
    labels = ", ".join(session.scalars(select(Connection.label))) or "nothing yet"
    how_many = f"{len(found)} connections are" if found else "no connection is"
    raise NotFound(f"{how_many} called {name!r}; connected: {labels}")


def abilities_of(key: str) -> frozenset[str]:
    """The optional parts of the contract that connectors of that key have, by name; none when it cannot be loaded."""
    try:
        return frozenset(abilities(connector_class(key)))
    except WrongSetting:
        return frozenset()


def refresh_account(hub: Hub, connection: Connection) -> None:
    """What the source says of itself is asked again after it changed; trouble is only noted."""
    try:
        test_connection(hub, connection.id)
    except ConnectorError:
        return
    except Exception:  # a connector's bug is no reason to leave the other chores undone
        log.exception("%s could not be asked who it is", connection.id)


def _told(account: SourceAccount) -> dict[str, object]:
    return {
        "name": account.name,
        "currency": account.currency,
        "missing_rights": list(account.missing_rights),
        "warnings": list(account.warnings),
    }


def forget_credentials(hub: Hub, session: Session, row: Connection) -> None:
    """No setting, no token and nothing that the source last said of its limits is left of the connection."""
    row.config, row.usage = hub.sealed_config(row.id, {}), None
    session.execute(delete(KeptText).where(KeptText.connection_id == row.id))


def note_act(session: Session, hub: Hub, row: Connection, verb: str, more: str = "") -> None:
    """What was done to the connection stands in the trail."""
    detail = f"{row.connector} {row.label}{more}"
    note(session, row.merchant_id, verb, f"connection:{row.id}", detail, hub.now())
