"""Judge people: what an operator says about who is who, remembered against all later news, and judged anew."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.contract.errors import Mendable
from core.contract.events import IdentityClaim, IdentityKind
from core.gateway.hub import Hub
from core.models import Code, Identity, Person, Referral
from core.rules.identities import canonical, canonical_code
from core.services.audit import OPERATOR, note
from core.services.book import Book, open_book
from core.services.collisions import KEPT_APART, MERGED
from core.services.connections import NotFound
from core.services.convert import convert, drop_unused
from core.services.merchants import default_merchant, only_merchant
from core.services.people import EVERYWHERE, People
from core.services.trusting import end_trust, is_trusted


class BadPeople(Mendable, ValueError):
    """What was said about these people cannot be; the text says why."""


def merge_people(hub: Hub, one: str, other: str, because: str, *, actor: str = OPERATOR) -> str:
    """The two are one from now on; returns the id that remains. Both may be said by id, code or address.

    Raises `NotFound` or `BadPeople`.
    """
    with hub.database.transaction() as session:
        book, people, first, second = _two(hub, session, one, other)
        people.collisions.decide(first, second, MERGED, because)
        kept = people.merge(first, second, because)
        note(session, book.merchant.id, "merge_people", f"person:{kept}", because, book.now, actor=actor)
        _judge_again(book, {kept})
        return kept


def keep_apart(hub: Hub, one: str, other: str, because: str, *, actor: str = OPERATOR) -> None:
    """The two stay two, whatever is told of them later. Raises `NotFound` or `BadPeople`."""
    with hub.database.transaction() as session:
        book, people, first, second = _two(hub, session, one, other)
        people.collisions.decide(first, second, KEPT_APART, because)
        for person_id in (first, second):
            note(session, book.merchant.id, "keep_apart", f"person:{person_id}", because, book.now, actor=actor)


def split_person(
    hub: Hub, identity_ids: Sequence[str], codes: Sequence[str], because: str, *, actor: str = OPERATOR
) -> str:
    """Some identities of a person are somebody else's, with the orders that came by them and these codes.

    All are judged again, and the two stay two. Returns the new person's id. Raises `NotFound` or `BadPeople`.
    """
    with hub.database.transaction() as session:
        book = open_book(hub, session, default_merchant(hub, session).id)
        identities = [_identity(session, identity_id) for identity_id in identity_ids]
        owner = _only_owner(book, identities)
        moved = [_code(book, text, owner) for text in codes]
        people = People(book, asks=False)
        newcomer = people.new_person()
        session.flush()
        for identity in identities:
            people.give(identity, newcomer)
        for code in moved:
            code.advocate_id = newcomer
        people.collisions.decide(owner, newcomer, KEPT_APART, because)
        if moved and is_trusted(session, owner):
            end_trust(book, owner, "was split, so somebody has to say anew who is trusted")
        words = f"{newcomer} was split from {owner}: {because}"
        for person_id in (owner, newcomer):
            note(session, book.merchant.id, "split", f"person:{person_id}", words, book.now, actor=actor)
        _judge_again(book, {owner, newcomer}, moved)
        return newcomer


def _judge_again(book: Book, person_ids: set[str], codes: Sequence[Code] = ()) -> None:
    """What these people bought, and what was bought by these codes, is decided anew."""
    book.session.flush()
    brought = book.rows(Referral.code_id, [code.id for code in codes])
    convert(book, {book.living(one) for one in person_ids} | {book.living(row.friend_id) for row in brought})
    book.session.flush()
    drop_unused(book, book.rows(Referral.friend_id, person_ids))  # some orders are somebody else's now
    book.soil(person_ids | {row.advocate_id for row in brought})


def _two(hub: Hub, session: Session, one: str, other: str) -> tuple[Book, People, str, str]:
    book = open_book(hub, session, default_merchant(hub, session).id)
    first, second = (_found(hub, session, said) for said in (one, other))
    if first == second:
        raise BadPeople(f"{one} and {other} are one person already")
    return book, People(book, asks=False), first, second


def person_named(hub: Hub, said: str) -> str:
    """The id of the person whom an operator means by an id, a code or an address. Raises `NotFound`."""
    with hub.database.reading() as session:
        return _found(hub, session, said)


def _found(hub: Hub, session: Session, said: str) -> str:
    claim = IdentityClaim(IdentityKind.EMAIL, said)
    lookup = hub.vault.lookup(f"{claim.kind}:{canonical(claim)}", only_merchant(session))
    queries = (
        select(Person.id).filter_by(id=said),
        select(Code.advocate_id).filter_by(lookup=canonical_code(said)),
        select(Identity.person_id).filter_by(scope=EVERYWHERE, kind=claim.kind, lookup=lookup),
    )
    for query in queries if "\0" not in said else ():  # which no text of PostgreSQL can hold
        if found := session.scalars(query).first():
            return session.get_one(Person, found).merged_into_id or found
    raise NotFound(f"nobody here has the id, code or address {said[:60]!r}: `referhub people list` shows everybody")


def _identity(session: Session, identity_id: str) -> Identity:
    found = session.get(Identity, identity_id)
    if found is None:
        raise NotFound(f"there is no identity {identity_id!r}: `referhub people show` lists a person's")
    return found


def _only_owner(book: Book, identities: Sequence[Identity]) -> str:
    owners = {book.living(identity.person_id) for identity in identities}
    if len(owners) != 1:
        raise BadPeople("name identities of exactly one person: those are the ones to split off")
    (owner,) = owners
    if not {row.id for row in book.rows(Identity.person_id, [owner])} - {one.id for one in identities}:
        raise BadPeople("these are all identities of that person: nobody would be left")
    return owner


def _code(book: Book, text: str, owner: str) -> Code:
    query = select(Code).filter_by(merchant_id=book.merchant.id, lookup=canonical_code(text), advocate_id=owner)
    found = book.session.scalars(query).first()
    if found is None:
        raise NotFound(f"that person has no code {text[:70]!r}")
    return found
