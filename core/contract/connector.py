"""What a connector is: it receives, reads and pushes. Four required parts, and small optional ones."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable

from core.contract.credits import Credit, Finding, Outcome, Record
from core.contract.errors import WrongSetting
from core.contract.events import Event, IdentityClaim, Order
from core.contract.http import Http
from core.contract.webhooks import Delivery, Reception, WebhookRequest


def setting(help: str, *, default: Any = MISSING, secret: bool = False, label: str = "") -> Any:
    """A field of a connector's `config_class`: the connect form and command are drawn from it."""
    return field(default=default, metadata={"help": help, "secret": secret, "label": label})


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """One thing to fill in when connecting."""

    name: str
    label: str
    help: str
    is_secret: bool
    is_required: bool


@dataclass(frozen=True, slots=True)
class SourceAccount:
    """Who we are connected to, and which rights are missing there."""

    source_id: str
    name: str
    currency: str | None = None
    missing_rights: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Connector(ABC):
    """One kind of source, opened for one connection. No global state; the network only through `http`.

    `reward_kinds` are the kinds of `Credit` it can push, as campaigns name them.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    config_class: ClassVar[type]
    reward_kinds: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, config: Any, http: Http) -> None:
        self.config = config
        self.http = http

    @abstractmethod
    def ping(self) -> SourceAccount:
        """Are we connected, as whom, which rights are missing. Raises `NeedsAttention` or `TryLater`."""

    @abstractmethod
    def receive(self, request: WebhookRequest) -> Reception:
        """Prove the sender and split the request; no I/O, no parsing before proof. Raises `BadSignature`."""

    @abstractmethod
    def read(self, delivery: Delivery) -> Sequence[Event]:
        """Translate; may fetch. Empty means "not for us". Raises `Unreadable` or `TryLater`."""


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
    """Writes referral fields: absolute values, so a repeat is harmless."""

    record_batch_size: ClassVar[int]

    def write(self, records: Sequence[Record]) -> Sequence[Outcome | None]:
        """One outcome per record, in order; None means written."""
        ...


@runtime_checkable
class Prepares(Protocol):
    """Makes the source ready: definitions of fields, subscriptions."""

    def prepare(self, webhook_url: str) -> Sequence[str]:
        """Findings in plain words; empty when everything is in place. Safe to repeat."""
        ...


OPTIONAL_PARTS: Mapping[str, type] = {
    "polls": Polls,
    "verifies": Verifies,
    "locates": Locates,
    "pushes": Pushes,
    "marks": Marks,
    "finds": Finds,
    "writes": Writes,
    "prepares": Prepares,
}


def abilities(connector: Connector | type[Connector]) -> list[str]:
    """The optional parts that a connector declares, by name."""
    return [name for name, part in OPTIONAL_PARTS.items() if _has(connector, part)]


def _has(connector: Connector | type[Connector], part: type) -> bool:
    names = [name for name in vars(part) if not name.startswith("_")]
    return all(callable(getattr(connector, name, None)) for name in names)


def settings_of(config_class: type) -> list[SettingSpec]:
    """What has to be filled in to connect, in order."""
    return [
        SettingSpec(
            name=entry.name,
            label=entry.metadata.get("label") or entry.name.replace("_", " "),
            help=entry.metadata.get("help", ""),
            is_secret=bool(entry.metadata.get("secret")),
            is_required=entry.default is MISSING and entry.default_factory is MISSING,
        )
        for entry in fields(config_class)
    ]


def config_from(config_class: type, values: Mapping[str, str]) -> Any:
    """The connection's configuration. Raises `WrongSetting` naming what is missing or unknown."""
    specs = {spec.name: spec for spec in settings_of(config_class)}
    unknown = sorted(set(values) - set(specs))
    if unknown:
        raise WrongSetting(f"unknown setting {unknown[0]!r}: this connector knows {', '.join(specs)}")
    missing = [spec for spec in specs.values() if spec.is_required and not values.get(spec.name)]
    if missing:
        raise WrongSetting(f"{missing[0].name} is missing: {missing[0].help}")
    return config_class(**{name: value for name, value in values.items() if value})
