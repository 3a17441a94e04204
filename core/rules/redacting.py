"""Redacting: a text for logs and screens, without anything that looks like a credential or names a person."""

import re
from collections.abc import Callable

HIDDEN, ADDRESS = "[hidden]", "[address]"
ADDRESSES = re.compile(r"[^\s\"'<>()\[\]{},;:=&?/\\]+@[^\s\"'<>()\[\]{},;:=&?/\\]+\.\w+|[\w.+-]+%40[\w.-]+")
# A word that says what comes next is nobody's business, in a header, a query or a JSON text.
NAMED = re.compile(
    r"(?i)([\"']?(?:[\w-]*(?:token|secret|password|passwd|api[_-]?key|hapikey|signature|hmac|authorization|cookie)"
    r"|assertion|id_token|(?<=[?&\"'])(?:code|session))[\"']?\s*[:=]\s*[\"']?(?:bearer\s+|basic\s+)?)(?!(?i:bearer|basic)\b)([^\s\"'&,;}\[]+)"
)
BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}")
TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*")
KNOWN = re.compile(r"\b(shpat_|shpss_|shpca_|shppa_|pat-[a-z]{2}\d-|00D\w{12,15}!)[\w.!-]+")
# What comes after a connection's id in a webhook's address may be a secret part of it.
DOOR = re.compile(r"(/?hooks/(?:app/)?[\w-]+)/[^\s?\"']+")
LONG = re.compile(r"[A-Za-z0-9_-]{24,}(?:\.[A-Za-z0-9_-]+)*")
HUB_ID = re.compile(r"[0-9a-f]{32}")
PHONE = re.compile(r"(?<![\w.:-])\+\d[\d ()/-]{6,18}\d")


def redacted(text: str) -> str:
    """The text with addresses, phone numbers and whatever looks like a credential taken out; the hub's ids stay."""
    for pattern, instead in RULES:
        text = pattern.sub(instead, text)
    return text


def _unless_an_id(found: re.Match[str]) -> str:
    word = found[0]
    is_random = any(letter.isdigit() for letter in word) and any(letter.isalpha() for letter in word)
    return word if HUB_ID.fullmatch(word) or not is_random else HIDDEN


Instead = str | Callable[[re.Match[str]], str]
RULES: tuple[tuple[re.Pattern[str], Instead], ...] = (
    (ADDRESSES, ADDRESS),
    (TOKEN, HIDDEN),
    (BEARER, rf"\1 {HIDDEN}"),
    (NAMED, rf"\1{HIDDEN}"),
    (KNOWN, rf"\1{HIDDEN}"),
    (DOOR, rf"\1/{HIDDEN}"),
    (PHONE, "[phone]"),
    (LONG, _unless_an_id),
)
