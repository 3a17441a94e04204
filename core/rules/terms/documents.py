"""Terms as a file: TOML or JSON text becomes a plain document, whatever somebody wrote."""

import json
import re
import tomllib
from datetime import date, datetime, time
from typing import Any

from core.rules.terms.model import BadTerms

LONGEST = 1_000_000
# Reading a TOML key takes time that grows with the square of its dots.
DOTTED = re.compile(r"""(?<![\w"'.-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){20}""")


def read_document(text: str, *, is_json: bool) -> dict[str, Any]:
    """The document that the text spells, with days and times as text. Raises `BadTerms` where it is none.

    Its words go on after the file's name: "cannot be read as TOML: …".
    """
    if len(text) > LONGEST:
        raise BadTerms([f"has more than {LONGEST:,} characters; terms are a page or two"])
    try:
        found = json.loads(text, object_pairs_hook=_once) if is_json else _toml(text)
    except BadTerms:
        raise
    except RecursionError:
        raise BadTerms(["cannot be read: too many tables or lists stand in each other; write it flatter"]) from None
    except ValueError as error:
        raise BadTerms([f"cannot be read as {'JSON' if is_json else 'TOML'}: {error}"]) from None
    if not isinstance(found, dict):
        raise BadTerms(["must hold tables such as [campaign], [counts], [advocate] and [friend]"])
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The table, unless a key stands in it twice: which of both was meant?"""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadTerms([f"says {twice[:40]!r} twice in one table; keep one of them"])
    return found


def _toml(text: str) -> dict[str, Any]:
    if DOTTED.search(text):
        raise BadTerms(["cannot be read: a key has more than twenty dots; write tables instead"])
    plain: dict[str, Any] = _plain(tomllib.loads(text))
    return plain


def _plain(found: Any) -> Any:
    """TOML knows days and times by itself; the terms keep them as text, as JSON writes them."""
    if isinstance(found, dict):
        return {name: _plain(value) for name, value in found.items()}
    if isinstance(found, list):
        return [_plain(value) for value in found]
    return found.isoformat() if isinstance(found, (date, datetime, time)) else found
