"""Reload: a page that comes without a proof is sent through the store's script, which loads it again with one."""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Request

from core.contract.store_app import StoreApp

TRIED = "proof_asked_at"
ONCE_SECONDS = 30
# A place of ours: one slash, then nothing by which a browser would read another host into it.
PLACE = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
LONGEST = 4_096
OLD_PROOF = "id_token"


def is_fetched(request: Request) -> bool:
    """True for a script's request: a document could be sent elsewhere, a script is only told."""
    mode = request.headers.get("Sec-Fetch-Mode", "navigate" if _takes_pages(request) else "cors")
    return "Authorization" in request.headers or mode != "navigate" or request.method != "GET"


def _takes_pages(request: Request) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def way_round(request: Request, app: StoreApp, home: str, now: Callable[[], float]) -> str | None:
    """The bounce page's address, from which the store's script comes back here; None when that was tried just now."""
    words = [
        (name, value) for name, value in parse_qsl(request.query_string.decode(errors="replace")) if name != "id_token"
    ]
    told = dict(words)
    if _is_of_late(told.pop(TRIED, ""), now()):
        return None
    back = urlencode({**told, TRIED: int(now())})
    place = f"{request.script_root}{request.path}?{back}"
    return f"{home}/bounce?{urlencode({**told, app.reload_word: place})}"


def _is_of_late(written: str, now: float) -> bool:
    return written.isascii() and written.isdecimal() and len(written) < 13 and abs(now - int(written)) < ONCE_SECONDS


def is_ours(place: str, home: str) -> bool:
    """True for a place of the app on this very host, written as a path."""
    if len(place) > LONGEST or not PLACE.fullmatch(place):
        return False
    path = urlsplit(place).path
    is_inside = path == home or path.startswith(f"{home}/")
    return is_inside and ".." not in path and "%" not in path
