"""A signed assertion (JWT bearer, RS256): whether the app's registered key made it, and what it claims."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate


class Unbelievable(Exception):
    """The assertion proves nothing; the message is for the caller."""


def public_key(pem: str) -> RSAPublicKey:
    """The key in a certificate or in a public key file; raises ValueError for anything but RSA."""
    text = pem.encode()
    key = load_pem_x509_certificate(text).public_key() if b"CERTIFICATE" in text else load_pem_public_key(text)
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the app's key has to be an RSA key")
    return key


def claims(assertion: str, key: RSAPublicKey) -> dict[str, Any]:
    """What the assertion claims, once its signature holds; raises Unbelievable."""
    try:
        head, body, signature = assertion.split(".")
        told = json.loads(_unpacked(head)), json.loads(_unpacked(body))
        if told[0].get("alg") != "RS256":
            raise Unbelievable("invalid assertion")
        key.verify(_unpacked(signature), f"{head}.{body}".encode(), PKCS1v15(), hashes.SHA256())
    except (ValueError, binascii.Error, InvalidSignature, AttributeError):
        raise Unbelievable("invalid assertion") from None
    return dict(told[1])


def _unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
