"""The Salesforce connector: everything it can do, delegated to the files beside it."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from connectors.salesforce import checking, locating, outbound, preparing, spelling, verifying
from connectors.salesforce.bulk import Bulk
from connectors.salesforce.client import OrgApi
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.facts import FACTS
from connectors.salesforce.fields import DEFAULT_FIELDS, Fields
from connectors.salesforce.guide import GUIDE
from connectors.salesforce.polling import Poller
from connectors.salesforce.reading import Reader
from connectors.salesforce.schema import Schema
from connectors.salesforce.showing import Showing
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
    Order,
    Page,
    Reception,
    Record,
    SourceAccount,
    Usage,
    WebhookRequest,
    WriteOutcome,
)

NOT_REVOKED = (
    "Salesforce could not be reached, so our session there ends by itself (Setup > Session Management ends it now)"
)
KIT_STAYS = (
    "in Salesforce, deactivate the flows that send outbound messages here, and take the permission set Referral Hub "
    "Integration from the integration user: then nobody gets in with the old key or secret either"
)


class Salesforce(Connector):
    """One Salesforce org, reached as its integration user. It pays nothing: rewards go where money is."""

    key: ClassVar[str] = "salesforce"
    label: ClassVar[str] = "Salesforce"
    config_class: ClassVar[type] = SalesforceConfig
    guide: ClassVar[Guide] = GUIDE
    facts: ClassVar[Mapping[str, FactField]] = FACTS
    read_batch_size: ClassVar[int] = 200
    record_batch_size: ClassVar[int] = 200
    locate_batch_size: ClassVar[int] = 100
    bulk_batch_size: ClassVar[int] = 10_000
    default_fields: ClassVar[Mapping[str, str]] = DEFAULT_FIELDS
    shared_fields: ClassVar[frozenset[str]] = frozenset({"referred_by"})

    def __init__(self, config: SalesforceConfig, http: Http) -> None:
        super().__init__(config, http)
        self.bulk_above = int(config.bulk_above)
        self._api = OrgApi(config, http, lambda: self.keep)
        self._schema = Schema(self._api)
        self._reader = Reader(config, self._api, self._schema)
        self._poller = Poller(config, self._api, self._schema)
        accounts: OrderedDict[str, str] = OrderedDict()
        self._showing = Showing(self._api, self._schema, accounts)
        self._fields = Fields(self._api, self._schema, accounts)
        self._bulk = Bulk(self._api, self._schema, self._fields, lambda: self.keep)

    def webhook_path(self) -> str:
        return str(self.config.webhook_token)

    def ping(self) -> SourceAccount:
        return preparing.check_org(self._api, self._schema, self.config)

    def receive(self, request: WebhookRequest) -> Reception:
        return outbound.receive(request, self.config, self._api.sessions.known_org())

    def read(self, delivery: Delivery) -> Sequence[Event]:
        answer = self.read_many([delivery])[0]
        if isinstance(answer, ConnectorError):
            raise answer
        return answer

    def read_many(self, deliveries: Sequence[Delivery]) -> Sequence[Sequence[Event] | ConnectorError]:
        return self._reader.read_many(deliveries)

    def poll(self, cursor: str | None, now: datetime) -> Page:
        return self._poller.poll(cursor)

    def verify(self, order_id: str) -> Order | Gone:
        return verifying.verify(self._reader, order_id)

    def locate(self, identity: IdentityClaim) -> str | None:
        return locating.locate(self._api, self._schema, identity)

    def locate_many(self, addresses: Sequence[IdentityClaim]) -> Sequence[IdentityClaim | None]:
        return locating.locate_many(self._api, self._schema, addresses)

    def write(self, records: Sequence[Record]) -> Sequence[WriteOutcome]:
        return self._fields.write(records)

    def write_in_bulk(self, records: Sequence[Record]) -> Sequence[WriteOutcome]:
        return self._bulk.write(records)

    def show(self, source_ids: Sequence[str], fields: Sequence[str]) -> Mapping[str, Mapping[str, str | None] | Gone]:
        return self._showing.show(source_ids, fields)

    def spelt(self, value: Any, field: str = "") -> str | None:
        return spelling.spelt(value)

    def check_fields(self, theirs: Mapping[str, str]) -> Mapping[str, str]:
        return checking.check(self._schema, theirs)

    def usage(self) -> Usage | None:
        return self._api.budget.usage()

    def prepare(self, webhook_url: str) -> Sequence[str]:
        return preparing.prepare(self._api, self._schema, self.config, webhook_url)

    def revoke(self) -> Sequence[str]:
        return [KIT_STAYS] if self._api.sessions.revoke() else [NOT_REVOKED, KIT_STAYS]
