"""The key file: keys are added and retired in it, whole or not at all, and a running hub notices."""

import base64
import os
from datetime import UTC, datetime
from pathlib import Path

from core.gateway.vault import KEY_ID, Keys, SealBroken, Vault, load_keys


class KeyFile:
    """The file at `path`; a new one (readable by its owner only) when there is none yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def vault(self) -> Vault:
        """A vault that learns of keys added or retired later. Raises `SealBroken`."""
        load_keys(self.path)
        watched = _Watched(self.path)  # before the keys are read: a change in between is noticed later
        return Vault(load_keys(self.path), watched.changed)

    def ids(self) -> list[str]:
        """The ids of the sealing keys in hex; the first one seals."""
        return [key_id.hex() for key_id in load_keys(self.path).seals]

    def added_at(self, key_id: str) -> datetime | None:
        """When the key was added; None for the one the file began with, or one written in by hand."""
        line = next(line.split() for line in self._lines() if _is_seal(line, key_id))
        return datetime.fromisoformat(line[3]) if len(line) > 3 else None

    def changed_at(self) -> datetime:
        """When the file was last written, by the machine's clock."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)

    def add(self, now: datetime) -> str:
        """A new key stands first and seals from now on; the others still open. Returns its id in hex."""
        key_id, key = os.urandom(KEY_ID).hex(), base64.b64encode(os.urandom(32)).decode()
        lines = self._lines()
        first = next(number for number, line in enumerate(lines) if line.startswith("seal "))
        at = now.astimezone(UTC).isoformat(timespec="seconds")
        self._write([*lines[:first], f"seal {key_id} {key} {at}", *lines[first:]])
        return key_id

    def remove(self, key_id: str) -> None:
        """The key is not in the file any more; what was sealed with it stays closed for ever."""
        self._write([line for line in self._lines() if not _is_seal(line, key_id)])

    def _lines(self) -> list[str]:
        return self.path.read_text().splitlines()

    def _write(self, lines: list[str]) -> None:
        aside = self.path.with_name(f"{self.path.name}.new")
        aside.unlink(missing_ok=True)
        with open(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
        load_keys(aside)  # never put a file in its place that cannot be read
        os.replace(aside, self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


class _Watched:
    """Tells when the file at `path` has become another one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = self._state()

    def changed(self) -> Keys | None:
        """The keys, if the file is not what it was the last time; one that is gone or spoilt changes nothing."""
        try:
            state = self._state()
            keys = load_keys(self.path) if state != self._seen else None
        except (OSError, SealBroken):
            return None
        self._seen = state
        return keys

    def _state(self) -> tuple[int, int, int]:
        found = self.path.stat()
        return found.st_ino, found.st_size, found.st_mtime_ns


def _is_seal(line: str, key_id: str) -> bool:
    return line.split()[:2] == ["seal", key_id]
