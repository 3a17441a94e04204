"""Addresses of operators: which spellings are one mailbox."""

import re
import unicodedata

ADDRESS = re.compile(r"[^@\s\x00-\x1f<>\"(),:;\\]{1,64}@[^@\s\x00-\x1f<>\"(),:;\\]{1,190}")


def spelled_alike(email: str) -> str:
    """The address without the differences that no mail server makes: case, width, and blanks around it."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def is_address(email: str) -> bool:
    """True when mail could be sent there, and to nobody else besides."""
    return bool(ADDRESS.fullmatch(email)) and email.isprintable()
