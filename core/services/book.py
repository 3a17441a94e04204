"""The book: what a decision has open before it: the locked merchant, the ledger, and rows loaded in bulk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.gateway.hub import Hub
from core.models import Allowance, Campaign, CampaignPause, Connection, Merchant, Person, StoredTerms, SyncedRecord
from core.rules.counting import TermsInForce
from core.rules.order_rules import PauseFacts
from core.rules.terms import Terms, parse_terms
from core.services.ledger import Ledger

Row = TypeVar("Row")
# SQLite allows 32,766 parameters in a statement and PostgreSQL 65,535; a batch stays far below.
SLICE = 1_000


@dataclass
class Book:
    """Open it with `open_book` inside `database.transaction()`; the merchant's row is locked until the commit."""

    hub: Hub
    session: Session
    merchant: Merchant
    now: datetime
    ledger: Ledger
    connections: dict[str, Connection] = field(default_factory=dict)
    campaigns: list["OpenCampaign"] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    allowances: dict[tuple[str, str], Allowance] = field(default_factory=dict)

    def rows(self, column: InstrumentedAttribute[Any], values: Iterable[str], *more: Any) -> list[Any]:
        """All rows of the column's table whose column is one of `values`, in few statements."""
        wanted = sorted(set(values))
        found: list[Any] = []
        for start in range(0, len(wanted), SLICE):
            query = select(column.class_).where(column.in_(wanted[start : start + SLICE]), *more)
            found += self.session.scalars(query)
        return found

    def soil(self, person_ids: Iterable[str]) -> None:
        """The referral fields of these people are no longer what the sources carry."""
        # As a statement: a row that looks dirty here may be being marked clean by the worker that writes it out.
        people = sorted(set(person_ids))
        for start in range(0, len(people), SLICE):
            soiled = SyncedRecord.person_id.in_(people[start : start + SLICE]), SyncedRecord.is_gone.is_(False)
            change = {"is_dirty": True, "due_at": self.now, "revision": SyncedRecord.revision + 1}
            self.session.execute(update(SyncedRecord).where(*soiled).values(change))

    def seek_people(self) -> None:
        """Somebody joined the programme: whoever writes fields looks for them among its own people."""
        for connection in self.connections.values():
            connection.people_due_at = self.now

    def living(self, person_id: str) -> str:
        """The id of the person that this one has become through merges."""
        while (kept := self.person(person_id).merged_into_id) is not None:
            person_id = kept
        return person_id

    def person(self, person_id: str) -> Person:
        """The person's row, from memory where it was seen before."""
        if person_id not in self.people:
            self.people[person_id] = self.session.get_one(Person, person_id)
        return self.people[person_id]

    def load_people(self, ids: Iterable[str]) -> None:
        """These people are at hand, in few statements."""
        self.people |= {row.id: row for row in self.rows(Person.id, set(ids) - self.people.keys())}


@dataclass(frozen=True)
class OpenCampaign:
    """A published campaign with its versions of terms, oldest first, and the times in which it rested."""

    row: Campaign
    versions: Sequence[TermsInForce]
    pauses: Sequence[PauseFacts] = ()


def lock(session: Session, merchant_id: str) -> Merchant:
    """Nobody else decides anything of this merchant until the commit; what was loaded before may be out of date.

    On PostgreSQL the row lock does it, on SQLite the transaction itself. Whoever commits a row of this merchant waits
    for no decision: that would be a circle as soon as the decision waits for that row.
    """
    query = select(Merchant).where(Merchant.id == merchant_id).with_for_update(key_share=True)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def open_book(hub: Hub, session: Session, merchant_id: str) -> Book:
    """The merchant's book, locked."""
    merchant = lock(session, merchant_id)
    now = hub.now()
    book = Book(hub, session, merchant, now, Ledger(session, merchant, now))
    book.connections = {row.id: row for row in session.scalars(select(Connection).filter_by(merchant_id=merchant_id))}
    book.campaigns = _open_campaigns(session, merchant_id)
    return book


def _open_campaigns(session: Session, merchant_id: str) -> list[OpenCampaign]:
    query = (
        select(Campaign, StoredTerms)
        .join(StoredTerms, StoredTerms.campaign_id == Campaign.id)
        .where(
            Campaign.merchant_id == merchant_id, Campaign.state == "published", StoredTerms.effective_at.is_not(None)
        )
        .order_by(Campaign.created_at, Campaign.id, StoredTerms.effective_at, StoredTerms.version)
    )
    versions: dict[str, list[TermsInForce]] = {}
    campaigns: dict[str, Campaign] = {}
    for campaign, terms in session.execute(query):
        campaigns[campaign.id] = campaign
        if terms.effective_at is not None:
            in_force = TermsInForce(terms.id, terms_of(terms), terms.effective_at)
            versions.setdefault(campaign.id, []).append(in_force)
    pauses = _pauses(session, merchant_id)
    return [OpenCampaign(campaigns[key], found, pauses.get(key, ())) for key, found in versions.items()]


def _pauses(session: Session, merchant_id: str) -> dict[str, list[PauseFacts]]:
    found: dict[str, list[PauseFacts]] = {}
    query = select(CampaignPause).filter_by(merchant_id=merchant_id)
    for row in session.scalars(query.order_by(CampaignPause.from_at, CampaignPause.id)):
        found.setdefault(row.campaign_id, []).append(PauseFacts(row.from_at, row.until_at))
    return found


_parsed: dict[str, Terms] = {}


def terms_of(row: StoredTerms) -> Terms:
    """The terms in a row; a version never changes, so it is parsed once."""
    if row.id not in _parsed:
        _parsed[row.id] = parse_terms(row.body)
    return _parsed[row.id]
