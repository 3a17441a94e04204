"""A store's app: one set of credentials for every shop that installs it, and the proofs its doors ask for."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from core.contract.errors import ConnectorError
from core.contract.events import IdentityClaim
from core.contract.http import Http
from core.contract.keep import Keep
from core.contract.webhooks import Reception, WebhookRequest


class NotProven(ConnectorError):
    """Nothing proves who asks: answer 401. A `renewable` proof was good once; the page may bring a fresh one."""

    def __init__(self, reason: str, *, renewable: bool = False) -> None:
        super().__init__(reason)
        self.renewable = renewable


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works at `shop` and looks at a page of the app there; `person` is the store's own id of them.

    `is_arrival` is True when the store's admin opened the page just now, rather than a click inside the app.
    """

    shop: str
    person: str
    proof: str = field(repr=False)
    is_arrival: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """How a page stands inside a shop's admin: who may embed it, and the store's script that runs first in it.

    `asks` is the dotted name of the script's own function that asks the merchant for rights which the app can do
    without; `optional_rights` are those, by what somebody would want them for.
    """

    ancestors: tuple[str, ...]
    script: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    asks: str = ""
    optional_rights: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A shop's admin agreed and came back: `state` is what the hub sent along, `code` is exchanged for tokens."""

    shop: str
    state: str
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Somebody on a shop's own pages; `customer` is None for a guest."""

    shop: str
    customer: IdentityClaim | None = None


class StoreApp(ABC):
    """One app of a store, opened from the settings `[connectors.<key>.app]`; a `shop` is named as the store names it.

    `reload_word` is the word of the address under which the store's script finds the page to load again with a fresh
    proof; `retry_headers` tell the script inside a page the same.
    """

    config_class: ClassVar[type]
    reload_word: ClassVar[str]
    retry_headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, config: Any, http: Http) -> None:
        self.config = config
        self.http = http

    @abstractmethod
    def completed(self, values: Mapping[str, str]) -> dict[str, str]:
        """A connection's settings with what all shops of the app share; those of another app or grant as they are.

        Raises `WrongSetting` where they name anything that is the app's: a shop's staff must not say where its secret
        is sent.
        """

    @abstractmethod
    def settings_for(self, shop: str) -> dict[str, str]:
        """What the connection of that shop stores; the app's own secrets are not among it."""

    @abstractmethod
    def shop_named(self, query: str) -> str:
        """The shop that an unproven address names, fit to stand in a header. Raises `NotProven` when there is none."""

    @abstractmethod
    def frame(self, shop: str) -> Frame:
        """How pages stand inside that shop's admin."""

    @abstractmethod
    def home(self, shop: str) -> str:
        """The address in that shop's admin where the app is opened."""

    @abstractmethod
    def prove(self, query: str, authorization: str) -> Staff:
        """Who loads a page, from its address or its `Authorization` header. Raises `NotProven`."""

    @abstractmethod
    def grant(self, staff: Staff, keep: Keep) -> None:
        """`keep` holds fresh tokens of that shop; who had to wait for another page takes what that one was given.

        Raises `NotProven`, `TryLater` or `NeedsAttention`.
        """

    @abstractmethod
    def asks_to_install(self, query: str, now: datetime) -> str:
        """The shop that the store itself sends somebody from. Raises `NotProven`."""

    @abstractmethod
    def authorize_url(self, shop: str, state: str, redirect_uri: str) -> str:
        """Where that shop's admin agrees."""

    @abstractmethod
    def agreed(self, query: str, now: datetime) -> Agreement:
        """What the store says of somebody who came back. Raises `NotProven`; the state is not looked at."""

    @abstractmethod
    def redeem(self, agreement: Agreement, redirect_uri: str, keep: Keep) -> None:
        """`keep` holds the tokens that the code was good for. Raises `TryLater` or `NeedsAttention`."""

    @abstractmethod
    def receive(self, request: WebhookRequest) -> Reception:
        """As `Connector.receive`, for all shops: `Delivery.source` names the shop. Raises `BadSignature`."""

    @abstractmethod
    def buyer(self, query: str, now: datetime) -> Buyer:
        """Who looks at a page of ours on a shop's own site. Raises `NotProven`."""
