"""A delivery's body for reading: indented if it is JSON, with every number exactly as the source wrote it."""

import json
import re
from collections.abc import Iterator

LARGEST_SHOWN = 200_000
DEEPEST_INDENT = 30
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
EMPTY = {"{": "}", "[": "]"}


def readable(raw: bytes) -> str:
    """The body as text, cut after 200,000 letters."""
    text = raw.decode(errors="replace")
    shown = _gathered(_lines(text)) if _is_json(text) else text[: LARGEST_SHOWN + 1]
    return shown if len(shown) <= LARGEST_SHOWN else f"{shown[:LARGEST_SHOWN]}\n… cut"


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text, parse_int=str, parse_float=str), (dict, list))
    except (ValueError, RecursionError):
        return False


def _gathered(parts: Iterator[str]) -> str:
    found, length = [], 0
    for part in parts:
        found.append(part)
        length += len(part)
        if length > LARGEST_SHOWN:
            break
    return "".join(found)


def _lines(text: str) -> Iterator[str]:
    """The tokens with line breaks between them; the tokens themselves are never changed."""
    tokens = TOKEN.findall(text)
    depth = 0
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        if token in EMPTY and following != EMPTY[token]:
            depth += 1
            yield token + _break(depth)
        elif token == ",":
            yield token + _break(depth)
        elif following in ("}", "]") and token not in EMPTY:
            depth -= 1
            yield token + _break(depth)
        else:
            yield ": " if token == ":" else token


def _break(depth: int) -> str:
    return "\n" + "  " * min(depth, DEEPEST_INDENT)
