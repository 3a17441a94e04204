"""A personal value as it lies in the database: still sealed, with what its vault needs to open it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sealed:
    """Bytes that only a door opens, with `vault.open(sealed.value, sealed.context)`."""

    value: bytes
    context: str


def sealed(value: bytes | None, context: str) -> Sealed | None:
    """The sealed value, or None if there is nothing to open."""
    return Sealed(value, context) if value else None
