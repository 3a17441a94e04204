"""Proof that a webhook comes from Shopify: the HMAC over its raw body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence


def is_signed(body: bytes, signature: str | None, secrets: Sequence[bytes]) -> bool:
    """True when `signature` is the base64 HMAC-SHA256 of the raw `body` under one of the `secrets`.

    https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
    """
    given = _digest(signature)
    if given is None:
        return False
    return any(hmac.compare_digest(given, hmac.digest(secret, body, hashlib.sha256)) for secret in secrets)


def _digest(signature: str | None) -> bytes | None:
    """The 32 bytes that the header spells, or None for anything but their one canonical spelling."""
    if not signature or len(signature) != 44 or not signature.isascii():
        return None
    try:
        digest = base64.b64decode(signature, validate=True)
    except binascii.Error:
        return None
    return digest if base64.b64encode(digest) == signature.encode() else None
