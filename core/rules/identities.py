"""Comparable spellings: the same mailbox, phone or code written differently compares equal.

They are for comparing only; what is sent goes to the address as it was given.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from core.contract.events import IdentityClaim, IdentityKind

LONGEST = 320
PHONE_NOISE = re.compile(r"\(0\)|[\s().\-/]")


@dataclass(frozen=True, slots=True)
class MailHost:
    """What a provider does to the part before the @: all its `names` are one mailbox."""

    names: tuple[str, ...]
    ignores_dots: bool = False


# Only hosts whose own help pages say that what follows a plus sign is ignored, and that their names are one mailbox.
MAIL_HOSTS = (
    MailHost(("gmail.com", "googlemail.com"), ignores_dots=True),
    MailHost(("proton.me", "protonmail.com", "protonmail.ch", "pm.me")),
    MailHost(("icloud.com", "me.com", "mac.com")),
    MailHost(("outlook.com",)),
    MailHost(("hotmail.com",)),
    MailHost(("live.com",)),
    MailHost(("fastmail.com",)),
    MailHost(("mailbox.org",)),
    MailHost(("posteo.de",)),
)
HOSTS: Mapping[str, MailHost] = {name: host for host in MAIL_HOSTS for name in host.names}


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
    """The mailbox behind an address: no case; no plus tag, no dots and one name of the host where the host says so."""
    local, _, host = value.casefold().rpartition("@")
    host = host.rstrip(".")
    known = HOSTS.get(host)
    if known:
        host, local = known.names[0], local.partition("+")[0]
        local = local.replace(".", "") if known.ignores_dots else local
    return f"{local}@{host}" if local and local[0] != "+" and "." in host else None


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
