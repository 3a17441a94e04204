"""What all tables share: the base class, ids, and columns for times and sealed values."""

import os
import threading
import time
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, ForeignKey, LargeBinary, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class _Noise(threading.local):
    """Random numbers of 64 bits, asked of the system for many ids at once: one call each costs more than the id."""

    def __init__(self) -> None:
        self.left: list[int] = []

    def take(self) -> int:
        if not self.left:
            drawn = os.urandom(8 * 64)
            self.left = [int.from_bytes(drawn[start : start + 8], "big") for start in range(0, len(drawn), 8)]
        return self.left.pop()


_noise = _Noise()
os.register_at_fork(after_in_child=lambda: _noise.left.clear())  # parent and child must not draw the same


def new_id() -> str:
    """A UUIDv7 in hex: unique without asking anyone, and sorted by the time it was made.

    The time is told to a quarter of a microsecond (RFC 9562, 6.2, method 3), so that what one process makes in one
    millisecond is sorted, too.
    """
    stamp, rest = divmod(time.time_ns(), 1_000_000)
    fraction, low = (rest << 12) // 1_000_000, _noise.take() & (1 << 62) - 1
    return f"{stamp << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | low:032x}"


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time. A naive one is refused: nobody knows which hour it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _in_utc(value)

    def bind_processor(self, dialect: Dialect) -> Any:
        # SQLAlchemy writes SQLite's times field by field in Python, and every event has a score of them.
        return _sqlite_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return value.astimezone(UTC)


def _sqlite_text(value: datetime | None) -> str | None:
    return None if value is None else _in_utc(value).replace(tzinfo=None).isoformat(" ", "microseconds")


Json = JSON().with_variant(JSONB(), "postgresql")
Id = Annotated[str, mapped_column(String(32), primary_key=True, default=new_id)]
Minor = Annotated[int, mapped_column(BigInteger)]


def reference(target: str, **options: Any) -> Any:
    """A column that points at another row; checked at commit, so rows may be written in any order."""
    return mapped_column(ForeignKey(target, deferrable=True, initially="DEFERRED"), **options)


SCOPE = "referhub_merchant"


def of_the_scope(context: Any) -> str | None:
    """The merchant of the scoped session that inserts; None without one, and then the table refuses the row."""
    scope: str | None = context.execution_options.get(SCOPE)
    return scope


class OfMerchant:
    """A row that belongs to one merchant: a session with a scope sees and writes only those of its own."""

    @declared_attr
    def merchant_id(cls) -> Mapped[str]:  # noqa: N805 - SQLAlchemy passes the class
        return mapped_column(ForeignKey("merchants.id", deferrable=True, initially="DEFERRED"), default=of_the_scope)


class Base(DeclarativeBase):
    """Every row of the long table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy, never changed
        datetime: UtcTime(),
        dict[str, Any]: Json,
        list[Any]: Json,
        bytes: LargeBinary(),
    }
