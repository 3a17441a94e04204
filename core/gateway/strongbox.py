"""The strongbox: a file that is encrypted as it is written and proven piece by piece as it is read."""

import hmac
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from core.contract.errors import Mendable
from core.gateway.vault import Vault

MAGIC = b"referhub backup 1\n"
PIECE = 256 * 1024
TAG = 16
LONGEST_LABEL = 64 * 1024
LENGTH = 4
SCRYPT_COST = 1 << 15


class BoxBroken(Mendable, ValueError):
    """The file is no backup, was changed or cut off, or does not open with what was given; the text says which."""


@dataclass(frozen=True, slots=True)
class Lock:
    """What a strongbox is locked with: the hub's own root key, or a passphrase where there is one."""

    vault: Vault | None = None
    passphrase: str = ""

    def told(self) -> dict[str, str]:
        """What the label says of the lock: how its key is found again, and whose it is."""
        kind = "passphrase" if self.passphrase else "keys"
        return {"kind": kind, "salt": os.urandom(16).hex()}

    def key(self, told: Mapping[str, str]) -> bytes:
        """The key of the box with that label. Raises `BoxBroken` when the other kind of lock is needed."""
        salt = bytes.fromhex(told["salt"])
        if told["kind"] == "passphrase":
            if not self.passphrase:
                raise BoxBroken("this backup is locked with a passphrase: give it with --passphrase-file")
            return Scrypt(salt=salt, length=32, n=SCRYPT_COST, r=8, p=1).derive(self.passphrase.encode())
        if self.vault is None:
            raise BoxBroken("this backup is locked with the hub's keys: put the key file in its place first")
        return hmac.new(self.vault.derived("backups"), salt, sha256).digest()


def fingerprint(vault: Vault) -> str:
    """Names the root key without telling anything of it."""
    return vault.derived("the fingerprint of the root key").hex()[:16]


class BoxWriter(io.RawIOBase):
    """What is written is sealed in pieces; without `finish` the box stays open, and a reader refuses it."""

    def __init__(self, file: IO[bytes], label: Mapping[str, Any], lock: Lock) -> None:
        told = lock.told()
        head = MAGIC + json.dumps({**label, "lock": told}).encode() + b"\n"
        file.write(head)
        self._file = file
        self._context = sha256(head).digest()
        self._cipher = AESGCM(lock.key(told))
        self._waiting = bytearray()
        self._count = 0

    def writable(self) -> bool:
        return True

    def write(self, text: Any, /) -> int:
        self._waiting += text
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]
        return len(text)

    def finish(self) -> None:
        """The last piece is sealed, and says that it is the last."""
        self._seal(bytes(self._waiting), is_last=True)

    def _seal(self, piece: bytes, *, is_last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._count, is_last=is_last), piece, self._context)
        self._file.write(len(sealed).to_bytes(LENGTH, "big") + sealed)
        self._count += 1


class BoxReader(io.RawIOBase):
    """What is read is proven piece by piece. Raises `BoxBroken` at the first that does not fit, or is missing."""

    def __init__(self, file: IO[bytes], lock: Lock) -> None:
        self.label = read_label(file)
        self._file = file
        told = self.label["lock"]
        file.seek(0)
        self._context = sha256(file.read(len(MAGIC)) + file.readline(LONGEST_LABEL)).digest()
        self._cipher = AESGCM(lock.key(told))
        self._open = b""
        self._count = 0
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any, /) -> int:
        while not self._open and not self._is_over:
            self._open = self._next()
        taken = self._open[: len(into)]
        into[: len(taken)] = taken
        self._open = self._open[len(taken) :]
        return len(taken)

    def _next(self) -> bytes:
        length = int.from_bytes(self._file.read(LENGTH), "big")
        sealed = self._file.read(length) if TAG <= length <= PIECE + TAG else b""
        if not sealed or len(sealed) < length:
            raise BoxBroken("the backup was cut off: its end is missing")
        # Nothing follows the last piece, so which one is the last needs no telling apart from the file's end.
        self._is_over = not self._file.read(1)
        if not self._is_over:
            self._file.seek(-1, os.SEEK_CUR)
        try:
            opened = self._cipher.decrypt(_nonce(self._count, is_last=self._is_over), sealed, self._context)
        except InvalidTag:
            raise BoxBroken(self._why()) from None
        self._count += 1
        return opened

    def _why(self) -> str:
        if self._count:
            return "the backup was changed or cut off: it does not prove what it says"
        return "the backup does not open: it was changed, or this is another passphrase or another hub's key"


def read_label(file: IO[bytes]) -> dict[str, Any]:
    """What the outside of a box says; anybody can read it. Raises `BoxBroken`."""
    try:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError
        label = json.loads(file.readline(LONGEST_LABEL))
        if not isinstance(label, dict) or not isinstance(label.get("lock"), dict):
            raise ValueError
        bytes.fromhex(label["lock"]["salt"])
        return {**label, "lock": {"kind": str(label["lock"]["kind"]), "salt": str(label["lock"]["salt"])}}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BoxBroken("this file is no backup of a hub") from None


def _nonce(count: int, *, is_last: bool) -> bytes:
    # Each box has a key of its own, so counting is enough; the last piece cannot pass for another one.
    return count.to_bytes(11, "big") + bytes([is_last])
