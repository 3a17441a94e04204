"""Find people: whoever takes part is looked for among a source's own people, to show their fields there."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from core.contract.errors import TryLater
from core.contract.events import Contact, ContactSaved, IdentityClaim, IdentityKind
from core.contract.parts import LocatesMany
from core.gateway.hub import Hub
from core.models import Code, Connection, Identity, Person, Referral, Search
from core.rules.retrying import bounded
from core.services.book import open_book
from core.services.convert import convert
from core.services.failpoints import reach
from core.services.field_rows import ACCOUNTS
from core.services.lease import HeldLease
from core.services.people import identity_context
from core.services.record import Told, record

AGAIN = timedelta(days=1)
Sought = tuple[str, IdentityClaim]  # a person's id, and an address of theirs


def find_people_due(hub: Hub, connection: Connection, held: HeldLease) -> int:
    """When somebody joined or a day has passed, those the source may know and we do not know there are looked for.

    Whoever is found has an account at this connection from now on. Returns how many were looked for. Raises
    `NeedsAttention`.
    """
    due_at = connection.people_due_at
    if due_at is None or due_at > hub.now():
        return 0
    connector = hub.connector(connection)
    if not isinstance(connector, LocatesMany):
        _set_due(hub, held, connection.id, due_at, None)
        return 0
    sought = _missing(hub, connection, connector.locate_batch_size)
    if not sought:
        _set_due(hub, held, connection.id, due_at, hub.now() + AGAIN)
        return 0
    try:
        found = connector.locate_many([claim for _, claim in sought])
    except TryLater as problem:
        _set_due(hub, held, connection.id, due_at, hub.now() + bounded(problem.after))
        return 0
    reach("people.after_look")
    _keep(hub, connection, held, sought, found)
    reach("people.after_commit")
    return len(sought)


def _set_due(hub: Hub, held: HeldLease, connection_id: str, seen: datetime, at: datetime | None) -> None:
    """The next time is set, unless somebody joined meanwhile."""
    statement = (
        update(Connection)
        .where(Connection.id == connection_id, Connection.people_due_at == seen)
        .values(people_due_at=at)
    )
    with hub.database.transaction() as session:
        held.confirm(session)
        session.execute(statement)


def _missing(hub: Hub, connection: Connection, limit: int) -> list[Sought]:
    """Some of those who take part, have an address and no account here, and were not looked for lately."""
    taking_part = select(Code.advocate_id).union(select(Referral.friend_id), select(Referral.advocate_id))
    has_account = exists().where(
        Identity.person_id == Person.id, Identity.scope == connection.id, Identity.kind.in_(ACCOUNTS)
    )
    was_sought = exists().where(
        Search.person_id == Person.id, Search.connection_id == connection.id, Search.sought_at > hub.now() - AGAIN
    )
    address = select(Identity).where(Identity.kind == IdentityKind.EMAIL, Identity.sealed.is_not(None))
    query = (
        select(Person.id)
        .where(
            Person.merchant_id == connection.merchant_id,
            Person.merged_into_id.is_(None),
            Person.id.in_(taking_part),
            # A forgotten person's address is sealed no more; else many of those would hide everybody behind them.
            exists().where(
                Identity.person_id == Person.id, Identity.kind == IdentityKind.EMAIL, Identity.sealed.is_not(None)
            ),
            ~has_account,
            ~was_sought,
        )
        .order_by(Person.id)
        .limit(limit)
    )
    with hub.database.reading() as session:
        people = session.scalars(query).all()
        rows = session.scalars(address.where(Identity.person_id.in_(people)).order_by(Identity.person_id, Identity.id))
        addresses = {row.person_id: row for row in reversed(rows.all())}
    return [(person_id, _claim(hub, addresses[person_id])) for person_id in people if person_id in addresses]


def _claim(hub: Hub, row: Identity) -> IdentityClaim:
    value = hub.vault.open(row.sealed or b"", identity_context(row.id)).decode()
    return IdentityClaim(IdentityKind.EMAIL, value)


def _keep(
    hub: Hub,
    connection: Connection,
    held: HeldLease,
    sought: Sequence[Sought],
    found: Sequence[IdentityClaim | None],
) -> None:
    told = [
        Told(connection, ContactSaved(Contact(identities=(account, address))))
        for (_, address), account in zip(sought, found, strict=True)
        if account is not None
    ]
    with hub.database.transaction() as session:
        held.confirm(session)
        book = open_book(hub, session, connection.merchant_id)
        convert(book, record(book, told))
        _note_search(session, connection, [person_id for person_id, _ in sought], hub.now())
        session.flush()
        reach("people.before_commit")


def _note_search(session: Session, connection: Connection, person_ids: Sequence[str], at: datetime) -> None:
    session.execute(delete(Search).where(Search.connection_id == connection.id, Search.person_id.in_(person_ids)))
    for one in person_ids:
        session.add(
            Search(merchant_id=connection.merchant_id, connection_id=connection.id, person_id=one, sought_at=at)
        )
