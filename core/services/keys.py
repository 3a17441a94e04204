"""Keys: a sealing key is added, everything gets it, and an old one is retired when nothing needs it any more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.contract.errors import Mendable
from core.gateway.hub import Hub
from core.gateway.key_file import KeyFile
from core.services.audit import OPERATOR, note
from core.services.connections import NotFound
from core.services.reseal import sealed_with

# Every process of the hub has looked at the key file again by then, and seals with the newest key.
NOTICED = timedelta(minutes=1)


class KeyInUse(Mendable, ValueError):
    """The key cannot be retired; the text says what still needs it."""


@dataclass(frozen=True, slots=True)
class SealKey:
    """One key of the file: which columns hold values that it sealed, and how many."""

    id: str
    seals: bool
    added_at: datetime | None
    values: dict[str, int]


def list_keys(hub: Hub, file: KeyFile) -> list[SealKey]:
    """The keys in the order of the file, the one that seals first."""
    ids = file.ids()
    return [SealKey(one, one == ids[0], file.added_at(one), sealed_with(hub, one)) for one in ids]


def add_key(hub: Hub, file: KeyFile, now: datetime, *, actor: str = OPERATOR) -> str:
    """A new key seals from now on; returns its id. Running processes notice within seconds."""
    key_id = file.add(now)
    _note(hub, "add_key", key_id, actor)
    return key_id


def retire_key(hub: Hub, file: KeyFile, key_id: str, now: datetime, *, actor: str = OPERATOR) -> None:
    """The key is not in the file any more. Raises `NotFound`, or `KeyInUse` while anything could need it."""
    ids = file.ids()
    if key_id not in ids:
        raise NotFound(f"there is no key {key_id[:20]!r}: `referhub keys list` shows them")
    if key_id == ids[0]:
        raise KeyInUse("this key seals: add a newer one first with `referhub keys add`")
    if now < (file.added_at(ids[0]) or file.changed_at()) + NOTICED:
        raise KeyInUse("the newest key is younger than a minute: a running hub may not have noticed it yet")
    left = sealed_with(hub, key_id)
    if left:
        told = ", ".join(f"{column} {count}" for column, count in left.items())
        raise KeyInUse(f"this key is still needed ({told}): run `referhub keys reseal` first")
    file.remove(key_id)
    _note(hub, "retire_key", key_id, actor)


def _note(hub: Hub, verb: str, key_id: str, actor: str) -> None:
    with hub.database.transaction() as session:
        note(session, None, verb, f"key:{key_id}", "", hub.now(), actor=actor)
