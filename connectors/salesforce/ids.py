"""Record ids: always 18 characters, and the first three say what kind of record it is."""

import re

ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
KINDS = {
    "001": "Account",
    "003": "Contact",
    "00Q": "Lead",
    "006": "Opportunity",
    "00K": "OpportunityContactRole",
    "801": "Order",
}


def full_id(written: object) -> str | None:
    """The id in 18 characters, None if it is none. The checksum of an 18-character one is taken as it is.

    The last three characters tell which letters of each five are capitals, so that case need not be kept.
    """
    if not isinstance(written, str) or not ID.fullmatch(written):
        return None
    if len(written) == 18:
        return written
    groups = (written[0:5], written[5:10], written[10:15])
    return written + "".join(
        LETTERS[sum("A" <= letter <= "Z" and 1 << i for i, letter in enumerate(g))] for g in groups
    )


def kind_of(record_id: str) -> str | None:
    """The object that an id belongs to, as far as the hub keeps any of it."""
    return KINDS.get(record_id[:3])
