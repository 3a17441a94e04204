"""SOQL cut into words, each with its place, so that errors can point at it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.salesforce.refusals import Refusal

WORD = re.compile(
    r"""\s*(?:
    (?P<text>'(?:[^'\\]|\\.)*')
    |(?P<time>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))
    |(?P<date>\d{4}-\d\d-\d\d)
    |(?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_][\w.]*(?::\d+)?)
    |(?P<sign><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE,
)
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
LONGEST = 100_000


@dataclass(frozen=True)
class Word:
    kind: str
    text: str
    place: int

    def says(self, *words: str) -> bool:
        return self.kind in ("name", "sign") and self.text.upper() in words


def words(query: str) -> list[Word]:
    """Raises Refusal for a character that begins no word, an unfinished text included."""
    if len(query) > LONGEST:
        raise Refusal("MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters.")
    found, place = [], 0
    while query[place:].strip():
        match = WORD.match(query, place)
        if match is None:
            place += len(query[place:]) - len(query[place:].lstrip())
            raise unexpected(query[place], place)
        kind = match.lastgroup or ""
        found.append(Word(kind, match[kind], match.start(kind)))
        place = match.end()
    return found


def unexpected(token: str, place: int) -> Refusal:
    return Refusal("MALFORMED_QUERY", f"\nERROR at Row:1:Column:{place + 1}\nunexpected token: '{token}'")


def unescaped(text: str, pattern: bool = False) -> str:
    """The text between the quotes; in a pattern, escaped wildcards stay so. Raises Refusal for a strange escape."""

    def one(match: re.Match[str]) -> str:
        letter = match[1]
        if letter.startswith("u"):
            return chr(int(letter[1:], 16))
        if letter in "_%":
            return f"\\{letter}" if pattern else letter
        if letter.lower() not in ESCAPES:
            raise Refusal("MALFORMED_QUERY", f"Illegal character sequence '\\{letter}' in string literal")
        return "\\\\" if pattern and letter == "\\" else ESCAPES[letter.lower()]

    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", one, text[1:-1], flags=re.DOTALL)
