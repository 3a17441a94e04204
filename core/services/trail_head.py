"""Heads that are kept elsewhere: a line of text that says how far the trail went, and proves that this hub said so."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from core.contract.errors import Mendable
from core.gateway.hub import Hub
from core.gateway.vault import Vault
from core.queries.audit import Head, hash_at, heads

WORD = "referhub-trail"
PARTS = 6


class BadHead(Mendable, ValueError):
    """The text is no head, or none of this hub's; the words say which."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A chain's head as a line of text to be kept where whoever can write to the database cannot."""

    chain: str
    of: str
    number: int
    text: str


def signed_heads(hub: Hub) -> list[SignedHead]:
    """The heads of all chains as they are now, each as a line that `compare_head` understands."""
    with hub.database.reading() as session:
        return [SignedHead(row.chain, row.of, row.number, _signed(hub.vault, row, hub.now())) for row in heads(session)]


def _signed(vault: Vault, head: Head, at: datetime) -> str:
    told = f"{WORD} {head.chain} {head.number} {head.hash} {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return f"{told} {_signature(vault, told)}"


def _signature(vault: Vault, told: str) -> str:
    return hmac.new(vault.derived("heads of the audit trail"), told.encode(), "sha256").hexdigest()


def compare_head(session: Session, vault: Vault, text: str) -> str:
    """What is wrong with the trail by that head, in words; an empty text when it still holds. Raises `BadHead`."""
    parts = text.split()
    if len(parts) != PARTS or parts[0] != WORD or not parts[2].isdigit():
        raise BadHead("this is no head of a trail: paste the whole line that `referhub audit head` printed")
    if not hmac.compare_digest(_signature(vault, " ".join(parts[:-1])), parts[-1]):
        raise BadHead("this head was not signed by this hub, or it was changed")
    chain, number, expected = parts[1], int(parts[2]), parts[3]
    head = next((row for row in heads(session) if row.chain == chain), None)
    length = head.number if head else 0
    if number > length:
        return f"it had {number} acts when that was signed, and has {length}: cut off, or an older backup was restored"
    if head and number < head.first_number - 1:
        return ""  # let go of by now, and the chain says so
    is_same = hash_at(session, chain, number) == expected
    return "" if is_same else f"act {number} is another one than when that was signed"
