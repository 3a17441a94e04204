"""Leaves a shop: the app uninstalls itself, and Shopify ends its tokens and subscriptions with it.

https://shopify.dev/docs/api/admin-graphql/latest/mutations/appUninstall
"""

from connectors.shopify.client import AdminApi, Urgency
from connectors.shopify.picking import objects
from connectors.shopify.rewards.outcome import payload_of
from referhub import ConnectorError

BY_HAND = "if the app is still listed in the shop's admin under Settings > Apps, uninstall it there"


def leave(api: AdminApi) -> list[str]:
    """The app is off the shop; or, in plain words, what to do by hand because Shopify did not confirm that."""
    try:
        payload = payload_of(api.mutate("app_uninstall", {}, Urgency.PROMPT), "appUninstall")
    except ConnectorError as problem:
        return [f"Shopify did not confirm that the app was uninstalled ({problem}): {BY_HAND}"]
    refused = [str(error.get("message")) for error in objects(payload.get("userErrors"))]
    return [f"Shopify did not uninstall the app ({'; '.join(refused)[:200]}): {BY_HAND}"] if refused else []
