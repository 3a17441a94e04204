"""Proof that a webhook comes from HubSpot: signature v3, over the address that HubSpot knows us by.

https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

MOST_SECONDS_APART = 300
TIMESTAMP = re.compile(r"[0-9]{10,15}", re.ASCII)  # a stricter reading than HubSpot's own library has
# Only these are decoded before hashing; every other escape stays as it is.
DECODED = re.compile(r"%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def signed_address(public_url: str, path: str, query: str) -> str:
    """The address as HubSpot signed it: from our own setting, never from a header that the sender chose."""
    address = public_url.partition("?")[0].rstrip("/")
    if not address.endswith(path):
        address += path
    return DECODED.sub(lambda escape: chr(int(escape[1], 16)), f"{address}?{query}" if query else address)


def is_signed(
    headers: Mapping[str, str], method: str, address: str, body: bytes, secrets: Sequence[bytes], now: datetime
) -> bool:
    """True when the request carries a fresh v3 signature under one of the `secrets`; v1 and v2 prove nothing here."""
    given = _digest(headers.get("x-hubspot-signature-v3", ""))
    stamp = headers.get("x-hubspot-request-timestamp", "")
    if given is None or not _is_fresh(stamp, now):
        return False
    signed = method.encode() + address.encode() + body + stamp.encode()
    return any(hmac.compare_digest(given, hmac.digest(secret, signed, hashlib.sha256)) for secret in secrets)


def _is_fresh(stamp: str, now: datetime) -> bool:
    return bool(TIMESTAMP.fullmatch(stamp)) and abs(now.timestamp() - int(stamp) / 1000) <= MOST_SECONDS_APART


def _digest(signature: str) -> bytes | None:
    """The 32 bytes that the header spells, or None for anything but their one canonical spelling."""
    if len(signature) != 44 or not signature.isascii():
        return None
    try:
        digest = base64.b64decode(signature, validate=True)
    except binascii.Error:
        return None
    return digest if base64.b64encode(digest) == signature.encode() else None
