"""One-time secrets: what a link or a cookie holds, of which only a digest is ever stored."""

import secrets
from hashlib import sha256

BYTES = 32


def new_secret() -> str:
    """256 random bits, in letters that fit into an address."""
    return secrets.token_urlsafe(BYTES)


def digest_of(secret: str) -> str:
    """Under which the secret is found again."""
    return sha256(secret.encode(errors="replace")).hexdigest()
