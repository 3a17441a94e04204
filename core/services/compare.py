"""Compare: what the hub believes beside what shops and CRMs show now, and made right again where that is ours to do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from core.contract.credits import Absent, Receipt
from core.contract.errors import ConnectorError
from core.contract.events import Order, OrderPaid
from core.contract.money import Money
from core.contract.parts import Finds, Gone, Verifies
from core.gateway.hub import Hub
from core.models import Connection, Conversion, Push, StoredOrder, StoredRefund
from core.services.book import open_book
from core.services.connections import note_act
from core.services.convert import convert
from core.services.drift import Drift, look_for_drift
from core.services.push import credit_of
from core.services.record import Told, record


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the hub and a source see differently; `kind` is order, purchase, credit or field."""

    kind: str
    place: str
    subject: str
    hub: str
    there: str
    is_healed: bool = False


@dataclass
class Comparison:
    """What was compared, everything that differs, and which connections could not be asked, with the reason."""

    orders: int = 0
    purchases: int = 0
    credits: int = 0
    records: int = 0
    differences: list[Difference] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)

    @property
    def is_agreed(self) -> bool:
        """True when everything could be asked, and what differed is healed."""
        return not self.unknown and all(one.is_healed for one in self.differences)


def compare(hub: Hub, connections: Sequence[Connection], since: datetime, *, heal: bool = False) -> Comparison:
    """Orders placed, credits given and fields written since then are read again at their sources.

    Nothing changes without `heal`; with it orders are decided as their source shows them, and fields that drifted are
    due to be written again. A credit that a source does not show, and two systems that tell of one purchase
    differently, are for people to look into.
    """
    found = Comparison()
    for connection in connections:
        if not hub.is_on(connection):
            found.unknown[connection.label] = connection.hint or "it is switched off"
            continue
        try:
            if heal:
                _note_healing(hub, connection, since)
            _compare_one(hub, connection, since, found, heal=heal)
        except ConnectorError as problem:
            found.unknown[connection.label] = str(problem)
    _compare_purchases(hub, {one.id for one in connections}, since, found)
    return found


def _note_healing(hub: Hub, connection: Connection, since: datetime) -> None:
    """Somebody had the hub made right beside that source; what became of each order stands with the order."""
    with hub.database.transaction() as session:
        note_act(session, hub, connection, "heal", f": what differs since {since:%Y-%m-%d}")


def _compare_one(hub: Hub, connection: Connection, since: datetime, found: Comparison, *, heal: bool) -> None:
    connector = hub.connector(connection)
    if isinstance(connector, Verifies):
        _compare_orders(hub, connection, connector, since, found, heal=heal)
    if isinstance(connector, Finds):
        _compare_credits(hub, connection, connector, since, found)
    drift = look_for_drift(hub, connection, heal=heal)
    found.records += drift.looked_at
    found.differences += _drifted(connection, drift, heal=heal)
    if heal:
        hub.wake(connection.id)


def _compare_orders(
    hub: Hub, connection: Connection, connector: Verifies, since: datetime, found: Comparison, *, heal: bool
) -> None:
    counting = select(Conversion.order_id).where(Conversion.connection_id == connection.id)
    query = select(StoredOrder.id).where(
        StoredOrder.connection_id == connection.id,
        StoredOrder.placed_at >= since,
        or_(StoredOrder.id.in_(counting), StoredOrder.same_as_id.is_not(None)),
    )
    with hub.database.reading() as session:
        ids = session.scalars(query.order_by(StoredOrder.placed_at, StoredOrder.id)).all()
    for order_id in ids:
        with hub.database.reading() as session:
            row, ours = _as_we_know(session, order_id)
        asked_at = hub.now()
        theirs = connector.verify(row.source_id)
        found.orders += 1
        if isinstance(theirs, Gone):
            found.differences.append(Difference("order", connection.label, row.name, ours, f"gone: {theirs.reason}"))
        elif (told := _words(theirs, sum(refund.amount.minor for refund in theirs.refunds))) != ours:
            is_healed = heal and _heal(hub, connection, order_id, theirs, asked_at) == told
            found.differences.append(Difference("order", connection.label, row.name, ours, told, is_healed))


def _as_we_know(session: Session, order_id: str) -> tuple[StoredOrder, str]:
    row = session.get_one(StoredOrder, order_id)
    query = select(StoredRefund.amount_minor).where(
        StoredRefund.connection_id == row.connection_id, StoredRefund.order_source_id == row.source_id
    )
    return row, _words(row, sum(session.scalars(query)))


def _words(order: Order | StoredOrder, refunded_minor: int) -> str:
    refunded = Money(min(refunded_minor, order.base.minor), order.base.currency)
    told = [
        str(order.base),
        "paid" if order.is_paid else "not paid",
        *([f"{refunded} refunded"] if refunded else []),
        *(["cancelled"] if order.cancelled_at else []),
    ]
    return ", ".join(told)


def _heal(hub: Hub, connection: Connection, order_id: str, theirs: Order, asked_at: datetime) -> str:
    """The order is decided as its source shows it; returns how we know it then."""
    with hub.database.transaction() as session:
        book = open_book(hub, session, connection.merchant_id)
        convert(book, record(book, [Told(connection, OrderPaid(theirs), asked_at=asked_at)]))
        session.flush()
        return _as_we_know(session, order_id)[1]


def _compare_credits(hub: Hub, connection: Connection, connector: Finds, since: datetime, found: Comparison) -> None:
    query = select(Push).where(
        Push.connection_id == connection.id, Push.state == "confirmed", Push.gives, Push.confirmed_at >= since
    )
    with hub.database.reading() as session:
        pushes = session.scalars(query.order_by(Push.id)).all()
        claimed = _claimed(session, connection, {push.recipient for push in pushes})
    for push in pushes:
        found.credits += 1
        others = frozenset(claimed[push.recipient] - {push.remote_id or ""})
        seen = connector.find(credit_of(hub, push), others)
        if not (isinstance(seen, Receipt) and seen.remote_id == push.remote_id):
            ours = f"{push.amount} given, {push.remote_id}"
            there = f"shows {seen.remote_id}" if isinstance(seen, Receipt) else f"not found: {seen.evidence}"
            there = "shows no such credit" if isinstance(seen, Absent) else there
            found.differences.append(Difference("credit", connection.label, push.recipient, ours, there))


def _claimed(session: Session, connection: Connection, recipients: Iterable[str]) -> dict[str, set[str]]:
    query = select(Push.recipient, Push.remote_id).where(
        Push.connection_id == connection.id, Push.remote_id.is_not(None)
    )
    claimed: dict[str, set[str]] = {recipient: set() for recipient in recipients}
    for recipient, remote_id in session.execute(query):
        if recipient in claimed and remote_id:
            claimed[recipient].add(remote_id)
    return claimed


def _drifted(connection: Connection, drift: Drift, *, heal: bool) -> Iterator[Difference]:
    for one in drift.drifted:
        subject = f"{one.source_id} {one.theirs}"
        yield Difference("field", connection.label, subject, one.written or "", one.shown or "", heal)


def _compare_purchases(hub: Hub, connection_ids: set[str], since: datetime, found: Comparison) -> None:
    """What stands in two systems stands in both alike: paid, or gone back."""
    counting = aliased(StoredOrder)
    query = (
        select(counting, StoredOrder, Connection.label)
        .join(counting, counting.id == StoredOrder.same_as_id)
        .join(Connection, Connection.id == StoredOrder.connection_id)
        .where(StoredOrder.connection_id.in_(connection_ids), StoredOrder.placed_at >= since)
        .order_by(StoredOrder.placed_at, StoredOrder.id)
    )
    with hub.database.reading() as session:
        for first, twin, place in session.execute(query):
            found.purchases += 1
            ours, theirs = _went_back(session, first), _went_back(session, twin)
            if ours != theirs:
                found.differences.append(
                    Difference("purchase", place, f"{twin.name} is {first.name}", STANDING[ours], STANDING[theirs])
                )


STANDING = {True: "went back whole", False: "stands"}


def _went_back(session: Session, order: StoredOrder) -> bool:
    query = select(StoredRefund.amount_minor).where(
        StoredRefund.connection_id == order.connection_id, StoredRefund.order_source_id == order.source_id
    )
    return order.cancelled_at is not None or sum(session.scalars(query)) >= order.base_minor > 0
