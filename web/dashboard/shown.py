"""How values look on a page: times, sizes, opened names, and text from strangers made harmless to the eye."""

import re
import shlex
from collections.abc import Iterable
from datetime import UTC, datetime

from core.contract.money import Money
from core.queries.people import Face
from core.queries.sealed import Sealed
from web.dashboard.hub import Vault

# Ids that look like addresses and end in a number, such as Shopify's: https://shopify.dev/docs/api/usage/gids
ADDRESS_ID = re.compile(r"\b(?!https?:)[a-z]+:/(?:/[\w.-]+)+/([0-9]+)\b(?:\?[\w=&%-]*)?")
LONGEST_NAME = 150
CANNOT_OPEN = "sealed (its key is missing)"
COVERED = "•••"  # what a visitor sees whose role does not reach to people
# Letters that turn the direction of writing, hide or overwrite: one code could look like another.
INVISIBLE = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def visible(text: str) -> str:
    """The text with letters nobody can see replaced by their numbers."""
    return INVISIBLE.sub(lambda found: f"‹U+{ord(found[0]):04X}›", text)


def typed(text: str) -> str:
    """The text as one word of a command line."""
    return shlex.quote(visible(text))


def short(text: str) -> str:
    """The beginning of a text that should be a name: sources have some of 32 kB."""
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"


def full_time(at: datetime) -> str:
    """`2026-11-24 12:30:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def short_time(at: datetime, now: datetime) -> str:
    """`24 Nov, 12:30` in UTC, with the year if it is another one."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M}" if at.year != now.astimezone(UTC).year else f"{at.day} {at:%b, %H:%M}"


def machine_time(at: datetime) -> str:
    """The time as the `datetime` attribute wants it."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def sums(amounts: Iterable[Money]) -> str:
    """`EUR 10.00 · USD 5.00`, or a dash."""
    return " · ".join(str(amount) for amount in amounts) or "–"


def signed(amount: Money) -> str:
    """`EUR 10.00`, or `−EUR 10.00` when it is less than nothing."""
    return f"−{-amount}" if amount.minor < 0 else str(amount)


def short_ids(text: str) -> str:
    """The text with the number alone, `7001`, where an id such as `gid://shop/Order/7001` stood."""
    return ADDRESS_ID.sub(r"\1", text)


def size(count: int) -> str:
    """`640 B` or `4.2 kB`."""
    return f"{count} B" if count < 1000 else f"{count / 1000:.1f} kB"


def opened(vault: Vault, value: Sealed | None) -> str:
    """The personal value in the clear; words instead if it cannot be opened."""
    if value is None:
        return ""
    try:
        return vault.open(value.value, value.context).decode(errors="replace")
    except ValueError:
        return CANNOT_OPEN


def account(name: str) -> str:
    """A ledger account; of one that belongs to a person only the end of our id."""
    kind, _, owner = name.partition(":")
    return f"{kind} …{owner[-6:]}" if owner else kind


def person(vault: Vault, face: Face | None) -> str:
    """How an operator recognises somebody: the name, else the address, else the end of our id."""
    if face is None:
        return "nobody known"
    return opened(vault, face.name) or opened(vault, face.email) or f"Person …{face.id[-6:]}"


def covered(face: Face | None) -> str:
    """The same person to somebody who may tell people apart, but not know who they are."""
    return "nobody known" if face is None else f"Person …{face.id[-6:]}"
