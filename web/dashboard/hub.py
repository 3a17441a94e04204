"""What the dashboard needs of the hub, and nothing more."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from core.database import Database
from core.queries.connections import Switches


class Vault(Protocol):
    """Opens what is sealed; the token key proves what the hub itself has signed."""

    @property
    def token_key(self) -> bytes: ...

    def open(self, sealed: bytes, context: str, /) -> bytes:
        """The value that was sealed for this context; raises ValueError if it cannot be opened."""
        ...


class Hub(Protocol):
    """The hub as a door sees it."""

    @property
    def database(self) -> Database: ...

    @property
    def clock(self) -> Callable[[], datetime]: ...

    @property
    def switches(self) -> Switches: ...

    @property
    def vault(self) -> Vault: ...

    def within(self, merchant_id: str, /, *, actor: str = "") -> "Hub":
        """The hub as one merchant's people see it; `actor` acts."""
        ...
