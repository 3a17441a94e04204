"""The HubSpot connector: everything it can do, delegated to the files beside it."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from connectors.hubspot import checking, locating, polling, preparing, receiving, records, verifying
from connectors.hubspot.account import Account, account, zone_of
from connectors.hubspot.associations import Associations
from connectors.hubspot.config import HubSpotConfig
from connectors.hubspot.days import Days
from connectors.hubspot.definitions import DEFAULT_FIELDS, OWN_FIELDS, SHARED, Definitions, problems_of
from connectors.hubspot.facts import FACTS
from connectors.hubspot.fields import show, write
from connectors.hubspot.governor import Governor
from connectors.hubspot.guide import GUIDE
from connectors.hubspot.hints import id_of
from connectors.hubspot.installing import Installing
from connectors.hubspot.reading import Reader
from connectors.hubspot.sdk import Portal
from connectors.hubspot.tokens import NAME as TOKENS
from connectors.hubspot.tokens import Grant, SharedGrant, StaticToken
from referhub import (
    Connector,
    ConnectorError,
    Delivery,
    Event,
    FactField,
    Gone,
    Guide,
    Http,
    IdentityClaim,
    IdentityKind,
    Order,
    Page,
    Reception,
    Record,
    SourceAccount,
    Usage,
    WebhookRequest,
    WriteOutcome,
)


class HubSpot(Connector):
    """One HubSpot portal. It pushes no money: rewards are paid where a shop can pay them."""

    key: ClassVar[str] = "hubspot"
    label: ClassVar[str] = "HubSpot"
    config_class: ClassVar[type] = HubSpotConfig
    guide: ClassVar[Guide] = GUIDE
    facts: ClassVar[Mapping[str, FactField]] = FACTS
    read_batch_size: ClassVar[int] = records.MOST_PER_CALL
    record_batch_size: ClassVar[int] = records.MOST_PER_CALL
    locate_batch_size: ClassVar[int] = records.MOST_PER_CALL
    default_fields: ClassVar[Mapping[str, str]] = DEFAULT_FIELDS
    shared_fields: ClassVar[frozenset[str]] = frozenset({SHARED})

    def __init__(self, config: HubSpotConfig, http: Http) -> None:
        super().__init__(config, http)
        self._account = Account()  # what was last heard of the portal, asked for when it is needed
        self._installing = Installing(config, http, self._kept, time.time)
        self._governor = Governor(self._kept)
        self._tokens = (
            StaticToken(config.access_token) if config.access_token else SharedGrant(config, http, self._kept)
        )
        self._api = Portal(config, http, self._tokens, self._governor, lambda: zone_of(self._kept))
        self._days = Days(self._kept)
        self._definitions = Definitions(self._api, self._days)
        self._associations = Associations(self._api, self._kept)
        self._reader = Reader(config, self._api, self._currency, OWN_FIELDS - {config.referred_by_property})

    def _kept(self) -> Any:
        return self.keep  # looked up each time, because the hub exchanges it

    def _currency(self) -> str:
        if not self._account.portal:
            self._account = account(self._api, self._kept)
        return self._account.currency

    def ping(self) -> SourceAccount:
        self._account = Account()
        granted = () if self.config.access_token else Grant.read(self.keep.get(TOKENS)).scopes
        return checking.check(self._api, self._kept, self._definitions, granted)

    def receive(self, request: WebhookRequest) -> Reception:
        return receiving.receive(request, self.config)

    def read(self, delivery: Delivery) -> Sequence[Event]:
        (answer,) = self.read_many([delivery])
        if isinstance(answer, ConnectorError):
            raise answer
        return answer

    def read_many(self, deliveries: Sequence[Delivery]) -> Sequence[Sequence[Event] | ConnectorError]:
        return self._reader.read_many(deliveries)

    def poll(self, cursor: str | None, now: datetime) -> Page:
        return polling.poll(self._api, cursor, now)

    def verify(self, order_id: str) -> Order | Gone:
        return verifying.verify(self._reader, order_id)

    def locate(self, identity: IdentityClaim) -> str | None:
        if identity.kind is IdentityKind.CONTACT:
            return id_of(identity.value) or None
        return records.by_email(self._api, identity.value) if identity.kind is IdentityKind.EMAIL else None

    def locate_many(self, addresses: Sequence[IdentityClaim]) -> Sequence[IdentityClaim | None]:
        return locating.locate_many(self._api, addresses)

    def write(self, records: Sequence[Record]) -> Sequence[WriteOutcome]:
        outcomes = write(self._api, records, self._days)
        if self.config.shows_associations:
            self._associations.follow(records, outcomes)
        return outcomes

    def show(self, source_ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, str | None] | Gone]:
        return show(self._api, source_ids, fields, self._definitions)

    def spelt(self, value: Any, field: str = "") -> str | None:
        return self._days.spelt(field, value)

    def check_fields(self, fields: Mapping[str, str]) -> Mapping[str, str]:
        return problems_of(fields, self._definitions)

    def prepare(self, webhook_url: str) -> Sequence[str]:
        return preparing.prepare(self._api, self._definitions, webhook_url)

    def usage(self) -> Usage | None:
        return self._governor.usage()

    def is_installed(self) -> bool:
        return bool(self.config.access_token or Grant.read(self.keep.get(TOKENS)).refresh)

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        return self._installing.authorize_url(state, redirect_uri)

    def exchange(self, code: str, redirect_uri: str) -> SourceAccount:
        self._installing.take(code, redirect_uri)
        if isinstance(self._tokens, SharedGrant):
            self._tokens.forget()
        return self.ping()

    def revoke(self) -> Sequence[str]:
        return self._installing.revoke(self._api)
