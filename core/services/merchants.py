"""Merchants: who uses this hub, by name; found, made, renamed, and erased with everything that is theirs."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from core.contract.errors import Mendable
from core.gateway.erasure_journal import Erased
from core.gateway.hub import Hub
from core.models import AuditHead, Base, Connection, Merchant, OfMerchant, new_id
from core.services.audit import note
from core.services.book import lock
from core.services.room_ends import clear_all_of

DEFAULT_MERCHANT = "default"
LONGEST_NAME = 120


class WhichMerchant(Mendable, LookupError):
    """Nobody said which merchant is meant, or nobody goes by that name; the text names those there are."""


class BadMerchant(Mendable, ValueError):
    """A merchant cannot be called that, or is not the one who was meant; the text says what to do."""


@dataclass(frozen=True, slots=True)
class MerchantRow:
    """A merchant as the operators of the house see one."""

    id: str
    name: str
    created_at: datetime
    connections: int


def merchants(session: Session) -> list[MerchantRow]:
    """Every merchant of the house, the eldest first."""
    counted = func.count(Connection.id)
    query = select(Merchant, counted).outerjoin(Connection, Connection.merchant_id == Merchant.id)
    rows = session.execute(query.group_by(Merchant.id).order_by(Merchant.created_at, Merchant.id))
    return [MerchantRow(row.id, row.name, row.created_at, count) for row, count in rows]


def default_merchant(hub: Hub, session: Session) -> Merchant:
    """The merchant of a scoped hub, or the only one of the house, made on first use. Raises `WhichMerchant`."""
    known = only_merchant(session)
    return session.get_one(Merchant, known) if known else _new(hub, session, DEFAULT_MERCHANT)


def only_merchant(session: Session) -> str:
    """The id of the only merchant that the session sees; "" where there is nobody yet. Raises `WhichMerchant`."""
    found = session.scalars(select(Merchant.id).limit(2)).all()
    if len(found) > 1:
        raise WhichMerchant(_choose(session))
    return found[0] if found else ""


def find_merchant(session: Session, said: str) -> Merchant:
    """The merchant of that name or id. Raises `WhichMerchant`."""
    query = select(Merchant).where((Merchant.name == said) | (Merchant.id == said)).order_by(Merchant.name != said)
    found = session.scalars(query).first() if "\0" not in said else None
    if found is None:
        raise WhichMerchant(f"no merchant is called {said[:60]!r}; {_there_are(session)}")
    return found


def scope_of(hub: Hub, said: str) -> Hub:
    """The hub within the merchant of that name or id; without one within the only merchant there is.

    The whole house's hub where there is nobody yet. Raises `WhichMerchant` when it is not clear who is meant.
    """
    with hub.database.reading() as session:
        if said:
            return hub.within(find_merchant(session, said).id)
        known = only_merchant(session)
    return hub.within(known) if known else hub


def add(hub: Hub, name: str) -> Merchant:
    """A new merchant of that name. Raises `BadMerchant`."""
    with hub.database.transaction() as session:
        _refuse_name(session, name)
        row = _new(hub, session, name)
        note(session, row.id, "add_merchant", f"merchant:{row.id}", name, hub.now())
        return row


def rename(hub: Hub, said: str, name: str) -> Merchant:
    """That merchant goes by another name. Raises `WhichMerchant` or `BadMerchant`."""
    with hub.database.transaction() as session:
        row = find_merchant(session, said)
        if row.name == name:
            return row
        _refuse_name(session, name)
        note(session, row.id, "rename_merchant", f"merchant:{row.id}", f"{row.name} is now {name}", hub.now())
        row.name = name
        return row


def remove(hub: Hub, said: str, again: str) -> str:
    """Everything of that merchant is erased at once, money and all; returns the id they had.

    `again` has to be their name. Credentials at the sources are not revoked: disconnect them before. The house's own
    trail says that it was done, and the erasure journal, so that no older backup brings them back. Raises
    `WhichMerchant`, `BadMerchant`, or `OSError` when the journal cannot be written: then nothing is removed.
    """
    with hub.database.transaction() as session:
        row = find_merchant(session, said)
        if again != row.name:
            raise BadMerchant(f"nothing was removed: that is not the name of {row.name!r}")
        hub.journal.add(Erased(new_id(), row.id, hub.now(), is_of_merchant=True))
        erase_merchant(hub, session, row.id)
        note(session, None, "remove_merchant", f"merchant:{row.id}", "", hub.now())
        return row.id


def erase_merchant(hub: Hub, session: Session, merchant_id: str) -> None:
    """The merchant is gone with the commit, with every row of theirs."""
    row = lock(session, merchant_id)
    row.leaving_at = hub.now()
    session.flush()
    clear_all_of(hub, session, merchant_id)
    erase_all(session, merchant_id)
    session.delete(row)


def erase_all(session: Session, merchant_id: str) -> None:
    """No row of that merchant is left but their own, who is leaving: else the books would not let go."""
    # The trail lets only those acts go that its head counts no more.
    session.execute(_unsynchronised(update(AuditHead)).filter_by(merchant_id=merchant_id).values(first_number=10**9))
    models = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    for table in reversed(Base.metadata.sorted_tables):  # what hangs on others goes before them
        model: Any = models[table.name]
        if issubclass(model, OfMerchant) and model is not AuditHead:
            session.execute(_unsynchronised(delete(model)).where(model.merchant_id == merchant_id))
    session.execute(_unsynchronised(delete(AuditHead)).where(AuditHead.merchant_id == merchant_id))


def _unsynchronised(statement: Any) -> Any:
    return statement.execution_options(synchronize_session=False)


def _new(hub: Hub, session: Session, name: str) -> Merchant:
    row = Merchant(id=new_id(), name=name, created_at=hub.now())
    session.add(row)
    session.flush()
    return row


def _refuse_name(session: Session, name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadMerchant(f"a merchant's name has 1 to {LONGEST_NAME} letters and stands on one line")
    if session.scalars(select(Merchant.id).where(Merchant.name == name)).first():
        raise BadMerchant(f"a merchant is called {name!r} already")


def _choose(session: Session) -> str:
    return f"say which merchant: referhub --merchant NAME …; {_there_are(session)}"


def _there_are(session: Session) -> str:
    names = session.scalars(select(Merchant.name).order_by(Merchant.name)).all()
    return f"there are {', '.join(names)}" if names else "there is none yet"
