"""Duties: what the law makes a source pass on: somebody's question about themselves, and the end of a source."""

import json
from dataclasses import asdict
from datetime import datetime

from core.contract.events import SHARED_KINDS, DataRequested
from core.gateway.hub import Hub
from core.models import ConnectionStatus, DataRequest, new_id
from core.services.audit import HUB, OPERATOR, note
from core.services.book import Book
from core.services.connections import NotFound, forget_credentials
from core.services.erase import Eraser
from core.services.people import People
from core.services.reward import route_elsewhere

ENDED = "everything of this source was erased, as it had asked: connect it anew to go on"


def keep_request(book: Book, people: People, connection_id: str, event: DataRequested) -> None:
    """The question waits for a person's answer, once however often it is told."""
    book.session.flush()
    known = book.rows(DataRequest.request_id, [event.request_id], DataRequest.connection_id == connection_id)
    if known:
        return
    request_id = new_id()
    told = {"identities": [asdict(one) for one in event.contact.identities], "orders": list(event.order_ids)}
    row = DataRequest(
        id=request_id,
        merchant_id=book.merchant.id,
        connection_id=connection_id,
        request_id=event.request_id,
        contact=book.hub.vault.seal(json.dumps(told).encode(), contact_context(request_id)),
        person_id=_asker(people, connection_id, event),
        asked_at=event.asked_at,
        due_at=event.asked_at + book.hub.keeping.answer_within,
    )
    book.session.add(row)
    note(book.session, book.merchant.id, "data_request", f"data_request:{row.id}", "", book.now, actor=HUB)


def answer_request(hub: Hub, request_id: str, *, actor: str = OPERATOR) -> DataRequest:
    """A person says that the answer was handed over; what the source had named is gone. Raises `NotFound`."""
    with hub.database.transaction() as session:
        row = session.get(DataRequest, request_id)
        if row is None:
            raise NotFound(f"there is no request {request_id!r}: `referhub people requests` lists them")
        if row.answered_at is None:
            row.answered_at, row.contact = hub.now(), None
            note(session, row.merchant_id, "answer_request", f"data_request:{row.id}", "", hub.now(), actor=actor)
        return row


def end_source(book: Book, people: People, connection_id: str, asked_at: datetime, *, erasure_id: str = "") -> None:
    """The source is disconnected without a credential left; its people and bodies are erased by the next chores.

    `erasure_id` is that of the journal, if it stands there already.
    """
    connection = book.connections[connection_id]
    connection.status, connection.hint = ConnectionStatus.REMOVED, ENDED
    connection.account = None
    forget_credentials(book.hub, book.session, connection)
    eraser = Eraser(book, people, asked_at, connection_id, id=erasure_id or new_id())
    (eraser.keep if erasure_id else eraser.finish)(is_of_source=True)
    note(book.session, book.merchant.id, "erase_source", f"connection:{connection_id}", ENDED, book.now, actor=HUB)
    book.session.flush()
    route_elsewhere(book, connection_id)


def contact_context(request_id: str) -> str:
    """What a request's sealed contact is bound to."""
    return f"data_requests.contact:{request_id}"


def _asker(people: People, connection_id: str, event: DataRequested) -> str | None:
    """The person behind the account, or else behind an address: the export is of nobody else."""
    rows = [(claim, people.find(connection_id, claim)) for claim in event.contact.identities]
    known = [(claim, row) for claim, row in rows if row is not None and not row.is_blocked]
    accounts = [row for claim, row in known if claim.kind not in SHARED_KINDS]
    found = next(iter(accounts or [row for _, row in known]), None)
    return found.person_id if found else None
