"""The vault: seals credentials and personal values, and derives the names and codes only this hub can make."""

import base64
import hmac
import os
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PLAIN, PACKED = b"\x01", b"\x02"
NONCE = 12
KEY_ID = 4
SMALLEST_TO_PACK = 512
# A running hub seals with a new key after so long at the latest.
LOOK_SECONDS = 5.0
LARGEST_UNPACKED = 8 * 1024 * 1024
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no I, O, 0, 1: people read codes aloud


class SealBroken(ValueError):
    """A sealed value cannot be opened: its key is missing, or it was moved or changed."""


@dataclass(frozen=True)
class Keys:
    """`seals` by id, the first one seals anew and all of them open; `root` never rotates (lookups rest on it)."""

    root: bytes
    seals: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class _Keyring:
    """Taken up whole, because other threads are sealing meanwhile."""

    current: bytes
    ciphers: Mapping[bytes, AESGCM]


class Vault:
    """AES-256-GCM; every value is bound to the `context` (table, column, row) it belongs to."""

    def __init__(self, keys: Keys, look_again: Callable[[], Keys | None] = lambda: None) -> None:
        """`look_again` tells the keys anew when they have changed, so that a running hub learns of a new one."""
        self._look_again = look_again
        self._take(keys)
        self._root = keys.root
        self._lookup_key = _derived(keys.root, "lookup")
        self._code_key = _derived(keys.root, "code")
        self.token_key = _derived(keys.root, "cart attribute")

    def _take(self, keys: Keys) -> None:
        self._keyring = _Keyring(next(iter(keys.seals)), {key_id: AESGCM(key) for key_id, key in keys.seals.items()})
        self._looked_at = time.monotonic()

    def look(self) -> bool:
        """The keys are looked at again; True when they had changed."""
        self._looked_at = time.monotonic()
        keys = self._look_again()
        if keys is not None:
            self._take(keys)
        return keys is not None

    @property
    def current(self) -> bytes:
        """The id of the key that seals from now on."""
        if time.monotonic() > self._looked_at + LOOK_SECONDS:
            self.look()
        return self._keyring.current

    def seal(self, plain: bytes, context: str) -> bytes:
        """The value, packed if that makes it smaller, encrypted and bound to `context`."""
        current, ciphers = self.current, self._keyring.ciphers
        packed = zlib.compress(plain, 1) if len(plain) >= SMALLEST_TO_PACK else plain
        kind = PACKED if len(packed) < len(plain) else PLAIN
        nonce = os.urandom(NONCE)
        sealed = ciphers[current].encrypt(nonce, packed if kind == PACKED else plain, kind + context.encode())
        return kind + current + nonce + sealed

    def open(self, sealed: bytes, context: str) -> bytes:
        """The value that was sealed for this very `context`. Raises `SealBroken`."""
        kind, key_id = sealed[:1], sealed[1 : 1 + KEY_ID]
        nonce, rest = sealed[1 + KEY_ID : 1 + KEY_ID + NONCE], sealed[1 + KEY_ID + NONCE :]
        if key_id not in self._keyring.ciphers and not (self.look() and key_id in self._keyring.ciphers):
            raise SealBroken(f"the key {key_id.hex()} is not in the key file: put the old key back")
        try:
            plain = self._keyring.ciphers[key_id].decrypt(nonce, rest, kind + context.encode())
        except (InvalidTag, ValueError):
            raise SealBroken("a sealed value was moved or changed") from None
        return _unpacked(plain) if kind == PACKED else plain

    def lookup(self, value: str, merchant_id: str = "") -> str:
        """A keyed hash under which a personal value is found again without being stored.

        With a `merchant_id` it is that merchant's own: nobody sees that two merchants know the same person.
        """
        value = f"{merchant_id}:{value}" if merchant_id else value
        return hmac.new(self._lookup_key, value.encode(), sha256).hexdigest()[:40]

    def derived(self, purpose: str) -> bytes:
        """Thirty-two bytes for one purpose, which only this hub's root key gives; the same for ever."""
        return _derived(self._root, f"for {purpose}")

    def code_for(self, push_id: str) -> str:
        """Sixteen letters and digits that belong to this push alone, the same at every call."""
        digest = hmac.new(self._code_key, push_id.encode(), sha256).digest()
        return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:16])


def _unpacked(packed: bytes) -> bytes:
    reader = zlib.decompressobj()
    plain = reader.decompress(packed, LARGEST_UNPACKED)
    if reader.unconsumed_tail:
        raise SealBroken("a sealed value unpacks to more than it may")
    return plain


def _derived(root: bytes, purpose: str) -> bytes:
    return hmac.new(root, purpose.encode(), sha256).digest()


def load_keys(path: Path) -> Keys:
    """The keys in the file at `path`; a new file (readable by its owner only) when there is none yet."""
    if not path.exists():
        _write_new_keys(path)
    lines = [line.split() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    try:
        (root,) = [base64.b64decode(line[1]) for line in lines if line[0] == "root"]
        seals = {bytes.fromhex(line[1]): base64.b64decode(line[2]) for line in lines if line[0] == "seal"}
        if not seals or any(len(key_id) != KEY_ID for key_id in seals):
            raise ValueError
        return Keys(root, seals)
    except (ValueError, IndexError) as error:
        raise SealBroken(
            f"{path} is not a key file: restore it from a backup; without it sealed values stay closed"
        ) from error


def _write_new_keys(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    root, key = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
    text = (
        "# Keep a copy of this file apart from the database: without it sealed values stay closed for ever.\n"
        "# To rotate: `referhub keys add`, `referhub keys reseal`, `referhub keys retire`. The first key seals.\n"
        f"root {root}\nseal {os.urandom(KEY_ID).hex()} {key}\n"
    )
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
