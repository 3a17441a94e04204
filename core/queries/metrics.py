"""Metrics: how the whole house is doing in numbers, asked from the database at the moment somebody wants to know."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from core.models import Assessment, Connection, HubState, Merchant, Push, Reward, StoredDelivery, SyncedRecord
from core.queries.steering import in_state

# What is done with is not counted: that would mean reading all of it, every quarter of a minute, for ever.
WAITING = ("stored", "unreadable")
UNDER_WAY = ("intended", "sent", "unknown", "parked")
OWED = ("held", "due", "review")


@dataclass(frozen=True, slots=True)
class Measure:
    """One gauge: what it counts, and its values by label. No label names a person or a merchant."""

    name: str
    help: str
    labels: tuple[str, ...]
    values: tuple[tuple[tuple[str, ...], float], ...]


def measures(session: Session, now: datetime) -> list[Measure]:
    """All of them at `now`. Eleven statements, each answered from an index or a small table."""
    return [
        _by_state("deliveries", "Deliveries that are not read, by state", session, StoredDelivery, WAITING),
        _by_state("pushes", "Payments and take-backs that are not settled, by state", session, Push, UNDER_WAY),
        _by_state("rewards", "Rewards that are not paid, by state", session, Reward, OWED),
        _counted("reward_minor_units", "What they are worth", ("state", "currency"), session, _owed()),
        _counted("connections", "Connections by kind and health", ("connector", "health"), session, _connections()),
        _counted("refused_requests", "Webhook requests without proof", ("connector",), session, _refused()),
        _counted("parked_records", "Records a field could not be written to", ("connector",), session, _parked()),
        _one("oldest_delivery_seconds", "Age of the oldest due delivery not yet read", _age(session, now, _unread())),
        _one("oldest_push_seconds", "How long the oldest payment has been due", _age(session, now, _unpaid())),
        _one("oldest_unknown_push_seconds", "Age of the oldest unanswered payment", _age(session, now, _unknown())),
        _one("oldest_fraud_case_seconds", "How long the oldest fraud case has waited", _age(session, now, _case())),
        *_state_of_the_house(session, now),
    ]


def _counted(name: str, text: str, labels: tuple[str, ...], session: Session, query: Any) -> Measure:
    rows: Iterable[Sequence[Any]] = session.execute(query).all()
    values = tuple((tuple(str(label) for label in row[:-1]), float(row[-1] or 0)) for row in rows)
    return Measure(f"referhub_{name}", text, labels, values)


def _one(name: str, text: str, value: float) -> Measure:
    return Measure(f"referhub_{name}", text, (), (((), value),))


def _by_state(name: str, text: str, session: Session, table: Any, states: Sequence[str]) -> Measure:
    """A state that nothing is in is a 0 rather than a gap, so that an alarm can see it come and go."""
    counts = {state: session.scalar(select(func.count(table.id)).where(in_state(table, state))) for state in states}
    return Measure(f"referhub_{name}", text, ("state",), tuple(((one,), float(counts[one] or 0)) for one in states))


def _owed() -> Any:
    what = Reward.state, Reward.currency
    worth = func.sum(Reward.granted_minor - Reward.reversed_minor - Reward.netted_minor)
    owed = or_(*(in_state(Reward, state) for state in OWED))
    return select(*what, worth).where(owed).group_by(*what).order_by(*what)


def _connections() -> Any:
    health = case((~Connection.is_enabled, "disabled"), else_=Connection.status).label("health")
    what = Connection.connector, health
    return select(*what, func.count(Connection.id)).group_by(*what).order_by(*what)


def _refused() -> Any:
    return select(Connection.connector, func.sum(Connection.refused_count)).group_by(Connection.connector)


def _parked() -> Any:
    joined = select(Connection.connector, func.count(SyncedRecord.id)).join(
        Connection, Connection.id == SyncedRecord.connection_id
    )
    return joined.where(SyncedRecord.is_parked).group_by(Connection.connector)


def _unread() -> Any:
    return select(func.min(StoredDelivery.due_at)).where(in_state(StoredDelivery, "stored"))


def _unpaid() -> Any:
    due = in_state(Push, "intended") | in_state(Push, "unknown")
    return select(func.min(Push.due_at)).where(due)


def _unknown() -> Any:
    return select(func.min(Push.sent_at)).where(in_state(Push, "unknown"))


def _case() -> Any:
    """Merchant by merchant, because that is how the index goes."""
    is_open = Assessment.merchant_id.in_(select(Merchant.id)), Assessment.state == "open"
    return select(func.min(Assessment.opened_at)).where(*is_open)


def _age(session: Session, now: datetime, query: Any) -> float:
    since: datetime | None = session.scalar(query)
    return max((now - since).total_seconds(), 0.0) if since else 0.0


def _state_of_the_house(session: Session, now: datetime) -> Iterator[Measure]:
    known = {row.name: row.value for row in session.scalars(select(HubState))}
    yield _one(
        "pushing_stopped", "1 while an invariant is broken and nothing is paid", bool(known.get("pushing_stopped"))
    )
    for name, key, text in (
        ("last_check_seconds", "last_check_at", "Time since the invariants were checked"),
        ("worker_seen_seconds", "worker_seen_at", "Time since a worker was at work"),
    ):
        if key in known:
            since = max((now - datetime.fromisoformat(known[key])).total_seconds(), 0.0)
            yield _one(name, text, since)
