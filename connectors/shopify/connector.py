"""The Shopify connector: everything it can do, delegated to the files beside it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from connectors.shopify import fields, graphql_mapping, leaving, locating, polling, preparing, privacy, receiving
from connectors.shopify.agreeing import Agreeing
from connectors.shopify.answers import RightMissing
from connectors.shopify.client import AdminApi
from connectors.shopify.config import ShopifyConfig
from connectors.shopify.facts import FACTS
from connectors.shopify.guide import GUIDE
from connectors.shopify.installation import check_installation
from connectors.shopify.orders import fetch_order
from connectors.shopify.reading import Reader
from connectors.shopify.rewards import RewardKind, reward_kinds
from connectors.shopify.rewards.outcome import UNTIL_A_RIGHT_IS_GIVEN
from connectors.shopify.store_app import ShopifyApp
from referhub import (
    Connector,
    Credit,
    Delivery,
    Event,
    FactField,
    Finding,
    Gone,
    Guide,
    Http,
    IdentityClaim,
    Order,
    Outcome,
    Page,
    Reception,
    Record,
    Refused,
    Rejected,
    SourceAccount,
    StoreApp,
    TryLater,
    Undecided,
    Unreadable,
    WebhookRequest,
)


class Shopify(Connector):
    """One Shopify shop, reached with the app that the merchant installed."""

    key: ClassVar[str] = "shopify"
    label: ClassVar[str] = "Shopify"
    config_class: ClassVar[type] = ShopifyConfig
    guide: ClassVar[Guide] = GUIDE
    reward_kinds: ClassVar[frozenset[str]] = frozenset({"store_credit", "gift_card", "discount_code"})
    duty_topics: ClassVar[frozenset[str]] = privacy.TOPICS
    facts: ClassVar[Mapping[str, FactField]] = FACTS
    store_app: ClassVar[type[StoreApp] | None] = ShopifyApp
    batch_size: ClassVar[int] = 1  # a lost answer then leaves one push unknown, never several
    record_batch_size: ClassVar[int] = 100
    default_fields: ClassVar[Mapping[str, str]] = {name: name for name in fields.FIELDS}

    def __init__(self, config: ShopifyConfig, http: Http) -> None:
        super().__init__(config, http)
        self._api = AdminApi(config, http, lambda: self.keep)
        self._agreeing = Agreeing(config, http)
        self._reader = Reader(config, self._api)
        self._rewards = reward_kinds(self._api)

    def ping(self) -> SourceAccount:
        return check_installation(self._api, self.config)

    def receive(self, request: WebhookRequest) -> Reception:
        return receiving.receive(request, self.config)

    def read(self, delivery: Delivery) -> Sequence[Event]:
        return self._reader.read(delivery)

    def verify(self, order_id: str) -> Order | Gone:
        try:
            body = fetch_order(self._api, order_id)
        except Rejected as error:
            raise Unreadable(str(error)) from None
        if body is None:
            return Gone("the shop no longer shows this order")
        return graphql_mapping.order_from(body, counts_tests=self.config.counts_test_orders)

    def poll(self, cursor: str | None, now: datetime) -> Page:
        return polling.poll(self._api, cursor, now)

    def locate(self, identity: IdentityClaim) -> str | None:
        return locating.locate(self._api, identity)

    def write(self, records: Sequence[Record]) -> Sequence[Outcome | None]:
        return fields.write(self._api, records)

    def prepare(self, webhook_url: str) -> Sequence[str]:
        return preparing.prepare(self._api, webhook_url if self.config.webhooks == "shop" else "")

    def renew(self) -> None:
        self._api.tokens.keep_alive()

    def is_installed(self) -> bool:
        return self._agreeing.is_done(self.keep)

    def authorize_url(self, state: str, redirect_uri: str) -> str:
        return self._agreeing.url(state, redirect_uri)

    def prove_return(self, query: str, now: datetime) -> None:
        self._agreeing.prove(query, now)

    def exchange(self, code: str, redirect_uri: str) -> SourceAccount:
        self._agreeing.take(code, self.keep)
        return self.ping()

    def revoke(self) -> Sequence[str]:
        left = leaving.leave(self._api)
        self._agreeing.forget(self.keep)
        return left

    def push(self, credits: Sequence[Credit]) -> Sequence[Outcome]:
        return [self._push(credit) for credit in credits]

    def _push(self, credit: Credit) -> Outcome:
        kind = self._rewards.get(credit.kind)
        if kind is None:
            return Refused(f"Shopify has no reward of the kind {credit.kind}")
        return kind.give(credit) if credit.gives else kind.take_back(credit)

    def watermark(self, credit: Credit) -> str:
        try:
            return self._reward(credit).watermark(credit)
        except RightMissing as missing:  # only this kind of reward waits for it
            raise TryLater(missing.hint, UNTIL_A_RIGHT_IS_GIVEN) from None

    def find(self, credit: Credit, claimed: frozenset[str]) -> Finding:
        kind = self._rewards.get(credit.kind)
        return kind.find(credit, claimed) if kind else Undecided(f"unknown kind of reward {credit.kind}")

    def is_recognisable(self, credit: Credit) -> bool:
        return self._reward(credit).is_recognisable(credit)

    def _reward(self, credit: Credit) -> RewardKind:
        try:
            return self._rewards[credit.kind]
        except KeyError:
            raise Rejected(f"Shopify has no reward of the kind {credit.kind}") from None
