"""Enroll: somebody becomes an advocate, with a code and a link to pass on."""

import re
import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.errors import Mendable
from core.contract.events import Contact, IdentityClaim, IdentityKind
from core.gateway.hub import Hub
from core.models import Campaign, Code, StoredOrder, StoredTerms
from core.rules.attribution import sign_token
from core.rules.identities import canonical, canonical_code
from core.rules.links import link_to as link_to
from core.services.audit import note
from core.services.book import Book, open_book, terms_of
from core.services.campaigns import find as find_campaign
from core.services.codes import ALPHABET as ALPHABET
from core.services.codes import add_code, made_up
from core.services.connections import find as find_connection
from core.services.convert import convert
from core.services.people import People

CODE = re.compile(r"[A-Za-z0-9_-]{3,64}")


class BadAdvocate(Mendable, ValueError):
    """The advocate cannot be added; the text says what to change."""


@dataclass(frozen=True, slots=True)
class Advocate:
    """An advocate with what they pass on."""

    person_id: str
    code: str
    link: str
    cart_attribute: str


def enroll(
    hub: Hub,
    campaign_slug: str,
    *,
    email: str | None = None,
    customer: str | None = None,
    contact: str | None = None,
    connection: str | None = None,
    name: str | None = None,
    code: str | None = None,
) -> Advocate:
    """The person behind these identities is an advocate of the campaign; asking again gives the same code.

    Raises `BadAdvocate` or `NotFound`.
    """
    with hub.database.transaction() as session:
        campaign = find_campaign(session, campaign_slug)
        book = open_book(hub, session, campaign.merchant_id)
        person_id, merged = _person(book, email, _accounts(customer, contact), connection)
        if name:
            book.person(person_id).name = hub.vault.seal(name.encode(), f"people.name:{person_id}")
        row = _code(book, campaign, person_id, code)
        book.seek_people()
        session.flush()
        _reconsider(book, row, merged)
        book.soil({person_id})
        note(session, campaign.merchant_id, "enroll", f"person:{person_id}", f"{campaign.slug} {row.text}", book.now)
        return _advocate(hub, session, campaign, row)


def _accounts(customer: str | None, contact: str | None) -> list[IdentityClaim]:
    told = ((IdentityKind.CUSTOMER, customer), (IdentityKind.CONTACT, contact))
    return [IdentityClaim(kind, value) for kind, value in told if value]


def _person(
    book: Book, email: str | None, accounts: list[IdentityClaim], connection: str | None
) -> tuple[str, set[str]]:
    """The person's id, and everybody who turned out to be somebody else on the way."""
    claims = [*([IdentityClaim(IdentityKind.EMAIL, email)] if email else []), *accounts]
    if accounts and connection is None:
        raise BadAdvocate(f"a {accounts[0].kind} id needs the connection it belongs to: add --connection")
    scope = find_connection(book.session, connection).id if accounts and connection else ""
    if email and canonical(claims[0]) is None:
        raise BadAdvocate(f"{email[:60]!r} is not an e-mail address")
    if not claims:
        raise BadAdvocate("an advocate needs an e-mail address, a customer id or a contact id")
    people = People(book, asks=False)
    people.load((scope, claim) for claim in claims)
    person_id = people.person_of(scope, Contact(identities=tuple(claims)))
    if person_id is None:
        raise BadAdvocate("the id or e-mail address cannot be read, or names somebody who was forgotten")
    return person_id, {book.living(one) for one in people.touched}


def _code(book: Book, campaign: Campaign, person_id: str, wanted: str | None) -> Code:
    query = select(Code).filter_by(campaign_id=campaign.id, advocate_id=person_id, is_active=True, ended_at=None)
    known = book.session.scalars(query.order_by(Code.created_at)).first()
    if known and (wanted is None or canonical_code(wanted) == known.lookup):
        return known
    text = wanted or made_up()
    if not CODE.fullmatch(text):
        raise BadAdvocate(f"{text[:70]!r} cannot be a code: use 3 to 64 letters, digits, - and _")
    taken = select(Code).filter_by(merchant_id=campaign.merchant_id, lookup=canonical_code(text))
    if book.session.scalars(taken).first():
        raise BadAdvocate(f"the code {text} is taken: choose another one")
    return add_code(book, campaign.id, person_id, text)


def _reconsider(book: Book, code: Code, merged: set[str]) -> None:
    """Orders that named the code before the hub knew it are decided again, and those of people who became one."""
    query = select(StoredOrder.friend_id, StoredOrder.evidence).where(
        StoredOrder.merchant_id == code.merchant_id, StoredOrder.friend_id.is_not(None)
    )
    named = {
        friend_id
        for friend_id, evidence in book.session.execute(query.execution_options(yield_per=1000))
        if friend_id and any(code.lookup in canonical_code(one["value"]) for one in evidence)
    }
    convert(book, named | merged)


def _advocate(hub: Hub, session: Session, campaign: Campaign, row: Code) -> Advocate:
    query = select(StoredTerms).filter_by(campaign_id=campaign.id).order_by(StoredTerms.version.desc())
    newest = session.scalars(query).first()
    destination = terms_of(newest).destination if newest else ""
    token = sign_token(row.text, secrets.token_hex(6), hub.vault.token_key)
    return Advocate(row.advocate_id, row.text, link_to(destination, row.text), token)
