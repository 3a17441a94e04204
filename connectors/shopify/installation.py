"""Is the app installed, on which shop, and which rights does it lack there."""

import re

from shopify import ApiAccess

from connectors.shopify.client import AdminApi, Urgency
from connectors.shopify.config import ShopifyConfig
from connectors.shopify.picking import child, objects
from referhub import NeedsAttention, Rejected, SourceAccount

# https://shopify.dev/docs/api/usage/access-scopes
NEEDED = (
    "read_orders",
    "write_customers",
    "write_discounts",
    "read_store_credit_accounts",
    "write_store_credit_account_transactions",
)
OPTIONAL = {
    "write_gift_cards": "gift cards cannot be given",
    "read_customer_merge": "merged customers are not noticed",
}
# The SDK's grammar is narrower than Shopify's: it raises on customer scopes such as customer_read_customers.
UNDERSTOOD = re.compile(r"(unauthenticated_)?(write|read)_.+")


def check_installation(api: AdminApi, config: ShopifyConfig) -> SourceAccount:
    """The shop as the Admin API names it. Raises `NeedsAttention` or `TryLater`."""
    try:
        data = api.query("installation_check", {}, Urgency.PROMPT)
    except Rejected as error:
        raise NeedsAttention(str(error)) from None
    shop = child(data, "shop")
    if shop.get("myshopifyDomain") != config.shop:
        raise NeedsAttention(f"the Admin API answered for a shop other than {config.shop}: check api_base")
    scopes = objects(child(data, "currentAppInstallation").get("accessScopes"))
    granted = [str(scope.get("handle")) for scope in scopes]
    return SourceAccount(
        source_id=str(shop.get("id")),
        name=str(shop.get("name")),
        currency=shop.get("currencyCode"),
        missing_rights=tuple(_missing(granted, NEEDED)),
        warnings=(*_version_warning(api, config), *_optional_warnings(granted)),
    )


def _missing(granted: list[str], wanted: tuple[str, ...]) -> list[str]:
    held = ApiAccess([scope for scope in granted if UNDERSTOOD.fullmatch(scope)])
    return [scope for scope in wanted if not held.covers(ApiAccess([scope]))]


def _optional_warnings(granted: list[str]) -> list[str]:
    return [f"without {scope} {OPTIONAL[scope]}" for scope in _missing(granted, tuple(OPTIONAL))]


def _version_warning(api: AdminApi, config: ShopifyConfig) -> list[str]:
    # A version past its end is served as a newer one, silently: https://shopify.dev/docs/api/usage/versioning
    served = api.observed_version
    if served in (None, config.api_version):
        return []
    return [f"Shopify serves API version {served} instead of {config.api_version}: update referhub"]
