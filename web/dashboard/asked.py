"""What the address of a page asks for: words, days, and where in a list to read on."""

from datetime import UTC, date, datetime, time, timedelta

from flask import request

from core.queries.listing import Place
from web.dashboard.shown import INVISIBLE

LONGEST = 200


def said(name: str) -> str:
    """A word from the address; letters that nobody sees (pasted along, or no database takes them) are left out."""
    return INVISIBLE.sub("", request.args.get(name, "")).strip()[:LONGEST]


def day(name: str, *, ends: bool = False) -> datetime | None:
    """The beginning of the day that the address names, or its end; None for anything that is no day."""
    try:
        found = datetime.combine(date.fromisoformat(said(name)), time(), UTC)
        return found + timedelta(days=1) if ends else found
    except (ValueError, OverflowError):
        return None


def place() -> Place | None:
    """Where in a list to read on, from `before=ID` or `after=ID`."""
    for name, is_newer in (("before", False), ("after", True)):
        if id_ := said(name):
            return Place(id_, is_newer)
    return None
