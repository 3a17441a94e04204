"""Lists that stay fast however long they grow: newest first, cut by the id of the last row seen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

T = TypeVar("T")
Statement: TypeAlias = Select[*tuple[Any, ...]]
DEFAULT_SIZE = 25
LARGEST_SIZE = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list to read on: below the row with this id, or above it when `is_newer`."""

    id: str
    is_newer: bool = False


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """Some rows, newest first; `older` and `newer` are the places to read on, None at the ends."""

    rows: tuple[T, ...]
    older: Place | None = None
    newer: Place | None = None


def listing(
    session: Session,
    statement: Statement,
    key: InstrumentedAttribute[str],
    make: Callable[[Any], T],
    place: Place | None = None,
    size: int = DEFAULT_SIZE,
) -> Listing[T]:
    """At most `size` rows of `statement` from `place` on; `key` is a column of ids that grow with time."""
    size = max(1, min(size, LARGEST_SIZE))
    newer = place is not None and place.is_newer
    found = list(session.execute(_cut(statement, key, place).add_columns(key.label("_key")).limit(size + 1)))
    has_more, found = len(found) > size, found[:size]
    if newer:
        found.reverse()
    has_older, has_newer = (True, has_more) if newer else (has_more, place is not None)
    return Listing(
        tuple(make(row) for row in found),
        Place(found[-1]._key) if found and has_older else None,
        Place(found[0]._key, is_newer=True) if found and has_newer else None,
    )


def _cut(statement: Statement, key: InstrumentedAttribute[str], place: Place | None) -> Statement:
    if place is None:
        return statement.order_by(key.desc())
    if place.is_newer:
        return statement.where(key > place.id).order_by(key.asc())
    return statement.where(key < place.id).order_by(key.desc())


def counted(session: Session, statement: Statement) -> dict[str, int]:
    """The answer of a `select(word, count)` as a mapping."""
    return {str(word): int(count) for word, count in session.execute(statement)}
