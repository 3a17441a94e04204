"""Ceilings: the same rows written by the bare driver, everything computed beforehand, as durably as the product.

What the machine and the database could do at best, so that a ratio to it says what the product itself costs.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, Column, Table

from bench.orders import SignedOrder
from bench.scene import Scene, stored_rows
from core.database import Database
from core.models import Base, StoredDelivery

BATCH = 200
WALLED = "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = current_schema()::regnamespace"
Row = tuple[Any, ...]
DELIVERIES: Table = Base.metadata.tables[StoredDelivery.__tablename__]
# Rows that exist before a decision and are changed by it, and what it changes.
CHANGED: Mapping[str, tuple[str, ...]] = {
    "deliveries": ("state", "attempts", "read_at", "reason"),
    "merchants": ("ledger_length", "ledger_hash"),
    "balances": ("amount_minor",),
    "allowances": ("used", "version"),
}


@dataclass(slots=True)
class Rows:
    """Rows by table as the driver gives and takes them, ordered by id, which is the order of their making."""

    added: dict[str, list[Row]] = field(default_factory=dict)
    changed: dict[str, list[Row]] = field(default_factory=dict)


class Driver:
    """One bare connection of the database's driver."""

    def __init__(self, database: Database) -> None:
        self._mark = "?" if database.is_sqlite else "%s"
        self._is_sqlite = database.is_sqlite
        self._pooled = database.engine.raw_connection()
        self.cursor: Any = self._pooled.cursor()
        self._turn_walls("NO FORCE")

    def close(self) -> None:
        """The connection goes back to its pool."""
        self._turn_walls("FORCE")
        self._pooled.close()

    def _turn_walls(self, forced: str) -> None:
        """PostgreSQL refuses COPY behind row-level security, so the tables' owner steps before it for the ceiling."""
        if self._is_sqlite:
            return
        self.cursor.execute(WALLED)
        for (table,) in self.cursor.fetchall():
            self.cursor.execute(f'ALTER TABLE "{table}" {forced} ROW LEVEL SECURITY')
        self.commit()

    def begin(self) -> None:
        """PostgreSQL's driver begins by itself."""
        if self._is_sqlite:
            self.cursor.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """On disk when this returns."""
        self._pooled.commit()

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """The rows are added the quickest way each driver knows: a repeated statement, or PostgreSQL's COPY."""
        if self._is_sqlite:
            marks = ", ".join("?" for _ in table.columns)
            self.cursor.executemany(f"INSERT INTO {table.name} ({_names(table)}) VALUES ({marks})", rows)
        elif rows:
            with self.cursor.copy(f"COPY {table.name} ({_names(table)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

    def update(self, table: Table, columns: Sequence[str]) -> str:
        """The statement that sets these columns of the row whose id comes last."""
        sets = ", ".join(f'"{name}" = {self._marked(table.columns[name])}' for name in columns)
        return f"UPDATE {table.name} SET {sets} WHERE id = {self._mark}"

    def delete(self, table: Table) -> str:
        """The statement that takes a row away by its id."""
        return f"DELETE FROM {table.name} WHERE id = {self._mark}"

    def read(self, table: Table, columns: Sequence[str] | None = None) -> list[Row]:
        """All rows, in the order of their ids."""
        wanted = [table.columns[name] for name in columns] if columns else list(table.columns)
        told = ", ".join(self._read(column) for column in wanted)
        self.cursor.execute(f"SELECT {told} FROM {table.name} ORDER BY id")
        return list(self.cursor.fetchall())

    def _marked(self, column: Column[Any]) -> str:
        return f"{self._mark}::jsonb" if self._is_json(column) else self._mark

    def _read(self, column: Column[Any]) -> str:
        return f'"{column.name}"::text' if self._is_json(column) else f'"{column.name}"'

    def _is_json(self, column: Column[Any]) -> bool:
        return not self._is_sqlite and isinstance(column.type, JSON)


def delivery_rows(scene: Scene, orders: list[SignedOrder]) -> list[Row]:
    """The rows that these orders become when they are accepted, as the driver takes them."""
    hub = scene.hub()
    dialect = hub.database.engine.dialect
    bound = [(column.name, column.type.dialect_impl(dialect).bind_processor(dialect)) for column in DELIVERIES.columns]
    rows = [
        tuple(bind(row.get(name)) if bind else row.get(name) for name, bind in bound)
        for row in stored_rows(hub, scene.connection_id, orders)
    ]
    hub.database.close()
    return rows


def commit_rows(database: Database, rows: Sequence[Row], *, group: int) -> float:
    """Deliveries per second when `group` of them share one commit. The rows are gone again afterwards."""
    driver = Driver(database)
    started = time.perf_counter()
    for start in range(0, len(rows), group):
        driver.begin()
        driver.insert(DELIVERIES, rows[start : start + group])
        driver.commit()
    took = time.perf_counter() - started
    driver.begin()
    driver.cursor.executemany(driver.delete(DELIVERIES), [row[:1] for row in rows])
    driver.commit()
    driver.close()
    return len(rows) / took


def rows_between(before: Database, after: Database) -> Rows:
    """What one database has more than, or other than, the other."""
    old, new = Driver(before), Driver(after)
    rows = Rows()
    for table in Base.metadata.sorted_tables:
        if "id" not in table.columns:
            continue
        known = {row[0]: row for row in old.read(table, ["id", *CHANGED.get(table.name, ())])}
        rows.added[table.name] = [row for row in new.read(table) if row[0] not in known]
        if columns := CHANGED.get(table.name):
            found = new.read(table, ["id", *columns])
            rows.changed[table.name] = [(*row[1:], row[0]) for row in found if known.get(row[0], row) != row]
    old.close()
    new.close()
    return rows


def write_rows(database: Database, rows: Rows, events: int) -> float:
    """Events per second when the rows of 200 events at a time are written in one commit."""
    driver = Driver(database)
    tables = Base.metadata.tables
    inserts = [(tables[name], added, len(added)) for name, added in rows.added.items() if added]
    updates = [(driver.update(tables[name], CHANGED[name]), told) for name, told in rows.changed.items() if told]
    started = time.perf_counter()
    batches = -(-events // BATCH)
    for number in range(batches):
        driver.begin()
        for table, added, count in inserts:
            driver.insert(table, added[count * number // batches : count * (number + 1) // batches])
        for statement, told in updates:
            driver.cursor.executemany(statement, _share(told, number, batches))
        driver.commit()
    took = time.perf_counter() - started
    driver.close()
    return events / took


def _share(told: list[Row], number: int, batches: int) -> list[Row]:
    """A batch's part of many rows, or the few rows that every batch changes."""
    if len(told) <= batches:
        return told
    return told[len(told) * number // batches : len(told) * (number + 1) // batches]


def _names(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)
