"""The hub: what every verb needs in its hand: the database, the clock, the vault, and a way to open connections."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from core.clock import Clock, system_clock
from core.contract.connector import Connector
from core.contract.errors import NeedsAttention, WrongSetting
from core.contract.http import Http
from core.contract.keep import Keep
from core.contract.money import Money
from core.contract.settings import config_from
from core.contract.store_app import StoreApp
from core.database import Database
from core.gateway.backup_plan import BackupPlan
from core.gateway.erasure_journal import ErasureJournal
from core.gateway.keep import SharedKeep
from core.gateway.keeping import Keeping
from core.gateway.registry import connector_class
from core.gateway.vault import Vault
from core.gateway.way_out import way_out
from core.models import Connection, ConnectionStatus
from core.rules.switches import Switches


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the hub waits for what."""

    quiet: timedelta = timedelta(minutes=2)
    between_looks: timedelta = timedelta(minutes=1)
    poll_every: timedelta = timedelta(minutes=15)
    check_every: timedelta = timedelta(minutes=15)
    lease: timedelta = timedelta(seconds=90)


@dataclass
class Hub:
    """Passed as the first argument to every service. `wake` is a hint to the worker that may be lost."""

    database: Database
    vault: Vault
    clock: Clock = system_clock
    base_url: str = "http://127.0.0.1:8000"
    is_sandbox: bool = False
    must_rehearse: bool = False
    rehearsals_folder: Path | None = None
    timings: Timings = field(default_factory=Timings)
    switches: Switches = field(default_factory=Switches)
    http_factory: Callable[[], Http] = way_out
    wake: Callable[[str], None] = lambda _connection_id: None
    actor: str = ""
    backups: BackupPlan | None = None
    second_person_above: Mapping[str, Money] = field(default_factory=dict)
    app_settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    keeping: Keeping = field(default_factory=Keeping)
    journal: ErasureJournal = field(default_factory=ErasureJournal)
    _merchants: dict[str, str] = field(default_factory=dict)
    _open: dict[str, tuple[bytes, Connector]] = field(default_factory=dict)
    _apps: dict[str, StoreApp] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        """Aware UTC by the hub's clock."""
        return self.clock()

    @property
    def merchant_id(self) -> str | None:
        """Whose hub this is; None for the whole house's."""
        return self.database.merchant_id

    def within(self, merchant_id: str, actor: str = "") -> "Hub":
        """The hub of that merchant alone, for `actor` if one is named: nobody else's rows are seen or written.

        Raises `WrongMerchant` when it is another merchant's already.
        """
        if self.merchant_id == merchant_id and actor in ("", self.actor):
            return self
        return replace(self, database=self.database.within(merchant_id, actor), actor=actor or self.actor)

    def acting(self, actor: str) -> "Hub":
        """The same hub for `actor`, under whose name acts are noted."""
        return replace(self, database=self.database.acting(actor), actor=actor)

    def merchant_of(self, connection_id: str) -> str:
        """Whose connection it is; that never changes. Raises `LookupError` for one that this hub does not see."""
        if self.merchant_id is not None:
            return self.merchant_id
        known = self._merchants.get(connection_id)
        if known is None:
            with self.database.reading() as session:
                known = session.scalar(select(Connection.merchant_id).where(Connection.id == connection_id))
            if known is None:
                raise LookupError(connection_id)
            self._merchants[connection_id] = known
        return known

    def is_on(self, connection: Connection) -> bool:
        """True when workers may call the source: nobody switched it off, and it waits for no person."""
        is_on = self.switches.is_on(connection.connector, connection.label, wanted=connection.is_enabled)
        return is_on and connection.status == ConnectionStatus.ACTIVE

    @property
    def switched_off(self) -> frozenset[str]:
        """The kinds of connectors that the settings switch off."""
        return self.switches.off_kinds()

    def connector(self, connection: Connection) -> Connector:
        """The connection's connector, opened once and again whenever its credentials change.

        Raises `NeedsAttention` when it cannot be opened any more: it was disconnected, or its package is broken or
        gone, or asks for more.
        """
        # Without credentials a shop of a store's app can still be read: what the law asks for comes after it has left.
        if connection.disconnected_at is not None and not self.config_of(connection):
            raise NeedsAttention(f"{connection.label} was disconnected: connect it again under the same label")
        with self._lock:
            own = self.within(connection.merchant_id)
            known = self._open.get(connection.id)
            if known and known[0] == connection.config:
                return known[1]
            try:
                opened = self.opened(connection.connector, self.config_of(connection), own.keep_of(connection.id))
            except WrongSetting as problem:
                mended = f"once that is mended, run `referhub connections test {connection.label}`"
                raise NeedsAttention(f"{problem}; {mended}") from problem
            self._open[connection.id] = (connection.config, opened)
            return opened

    def opened(self, key: str, values: Mapping[str, str], keep: Keep | None = None) -> Connector:
        """A connector of that kind with these settings, remembering in `keep` or by itself. Raises `WrongSetting`."""
        kind = connector_class(key)
        app = self.store_app(key)
        filled = app.completed(values) if app else values
        connector = kind(config_from(kind.config_class, filled), self.http_factory())
        connector.keep = keep or connector.keep
        return connector

    def store_app(self, key: str) -> StoreApp | None:
        """The app in the store of that kind, as the settings `[connectors.<key>.app]` describe it; None without any.

        Raises `WrongSetting`.
        """
        values = self.app_settings.get(key)
        if values is None:
            return None
        if key not in self._apps:
            kind = connector_class(key).store_app
            if kind is None:
                raise WrongSetting(f"connectors.{key}.app: {key} knows no app in a store; take these settings out")
            self._apps[key] = kind(config_from(kind.config_class, values), self.http_factory())
        return self._apps[key]

    def keep_of(self, connection_id: str) -> SharedKeep:
        """What the connection's connector remembers, shared by all processes."""
        return SharedKeep(self.database, self.vault, connection_id)

    def config_of(self, connection: Connection) -> dict[str, str]:
        """The connection's settings in the clear."""
        values: dict[str, str] = json.loads(self.vault.open(connection.config, config_context(connection.id)))
        return values

    def sealed_config(self, connection_id: str, values: Mapping[str, str]) -> bytes:
        """The settings as the table keeps them."""
        return self.vault.seal(json.dumps(dict(values)).encode(), config_context(connection_id))

    def webhook_url(self, connection_id: str, path: str = "") -> str:
        """Where the source sends its webhooks; `path` is what its connector asks to be added."""
        return "/".join(filter(None, [self.base_url.rstrip("/"), "hooks", connection_id, path]))


def config_context(connection_id: str) -> str:
    """What a connection's sealed settings are bound to."""
    return f"connections.config:{connection_id}"


def body_context(connection_id: str, key: str) -> str:
    """What a delivery's sealed body is bound to."""
    return f"deliveries.body:{connection_id}:{key}"
