"""What a connector is: it receives and reads. Whatever else it can do is an optional part, see `parts.py`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from core.contract.events import Event
from core.contract.facts import FactField
from core.contract.http import Http
from core.contract.keep import Keep, Memory
from core.contract.store_app import StoreApp
from core.contract.webhooks import Delivery, Reception, WebhookRequest


@dataclass(frozen=True, slots=True)
class SourceAccount:
    """Who we are connected to, and which rights are missing there."""

    source_id: str
    name: str
    currency: str | None = None
    missing_rights: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """What a person does at the source, step by step: before connecting, and after.

    `{return_url}` stands for where an admin who agreed is sent back to, `{webhook_url}` for the connection's address.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Connector(ABC):
    """One kind of source, opened for one connection. No global state; the network only through `http`.

    `reward_kinds` are the kinds of `Credit` it can push, as campaigns name them. `duty_topics` are the topics of
    privacy duties: deliveries of these are read, without any call, also when the source was removed or switched off.
    `store_app` is what one app of the source's store adds, which many shops install. `guide` is shown to whoever
    connects. `facts` are the fields it can tell of orders and lines, by their full names; `deal.*` stands for fields
    that only the connection's own settings name.
    """

    key: ClassVar[str]
    label: ClassVar[str]
    config_class: ClassVar[type]
    reward_kinds: ClassVar[frozenset[str]] = frozenset()
    guide: ClassVar[Guide] = Guide()
    duty_topics: ClassVar[frozenset[str]] = frozenset()
    facts: ClassVar[Mapping[str, FactField]] = {}
    store_app: ClassVar[type[StoreApp] | None] = None

    def __init__(self, config: Any, http: Http) -> None:
        self.config = config
        self.http = http
        self.keep: Keep = Memory()  # the hub puts one in its place that all its processes share

    def webhook_path(self) -> str:
        """What the source has to add to the connection's webhook address, such as a secret; empty for nothing."""
        return ""

    @abstractmethod
    def ping(self) -> SourceAccount:
        """Are we connected, as whom, which rights are missing. Raises `NeedsAttention` or `TryLater`."""

    @abstractmethod
    def receive(self, request: WebhookRequest) -> Reception:
        """Prove the sender and split the request; no I/O, no parsing before proof.

        Raises `BadSignature`, or `NotAccepted` with the status that this kind of source has to hear.
        """

    @abstractmethod
    def read(self, delivery: Delivery) -> Sequence[Event]:
        """Translate; may fetch. Empty means "not for us" (or one `Ignored`, which says why).

        Raises `Unreadable`, `TryLater` or `NeedsAttention`.
        """
