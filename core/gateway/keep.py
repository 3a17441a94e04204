"""What connectors keep, in the table: sealed, and changed by one process at a time without holding a transaction."""

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from core.clock import system_clock
from core.contract.errors import NeedsAttention, TryLater
from core.database import Database, Unavailable
from core.gateway.vault import Vault
from core.models import Connection, KeptText, new_id, owner_of

# Longer than any one call to a source may take, so that a turn ends only when its process died.
TURN = timedelta(seconds=60)
PATIENCE_SECONDS = 45.0
GLANCE_SECONDS = 0.02


class SharedKeep:
    """The `Keep` of one connection for all processes of the hub."""

    def __init__(self, database: Database, vault: Vault, connection_id: str) -> None:
        self._database = database
        self._vault = vault
        self._connection_id = connection_id

    def get(self, name: str) -> str | None:
        """What stands under the name, None if nothing does."""
        with self._database.reading() as session:
            row = session.get(KeptText, (self._connection_id, name))
        if row is None or row.text is None:
            return None
        return self._vault.open(row.text, self._context(name)).decode()

    def change(self, name: str, work: Callable[[str | None], str]) -> str:
        """As `Keep.change`: a turn is taken, `work` runs outside any transaction, and its text ends the turn.

        Raises `TryLater` when others keep their turns too long, or when our own turn ended before `work` did, and
        `NeedsAttention` for a connection that was disconnected.
        """
        owner = self._turn(name)
        try:
            text = work(self.get(name))
        except BaseException:
            self._end(name, owner, {})
            raise
        if not self._end_surely(name, owner, self._vault.seal(text.encode(), self._context(name))):
            raise TryLater(f"{name} was changed by another process meanwhile", timedelta(seconds=5))
        return text

    def put(self, session: Session, name: str, text: str) -> None:
        """This stands under the name once the transaction is committed; whose turn it was changes nothing any more."""
        sealed = self._vault.seal(text.encode(), self._context(name))
        session.execute(self._first(name, system_clock()))
        session.execute(self._named(name).values(text=sealed, owner="", until_at=system_clock()))

    def _turn(self, name: str) -> str:
        ends = time.monotonic() + PATIENCE_SECONDS
        while (owner := self._taken(name)) is None:
            if time.monotonic() > ends:
                raise TryLater(f"another process is busy with {name}", timedelta(seconds=5))
            time.sleep(GLANCE_SECONDS * (1 + random.random()))  # noqa: S311 - only to part those who wait
        return owner

    def _taken(self, name: str) -> str | None:
        owner, now = new_id(), system_clock()
        take = self._named(name).where(KeptText.until_at <= now).values(owner=owner, until_at=now + TURN)
        with self._database.transaction() as session:
            gone = select(Connection.disconnected_at).where(Connection.id == self._connection_id)
            if session.scalar(gone) is not None:  # a worker that comes late must not bring its tokens back
                raise NeedsAttention("this connection was disconnected: connect it again")
            session.execute(self._first(name, now))
            return session.execute(take.returning(KeptText.owner)).scalar_one_or_none()

    def _first(self, name: str, now: datetime) -> Any:
        return self._database.insert_once(KeptText).values(
            connection_id=self._connection_id,
            merchant_id=self._database.merchant_id or owner_of(self._connection_id),
            name=name,
            owner="",
            until_at=now,
        )

    def _named(self, name: str) -> Update:
        return update(KeptText).where(KeptText.connection_id == self._connection_id, KeptText.name == name)

    def _end_surely(self, name: str, owner: str, text: bytes) -> bool:
        """As `_end`, and not given up at once: a token that the source has rotated exists nowhere else."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._end(name, owner, {"text": text})
            except Unavailable:
                if time.monotonic() > ends:
                    raise
                time.sleep(GLANCE_SECONDS)

    def _end(self, name: str, owner: str, values: dict[str, bytes]) -> bool:
        end = self._named(name).where(KeptText.owner == owner).values(owner="", until_at=system_clock(), **values)
        with self._database.transaction() as session:
            return session.execute(end.returning(KeptText.name)).scalar_one_or_none() is not None

    def _context(self, name: str) -> str:
        return f"kept_texts.text:{self._connection_id}:{name}"
