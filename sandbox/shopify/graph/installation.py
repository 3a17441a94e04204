"""The shop itself, the app's installation in it, and the webhook subscriptions the app made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from sandbox.shopify.graph.connection import connection
from sandbox.shopify.graph.context import Info, View
from sandbox.shopify.graph.ids import number
from sandbox.shopify.shop import APP_ID
from sandbox.shopify.topics import TOPICS
from sandbox.shopify.trade.app import uninstall
from sandbox.shopify.traffic import WebhookSubscription
from sandbox.shopify.webhooks.announce import API_VERSION, subscribe

TOPIC_OF = {topic.replace("/", "_").upper(): topic for topic in TOPICS}


def shop(info: Info) -> View:
    here = info.context
    return {
        "id": f"gid://shopify/Shop/{here.shop_id}",
        "name": here.name,
        "myshopifyDomain": here.domain,
        "currencyCode": here.currency,
        "ianaTimezone": "Europe/Berlin",
        "email": "owner@shop.example",
        "contactEmail": "owner@shop.example",
        "plan": {"publicDisplayName": "Developer Preview", "partnerDevelopment": True},
        "enabledPresentmentCurrencies": here.currencies(),
        "taxesIncluded": True,
        "url": f"https://{here.domain}",
    }


def current_app_installation(info: Info) -> View:
    here = info.context
    return {
        "id": f"gid://shopify/AppInstallation/{APP_ID + 1}",
        "app": {"id": f"gid://shopify/App/{APP_ID}", "handle": "referhub", "title": "referhub"},
        "accessScopes": [{"handle": scope} for scope in here.scopes()],
    }


def webhook_subscriptions(info: Info, **args: Any) -> View:
    """Only those made through the API; configured ones are not listed (.../objects/WebhookSubscription)."""
    here = info.context
    found = [each for each in here.truth.all(WebhookSubscription) if each.origin == "api"]
    if args.get("topics"):
        found = [each for each in found if each.topic in {TOPIC_OF[topic] for topic in args["topics"]}]
    wanted = args.get("uri") or args.get("callback_url")
    if wanted:
        found = [each for each in found if each.uri == wanted]
    return connection(found, view, args)


def view(subscription: WebhookSubscription) -> View:
    return {
        "id": subscription.gid,
        "topic": subscription.topic.replace("/", "_").upper(),
        "uri": subscription.uri,
        "format": "JSON",
        "filter": subscription.filter,
        "includeFields": subscription.include_fields,
        "metafieldNamespaces": subscription.metafield_namespaces,
        "name": subscription.name,
        "apiVersion": {"handle": API_VERSION, "displayName": API_VERSION, "supported": True},
        "createdAt": subscription.created_at,
        "updatedAt": subscription.created_at,
    }


def webhook_subscription_create(info: Info, topic: str, webhook_subscription: View) -> View:
    here = info.context
    uri = webhook_subscription.get("uri") or webhook_subscription.get("callback_url")
    field = ["webhookSubscription", "callbackUrl"]
    # The vendor wants https; a sandbox on one machine also takes http.
    if not uri or urlsplit(uri).scheme not in ("http", "https") or not urlsplit(uri).hostname:
        return _refused(field, "Address is invalid")
    if any(
        each.uri == uri and each.origin == "api" for each in here.truth.with_key(WebhookSubscription, TOPIC_OF[topic])
    ):
        return _refused(field, "Address for this topic has already been taken")
    made = subscribe(here, uri, [TOPIC_OF[topic]], "api", webhook_subscription.get("name"))[0]
    made.filter = webhook_subscription.get("filter")
    made.include_fields = webhook_subscription.get("include_fields") or []
    made.metafield_namespaces = webhook_subscription.get("metafield_namespaces") or []
    here.truth.keep(made)
    return {"webhookSubscription": view(made), "userErrors": []}


def _refused(field: list[str], message: str) -> View:
    return {"webhookSubscription": None, "userErrors": [{"field": field, "message": message}]}


def webhook_subscription_delete(info: Info, id: str) -> View:
    here = info.context
    found = here.truth.find(WebhookSubscription, number(id, "WebhookSubscription"))
    if not found or found.origin != "api":
        error = {"field": ["id"], "message": "Webhook subscription does not exist"}
        return {"deletedWebhookSubscriptionId": None, "userErrors": [error]}
    here.truth.forget(found)
    return {"deletedWebhookSubscriptionId": id, "userErrors": []}


def app_uninstall(info: Info) -> View:
    """The app uninstalls itself: https://shopify.dev/docs/api/admin-graphql/latest/mutations/appUninstall"""
    uninstall(info.context)
    return {"app": current_app_installation(info)["app"], "userErrors": []}


QUERIES: dict[str, Callable[..., Any]] = {
    "shop": shop,
    "currentAppInstallation": current_app_installation,
    "webhookSubscriptions": webhook_subscriptions,
}
MUTATIONS: dict[str, Callable[..., Any]] = {
    "webhookSubscriptionCreate": webhook_subscription_create,
    "webhookSubscriptionDelete": webhook_subscription_delete,
    "appUninstall": app_uninstall,
}
