"""Parts: what a connector can do besides, each by having all methods of a part; the hub asks nothing of one without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable

from core.contract.connector import Connector, SourceAccount
from core.contract.credits import Credit, Finding, Outcome, Record, WriteOutcome
from core.contract.errors import ConnectorError
from core.contract.events import Event, IdentityClaim, Order
from core.contract.webhooks import Delivery


@runtime_checkable
class ReadsMany(Protocol):
    """Reads thin hints together, so that their records are fetched in few calls; used instead of `read`.

    Orders that are fetched so are told with `is_current`.
    """

    read_batch_size: ClassVar[int]

    def read_many(self, deliveries: Sequence[Delivery]) -> Sequence[Sequence[Event] | ConnectorError]:
        """For each delivery, in order, what `read` would return or raise. Raises what concerns all of them."""
        ...


@dataclass(frozen=True, slots=True)
class Page:
    """Some deliveries found by asking, and the cursor to store once they are stored."""

    deliveries: tuple[Delivery, ...]
    cursor: str
    is_last: bool = True


@runtime_checkable
class Polls(Protocol):
    """Reconciliation: what webhooks lost is found by asking."""

    def poll(self, cursor: str | None, now: datetime) -> Page:
        """The next page of what changed since `cursor` (None: the beginning), with an overlap."""
        ...


@dataclass(frozen=True, slots=True)
class Gone:
    """The source no longer has it."""

    reason: str


@runtime_checkable
class Verifies(Protocol):
    """The order is read again at the source before a reward leaves its hold."""

    def verify(self, order_id: str) -> Order | Gone:
        """The order as it stands now. Raises `TryLater`, `NeedsAttention` or `Unreadable`."""
        ...


@runtime_checkable
class Locates(Protocol):
    """Finds the account that can receive a credit."""

    def locate(self, identity: IdentityClaim) -> str | None:
        """The source's id of the person, or None if it knows nobody so. Raises `TryLater`, `NeedsAttention`, or
        `Unreadable` when it cannot be asked about this one."""
        ...


@runtime_checkable
class LocatesMany(Protocol):
    """Finds people of the programme among the source's own, so that their fields can be shown there."""

    locate_batch_size: ClassVar[int]

    def locate_many(self, addresses: Sequence[IdentityClaim]) -> Sequence[IdentityClaim | None]:
        """For each address, in order, the source's own id of the one person who has it (such as a CONTACT or LEAD).

        None when nobody has it, or several: which of them is meant is not for us to guess. Raises `TryLater` or
        `NeedsAttention`.
        """
        ...


@runtime_checkable
class Pushes(Protocol):
    """Gives credits, and takes them back."""

    batch_size: ClassVar[int]

    def push(self, credits: Sequence[Credit]) -> Sequence[Outcome]:
        """One outcome per credit, in order. A lost answer is `Unsure`, never a guess."""
        ...


@runtime_checkable
class Marks(Protocol):
    """Tells where an account stands before a push, so that the effect can be told from older ones."""

    def watermark(self, credit: Credit) -> str:
        """An opaque mark. Raises `TryLater`, `NeedsAttention` or `Rejected`."""
        ...


@runtime_checkable
class Finds(Protocol):
    """Tells what really happened to an unknown push."""

    def find(self, credit: Credit, claimed: frozenset[str]) -> Finding:
        """What the source holds of this push; remote ids in `claimed` belong to other pushes already."""
        ...

    def is_recognisable(self, credit: Credit) -> bool:
        """True when `Absent` is proof enough to send again (a unique code or second), False when only alike."""
        ...


@runtime_checkable
class Writes(Protocol):
    """Writes referral fields: absolute values, so a repeat is harmless.

    `default_fields` says which of our fields (see `docs/fields.md`) goes where, as long as nobody maps them otherwise.
    """

    record_batch_size: ClassVar[int]
    default_fields: ClassVar[Mapping[str, str]]

    def write(self, records: Sequence[Record]) -> Sequence[WriteOutcome]:
        """One outcome per record, in order; None means written, `FieldRefused` that one field stands in the way."""
        ...


@runtime_checkable
class WritesInBulk(Protocol):
    """Has a slower way that costs fewer calls, for when more than `bulk_above` records wait."""

    bulk_above: int
    bulk_batch_size: ClassVar[int]

    def write_in_bulk(self, records: Sequence[Record]) -> Sequence[WriteOutcome]:
        """As `write`. What is not known to be done after a minute is `Later`."""
        ...


@runtime_checkable
class Shows(Protocol):
    """Shows what the source's people carry now: before the first write, to find what drifted, and to undo.

    `shared_fields` are ours to fill and never to overwrite: somebody there may have written them.
    """

    shared_fields: ClassVar[frozenset[str]]

    def show(self, source_ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, str | None] | Gone]:
        """Of at most `record_batch_size` people the current values of these fields of the source, in its own spelling.

        Raises `TryLater` or `NeedsAttention`.
        """
        ...

    def spelt(self, value: Any, field: str) -> str | None:
        """How the source shows a value that the hub wrote into this field of the source, to compare with `show`."""
        ...


@runtime_checkable
class ChecksFields(Protocol):
    """Tells before writing which fields cannot be written."""

    def check_fields(self, fields: Mapping[str, str]) -> Mapping[str, str]:
        """Of these (ours: theirs), the problem of each of theirs that cannot be written, with what to click.

        Raises `TryLater` or `NeedsAttention`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of what the source allows is used up, as it last said; `words` tells what the hub does about it."""

    used: int
    limit: int
    words: str = ""


@runtime_checkable
class Meters(Protocol):
    """Knows the source's limits as its answers tell them."""

    def usage(self) -> Usage | None:
        """The last that was heard; None as long as nothing was."""
        ...


@runtime_checkable
class Installs(Protocol):
    """Is connected by sending an admin to the source, who comes back with a code. It `Revokes`, too."""

    def is_installed(self) -> bool:
        """True when there is no need for that: an admin agreed already, or the settings are enough."""
        ...

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        """Where the admin agrees."""
        ...

    def exchange(self, code: str, redirect_uri: str) -> SourceAccount:
        """The code is exchanged, its tokens are in `keep`, and this is who agreed. Raises `NeedsAttention`."""
        ...


@runtime_checkable
class ProvesReturns(Protocol):
    """Installs, and tells whether it was really the source that sent an admin back."""

    def prove_return(self, query: str, now: datetime) -> None:
        """Nothing happens, or `NotProven` is raised: the address that the admin came back to is not genuine."""
        ...


@runtime_checkable
class Renews(Protocol):
    """Has something that ends unless it is used, such as tokens of a shop where nothing happens for months."""

    def renew(self) -> None:
        """What would end within two weeks is good for longer again; without a call where nothing would.

        Raises `TryLater` or `NeedsAttention`.
        """
        ...


@runtime_checkable
class Revokes(Protocol):
    """Can take its access back at the source, when a connection is ended."""

    def revoke(self) -> Sequence[str]:
        """The source has forgotten our tokens, as far as it can be reached, and `keep` holds none.

        Returns in plain words what a person still has to do there; raises nothing for a source that is out of reach.
        """
        ...


@runtime_checkable
class Prepares(Protocol):
    """Makes the source ready: definitions of fields, subscriptions."""

    def prepare(self, webhook_url: str) -> Sequence[str]:
        """Findings in plain words; empty when everything is in place. Safe to repeat."""
        ...


OPTIONAL_PARTS: Mapping[str, type] = {
    "reads_many": ReadsMany,
    "polls": Polls,
    "verifies": Verifies,
    "locates": Locates,
    "locates_many": LocatesMany,
    "pushes": Pushes,
    "marks": Marks,
    "finds": Finds,
    "writes": Writes,
    "writes_in_bulk": WritesInBulk,
    "shows": Shows,
    "checks_fields": ChecksFields,
    "meters": Meters,
    "installs": Installs,
    "proves_returns": ProvesReturns,
    "renews": Renews,
    "revokes": Revokes,
    "prepares": Prepares,
}


def abilities(connector: Connector | type[Connector]) -> list[str]:
    """The optional parts that a connector declares, by name."""
    return [name for name, part in OPTIONAL_PARTS.items() if _has(connector, part)]


def _has(connector: Connector | type[Connector], part: type) -> bool:
    names = [name for name, value in vars(part).items() if not name.startswith("_") and callable(value)]
    return all(callable(getattr(connector, name, None)) for name in names)
