"""Codes: what an advocate passes on is made here, and taken out of use when it has become public."""

import secrets

from core.models import Code, new_id
from core.rules.identities import canonical_code
from core.services.audit import HUB, note
from core.services.book import Book

# Fifty bits and more: nobody guesses a code. No I, O, 0, 1, so that it can be read aloud.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 11


def made_up() -> str:
    """A code that nobody chose."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def add_code(book: Book, campaign_id: str, person_id: str, text: str) -> Code:
    """The code belongs to that advocate. Whoever calls has made sure that it is nobody's yet."""
    row = Code(
        id=new_id(),
        merchant_id=book.merchant.id,
        campaign_id=campaign_id,
        advocate_id=person_id,
        text=text,
        lookup=canonical_code(text),
        is_active=True,
        created_at=book.now,
    )
    book.session.add(row)
    return row


def replace_code(book: Book, code_id: str, why: str) -> None:
    """The code names nobody for orders placed from now on, and its advocate has a new one; once."""
    code = book.session.get_one(Code, code_id)
    if code.ended_at is not None:
        return
    code.ended_at = book.now
    advocate = book.living(code.advocate_id)
    new = add_code(book, code.campaign_id, advocate, made_up())
    book.soil({advocate})
    words = f"{code.text} is {new.text} from now on: {why}"
    note(book.session, book.merchant.id, "replace_code", f"person:{advocate}", words, book.now, actor=HUB)
