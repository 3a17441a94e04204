"""The app in the Shopify store: one client ID and secret, opened in the admin of every shop that installs it.

https://shopify.dev/docs/apps/build/authentication-authorization
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from connectors.shopify.agreeing import code_grant, permission_url
from connectors.shopify.config import API_VERSION, STORE_APP, SUBSCRIPTIONS, ShopifyConfig, address, shop_domain
from connectors.shopify.id_token import claims_of, shop_in
from connectors.shopify.kept_tokens import EXCHANGE, NAME, OFFLINE, pair_from, refused_words
from connectors.shopify.query_proof import LONGEST_QUERY, admin_query, proxy_query, shop_of
from connectors.shopify.receiving import received
from connectors.shopify.token_endpoint import GrantRefused, TokenEndpoint
from referhub import (
    Agreement,
    Buyer,
    Frame,
    Http,
    IdentityClaim,
    IdentityKind,
    Keep,
    NeedsAttention,
    NotProven,
    Reception,
    Staff,
    StoreApp,
    WebhookRequest,
    WrongSetting,
    setting,
)

ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
ANY_SHOP = "{shop}"
OF_THE_SHOP = frozenset({"shop", "grant"})
WANTED_FOR = {"write_gift_cards": "gift cards as rewards", "read_customer_merge": "noticing merged customers"}
BRIDGE = "https://cdn.shopify.com/shopifycloud/app-bridge.js"


@dataclass(frozen=True, slots=True)
class ShopifyAppConfig:
    """The app as its settings in the Dev Dashboard name it. Raises `WrongSetting` when it cannot work."""

    client_id: str = setting("Client ID of the app, from its settings in the Dev Dashboard")
    client_secret: str = setting("Client secret of the app; it signs webhooks and id tokens, too", secret=True)
    previous_client_secret: str = setting("The secret before the last rotation", default="", secret=True)
    webhooks: str = setting("Who subscribes webhooks: app (its shopify.app.toml) or shop (the hub does)", default="app")
    api_version: str = setting("Admin API version, such as 2026-10", default="2026-10")
    count_test_orders: str = setting("Let test orders count like real ones: yes or no", default="no")
    shop_address: str = setting("Where a shop's Admin API answers", default=f"https://{ANY_SHOP}")
    admin_address: str = setting("Where the admin is that embeds the app", default="https://admin.shopify.com")
    bridge: str = setting("The App Bridge script", default=BRIDGE)

    def __post_init__(self) -> None:
        for name in ("admin_address", "bridge"):
            address(name, getattr(self, name))
        address("shop_address", self.shop_address.replace(ANY_SHOP, "x.myshopify.com"))
        if ANY_SHOP not in self.shop_address:
            raise WrongSetting(f"shop_address {self.shop_address!r} must say where {ANY_SHOP} stands")
        if not API_VERSION.fullmatch(self.api_version):
            raise WrongSetting(f"api_version {self.api_version!r} is not a version: write it like 2026-10")
        if self.webhooks not in SUBSCRIPTIONS:
            raise WrongSetting(f"webhooks {self.webhooks!r} must be app or shop")

    @property
    def secrets(self) -> tuple[bytes, ...]:
        """The keys that Shopify may sign with, newest first."""
        both = (self.client_secret, self.previous_client_secret)
        return tuple(secret.encode() for secret in both if secret)


class ShopifyApp(StoreApp):
    """Proofs by the app's secret; tokens by exchange, or by the code that an admin brings back."""

    config_class: ClassVar[type] = ShopifyAppConfig
    reload_word: ClassVar[str] = "shopify-reload"
    retry_headers: ClassVar[Mapping[str, str]] = {"X-Shopify-Retry-Invalid-Session-Request": "1"}

    def __init__(self, config: ShopifyAppConfig, http: Http, clock: Callable[[], float] = time.time) -> None:
        super().__init__(config, http)
        self._clock = clock

    def completed(self, values: Mapping[str, str]) -> dict[str, str]:
        if values.get("grant") != STORE_APP:
            return dict(values)
        # A shop's own staff fill these in: an address of theirs would be sent the secret that speaks for every shop.
        if foreign := sorted(values.keys() - OF_THE_SHOP):
            raise WrongSetting(f"{foreign[0]} is the app's own, for all shops: leave it out where grant is {STORE_APP}")
        shared = {
            name: getattr(self.config, name)
            for name in ("client_id", "client_secret", "previous_client_secret", "webhooks", "api_version")
        }
        own = {"api_base": self.config.shop_address.replace(ANY_SHOP, shop_domain(values.get("shop", "")))}
        return {**shared, **own, "count_test_orders": self.config.count_test_orders, **values}

    def settings_for(self, shop: str) -> dict[str, str]:
        return {"shop": shop_of(shop), "grant": STORE_APP}

    def shop_named(self, query: str) -> str:
        return shop_of(_only(query, "shop"))

    def frame(self, shop: str) -> Frame:
        places = (self.config.shop_address.replace(ANY_SHOP, shop), self.config.admin_address)
        ancestors = tuple(dict.fromkeys(_origin(place) for place in places))
        # https://shopify.dev/docs/api/app-bridge-library/apis/scopes
        return Frame(
            ancestors,
            self.config.bridge,
            {"data-api-key": self.config.client_id},
            asks="shopify.scopes.request",
            optional_rights=WANTED_FOR,
        )

    def home(self, shop: str) -> str:
        name = shop.removesuffix(".myshopify.com")
        return f"{self.config.admin_address.rstrip('/')}/store/{name}/apps/{self.config.client_id}"

    def prove(self, query: str, authorization: str) -> Staff:
        kind, _, bearer = authorization.partition(" ")
        if authorization and kind.lower() != "bearer":
            raise NotProven("the Authorization header holds no bearer token")
        token = bearer.strip() if authorization else _only(query, "id_token")
        claims = claims_of(token, self.config.client_id, self.config.secrets)
        # Only addresses that the admin itself opens are signed; it is a hint to look closer, and proves nothing.
        is_arrival = not authorization and bool(_only(query, "hmac"))
        return Staff(shop_in(claims), str(claims["sub"]), token, is_arrival)

    def grant(self, staff: Staff, keep: Keep) -> None:
        before = keep.get(NAME)
        # Two tabs at once: whoever comes second finds what the first was given, and asks for nothing.
        keep.change(NAME, lambda known: known if known and known != before else self._exchanged(staff))

    def _exchanged(self, staff: Staff) -> str:
        grant = {"grant_type": EXCHANGE, "subject_token": staff.proof, "subject_token_type": ID_TOKEN}
        return self._asked(staff.shop, {**grant, "requested_token_type": OFFLINE, "expiring": "1"})

    def asks_to_install(self, query: str, now: datetime) -> str:
        return admin_query(query, self.config.secrets, now)["shop"]

    def authorize_url(self, shop: str, state: str, redirect_uri: str) -> str:
        return permission_url(self._config_of(shop), state, redirect_uri)

    def agreed(self, query: str, now: datetime) -> Agreement:
        told = admin_query(query, self.config.secrets, now)
        return Agreement(told["shop"], told.get("state", ""), told.get("code", ""))

    def redeem(self, agreement: Agreement, redirect_uri: str, keep: Keep) -> None:
        keep.change(NAME, lambda _known: self._asked(agreement.shop, code_grant(agreement.code)))

    def receive(self, request: WebhookRequest) -> Reception:
        return received(request, self.config.secrets, names_shop=True)

    def buyer(self, query: str, now: datetime) -> Buyer:
        told = proxy_query(query, self.config.secrets, now)
        number = told.get("logged_in_customer_id", "")
        is_known = number.isascii() and number.isdecimal() and len(number) < 20
        claim = IdentityClaim(IdentityKind.CUSTOMER, f"gid://shopify/Customer/{number}")
        return Buyer(told["shop"], claim if is_known else None)

    def _asked(self, shop: str, grant: Mapping[str, str]) -> str:
        try:
            return pair_from(TokenEndpoint(self._config_of(shop), self.http).ask(grant), self._clock()).text()
        except GrantRefused as refused:
            if refused.error == "invalid_subject_token":
                raise NotProven("Shopify did not take the id token", renewable=True) from None
            raise NeedsAttention(refused_words(refused)) from None

    def _config_of(self, shop: str) -> ShopifyConfig:
        return ShopifyConfig(**self.completed(self.settings_for(shop)))


def _only(query: str, name: str) -> str:
    """The one value of a word in the address, "" when it is missing. Raises `NotProven` when it is there twice."""
    try:
        found = parse_qs(query[: LONGEST_QUERY + 1], keep_blank_values=True, max_num_fields=60).get(name, [""])
    except ValueError:
        found = []
    if len(found) != 1 or len(query) > LONGEST_QUERY:
        raise NotProven(f"{name} stands in the address more than once")
    return found[0]


def _origin(place: str) -> str:
    parts = urlsplit(place)
    return f"{parts.scheme}://{parts.netloc}"
