"""Reseal: everything that an old key sealed is sealed with the newest one, in small steps, while the hub runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, func, inspect, select, tuple_, update
from sqlalchemy.orm import Session

from core.gateway.hub import Hub, body_context
from core.gateway.vault import KEY_ID, SealBroken
from core.models import StoredDelivery
from core.models.inventory import sealed_columns
from core.services.failpoints import reach

STEP = 200


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many values got the newest key, and which rows (table.column: key) no key opens."""

    count: int
    closed: tuple[str, ...]


def reseal(hub: Hub, *, step: int = STEP) -> Resealed:
    """No value that can be opened is sealed with an old key afterwards, but for what another process sealed meanwhile.

    It may be killed anywhere and run again, twice at once, and beside a hub at work: a value that has changed since it
    was read is left to whoever changed it.
    """
    hub.vault.look()
    count, closed = 0, []
    for model, column in sealed_columns():
        for done, broken in _column(hub, model, column, step):
            count += done
            closed += broken
    return Resealed(count, tuple(closed))


def sealed_with(hub: Hub, key_id: str) -> dict[str, int]:
    """How many values each column holds that this key (in hex) sealed; columns without any are left out."""
    found = {}
    with hub.database.reading() as session:
        for model, column in sealed_columns():
            value = getattr(model, column.key)
            has_key = func.substr(value, 2, KEY_ID) == bytes.fromhex(key_id)
            count = session.scalar(select(func.count()).select_from(model).where(value.is_not(None), has_key)) or 0
            if count:
                found[f"{column.table.name}.{column.name}"] = count
    return found


def context_of(row: Any, column: Column[Any]) -> str:
    """What the value in this row's column is bound to."""
    if isinstance(row, StoredDelivery):
        return body_context(row.connection_id, row.key)
    return f"{column.table.name}.{column.name}:{':'.join(map(str, inspect(row).identity))}"


def _column(hub: Hub, model: type[Any], column: Column[Any], step: int) -> Iterator[tuple[int, list[str]]]:
    last: tuple[Any, ...] | None = None
    while True:
        with hub.database.transaction() as session:
            rows = _next(session, hub, model, column, last, step)
            outcomes = [_one(session, hub, model, column, row) for row in rows]
            if rows:
                last = inspect(rows[-1]).identity
            reach("reseal.before_commit")
        reach("reseal.after_commit")
        yield outcomes.count(""), [broken for broken in outcomes if broken]
        if len(rows) < step:
            return


def _next(
    session: Session, hub: Hub, model: type[Any], column: Column[Any], last: tuple[Any, ...] | None, step: int
) -> list[Any]:
    value, keys = getattr(model, column.key), list(inspect(model).primary_key)
    is_old = value.is_not(None) & (func.substr(value, 2, KEY_ID) != hub.vault.current)
    query = select(model).where(is_old).order_by(*keys).limit(step)
    return list(session.scalars(query.where(tuple_(*keys) > last) if last else query))


def _one(session: Session, hub: Hub, model: type[Any], column: Column[Any], row: Any) -> str:
    """Empty when the value has the newest key now, or else which one no key opens."""
    context, old = context_of(row, column), getattr(row, column.key)
    try:
        new = hub.vault.seal(hub.vault.open(old, context), context)
    except SealBroken:
        return context
    keys = zip(inspect(model).primary_key, inspect(row).identity, strict=True)
    same = [key == value for key, value in keys]
    unchanged = update(model).where(*same, getattr(model, column.key) == old).values({column.key: new})
    session.execute(unchanged.execution_options(synchronize_session=False))
    return ""
