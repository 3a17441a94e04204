"""Rows as they travel between databases: every table as lines of JSON, the same from SQLite and from PostgreSQL."""

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, Table, column, insert, select, table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from core.contract.errors import Mendable
from core.models import Base
from core.models.base import UtcTime

BATCH = 500
# An empty value travels as NULL, never as JSON's own null.
NULLABLE_JSON = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class OtherShape(Mendable, ValueError):
    """The rows come from a hub whose tables are not shaped like these; the text says which version is needed."""


def tables() -> list[Table]:
    """All tables, those first that others point at."""
    return list(Base.metadata.sorted_tables)


def shape() -> str:
    """Names the shape of all tables: the same for two programs that can read each other's rows."""
    told = [f"{one.name}.{part.name}:{_kind(part)}" for one in tables() for part in one.columns]
    return sha256("\n".join(sorted(told)).encode()).hexdigest()[:16]


def carried(session: Session) -> Iterator[str]:
    """One line per row, behind a line for each table that names its columns."""
    connection = session.connection().execution_options(stream_results=True, yield_per=BATCH)
    for one in tables():
        yield json.dumps({"table": one.name, "columns": [part.name for part in one.columns]})
        kinds = [_kind(part) for part in one.columns]
        for row in connection.execute(select(one).order_by(*one.primary_key.columns)):
            told = [_told(value, kind) for value, kind in zip(row, kinds, strict=True)]
            yield json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def put_in(session: Session, lines: Iterable[str]) -> dict[str, int]:
    """The rows are in their tables; returns how many of each. Raises `OtherShape`."""
    counts: dict[str, int] = {}
    into: _Batch | None = None
    for line in lines:
        told = json.loads(line)
        if isinstance(told, dict):
            if into:
                into.write(session)
            into = _Batch(told)
            counts[into.name] = 0
        elif into is None:
            raise OtherShape("a row stands before any table")
        else:
            counts[into.name] += 1
            into.add(session, told)
    if into:
        into.write(session)
    return counts


class _Batch:
    """Rows of one table that are written together."""

    def __init__(self, told: dict[str, Any]) -> None:
        known = Base.metadata.tables.get(told["table"])
        if known is None or [part.name for part in known.columns] != told["columns"]:
            raise OtherShape(f"the table {told['table']} is another one here")
        self.name = known.name
        self._columns = list(known.columns)
        self._kinds = [_kind(part) for part in self._columns]
        shaped = (
            column(part.name, NULLABLE_JSON if kind == "json" else part.type)
            for part, kind in zip(self._columns, self._kinds, strict=True)
        )
        self._insert = insert(table(known.name, *shaped))
        self._rows: list[dict[str, Any]] = []

    def add(self, session: Session, told: list[Any]) -> None:
        named = zip(self._columns, self._kinds, told, strict=True)
        self._rows.append({part.name: _meant(value, kind) for part, kind, value in named})
        if len(self._rows) >= BATCH:
            self.write(session)

    def write(self, session: Session) -> None:
        if self._rows:
            session.connection().execute(self._insert, self._rows)
            self._rows = []


def _kind(part: Column[Any]) -> str:
    kinds = {"time": UtcTime, "bytes": LargeBinary, "json": JSON}
    return next((name for name, kind in kinds.items() if isinstance(part.type, kind)), "plain")


def _told(value: Any, kind: str) -> Any:
    if value is None or kind in ("json", "plain"):
        return value
    return value.astimezone(UTC).isoformat() if kind == "time" else base64.b64encode(value).decode()


def _meant(value: Any, kind: str) -> Any:
    if value is None or kind in ("json", "plain"):
        return value
    return datetime.fromisoformat(value) if kind == "time" else base64.b64decode(value)
