"""Signatures of a webhook: v3 over method, address, body and time; v1 over secret and body."""

from __future__ import annotations

import base64
import hashlib
import hmac

# Decoded in the address before it is hashed, and nothing else
# (https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation).
DECODED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}


def decoded(uri: str) -> str:
    for written, meant in DECODED.items():
        uri = uri.replace(written, meant)
    return uri


def v3(secret: str, method: str, uri: str, body: bytes, timestamp: str) -> str:
    """base64 of HMAC-SHA256."""
    text = f"{method}{decoded(uri)}".encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def v1(secret: str, body: bytes) -> str:
    """Hex of SHA-256; CRM webhooks still carry it."""
    return hashlib.sha256(secret.encode() + body).hexdigest()


def headers(secret: str, uri: str, body: bytes, now: int) -> dict[str, str]:
    timestamp = str(now)
    return {
        "Content-Type": "application/json",
        "User-Agent": "HubSpot Connect 2.0 (https://developers.hubspot.com)",
        "X-HubSpot-Signature": v1(secret, body),
        "X-HubSpot-Signature-Version": "v1",
        "X-HubSpot-Signature-v3": v3(secret, "POST", uri, body, timestamp),
        "X-HubSpot-Request-Timestamp": timestamp,
    }
