"""Makes a shop ready: a webhook subscription per topic, and the definitions of the referral fields.

The compliance topics are missing on purpose: they can be subscribed only in shopify.app.toml.
https://shopify.dev/docs/apps/build/webhooks/subscribe
"""

from collections.abc import Iterable, Sequence

from connectors.shopify.client import AdminApi, Urgency
from connectors.shopify.fields import NAMESPACE
from connectors.shopify.picking import Body, child, objects
from connectors.shopify.rewards.outcome import payload_of
from referhub import ConnectorError, NeedsAttention, TryLater

TOPICS = (
    "APP_SCOPES_UPDATE",
    "APP_UNINSTALLED",
    "CUSTOMERS_CREATE",
    "CUSTOMERS_DELETE",
    "CUSTOMERS_MERGE",
    "CUSTOMERS_UPDATE",
    "ORDERS_CANCELLED",
    "ORDERS_CREATE",
    "ORDERS_EDITED",
    "ORDERS_PAID",
    "ORDERS_UPDATED",
    "REFUNDS_CREATE",
    "SHOP_UPDATE",
)
READABLE = {"admin": "MERCHANT_READ", "customerAccount": "READ", "storefront": "NONE"}
INTERNAL = {"admin": "MERCHANT_READ", "customerAccount": "NONE", "storefront": "NONE"}
# key, name, type, who may see it: what a merchant finds on a customer's page
DEFINITIONS: Sequence[tuple[str, str, str, Body]] = (
    ("code", "Referral code", "single_line_text_field", READABLE),
    ("link", "Referral link", "single_line_text_field", READABLE),
    ("referred_by", "Referred by", "single_line_text_field", READABLE),
    ("status", "Referral status", "single_line_text_field", READABLE),
    ("friends_brought", "Friends brought", "number_integer", READABLE),
    ("revenue_brought", "Revenue brought", "money", READABLE),
    ("last_referral_at", "Last referral", "date_time", READABLE),
    ("last_reward_at", "Last referral reward", "date_time", READABLE),
    ("rewards_earned", "Referral rewards earned", "money", READABLE),
    ("rewards_pending", "Referral rewards pending", "money", READABLE),
    ("trace", "Referral trace", "single_line_text_field", INTERNAL),
)
MOST_PAGES = 50
SUBSCRIBE = ("webhook_subscription_create", "webhookSubscriptionCreate")
DEFINE = ("metafield_definition_create", "metafieldDefinitionCreate")


def prepare(api: AdminApi, webhook_url: str) -> list[str]:
    """Create what is missing; say what could not be created. Raises `TryLater` or `NeedsAttention`.

    Without a `webhook_url` nothing is subscribed: the app's shopify.app.toml does it for all shops.
    """
    return [*(_subscribe(api, webhook_url) if webhook_url else ()), *_define(api)]


def _subscribe(api: AdminApi, webhook_url: str) -> Iterable[str]:
    present = {found.get("topic") for found in _subscriptions(api) if found.get("uri") == webhook_url}
    for topic in TOPICS:
        if topic not in present:
            subscription = {
                "uri": webhook_url,
                "format": "JSON",
                "name": f"referhub-{topic.lower().replace('_', '-')}",
            }
            variables = {"topic": topic, "subscription": subscription}
            yield from _created(api, "webhook_subscription_create", "webhookSubscriptionCreate", variables, topic)


def _subscriptions(api: AdminApi) -> list[Body]:
    found: list[Body] = []
    after: str | None = None
    for _page in range(MOST_PAGES):
        data = api.query("webhook_subscriptions", {"after": after}, Urgency.PROMPT)
        page = child(data, "webhookSubscriptions")
        found += objects(page.get("nodes"))
        place = child(page, "pageInfo")
        if place.get("hasNextPage") is not True:
            return found
        after = place.get("endCursor")
    raise TryLater("Shopify's list of subscriptions does not end")


def _define(api: AdminApi) -> Iterable[str]:
    for key, name, kind, access in DEFINITIONS:
        definition = {
            "name": name,
            "namespace": NAMESPACE,
            "key": key,
            "ownerType": "CUSTOMER",
            "type": kind,
            "access": access,
        }
        variables = {"definition": definition}
        yield from _created(api, *DEFINE, variables, name)


def _created(api: AdminApi, document: str, mutation: str, variables: Body, what: str) -> Iterable[str]:
    """Nothing when it exists now, else why not; a right missing for one thing does not stop the others."""
    try:
        payload = payload_of(api.mutate(document, variables, Urgency.PROMPT), mutation)
    except TryLater:
        raise
    except NeedsAttention as error:
        if "scope" not in error.hint:
            raise
        yield f"{what}: {error.hint}"
        return
    except ConnectorError as error:
        yield f"{what}: {error}"
        return
    for told in objects(payload.get("userErrors")):
        if told.get("code") != "TAKEN":  # it is there already, which is what we want
            yield f"{what}: {told.get('message')}"
