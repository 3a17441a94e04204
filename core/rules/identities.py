"""Comparable spellings: the same mailbox, phone or code written differently compares equal."""

import re
import unicodedata

from core.contract.events import IdentityClaim, IdentityKind

DOTLESS_HOSTS = frozenset({"gmail.com", "googlemail.com"})
LONGEST = 320
PHONE_NOISE = re.compile(r"[\s().\-/]")


def canonical(claim: IdentityClaim) -> str | None:
    """The spelling under which an identity is looked up; None when the value cannot name anybody."""
    value = _clean(claim.value)
    if not value:
        return None
    if claim.kind is IdentityKind.EMAIL:
        return canonical_email(value)
    if claim.kind is IdentityKind.PHONE:
        return _canonical_phone(value)
    return value


def canonical_email(value: str) -> str | None:
    """The mailbox behind an address: no case, no plus tag, no dots where the host ignores them."""
    local, at, host = value.casefold().rpartition("@")
    local = local.partition("+")[0]
    if host in DOTLESS_HOSTS:
        local, host = local.replace(".", ""), "gmail.com"
    return f"{local}@{host}" if at and local and "." in host else None


def _canonical_phone(value: str) -> str | None:
    digits = PHONE_NOISE.sub("", value)
    digits = "+" + digits[2:] if digits.startswith("00") else digits
    return digits if re.fullmatch(r"\+?[0-9]{6,15}", digits) else None


def canonical_code(text: str) -> str:
    """The spelling under which codes are compared: case never matters."""
    return _clean(text).casefold()


def _clean(value: str) -> str:
    value = unicodedata.normalize("NFKC", value).strip()
    # Controls and surrogates are never printable, and asking that first is quick.
    has_controls = not value.isprintable() and any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in value)
    return "" if has_controls or len(value) > LONGEST else value
