"""Connecting: which shop is it, which rights are missing, and is everything in place there."""

import pytest

from connectors.shopify.connector import Shopify
from connectors.shopify.preparing import TOPICS
from referhub import IdentityClaim, IdentityKind, Later, NeedsAttention, Pushed, TryLater, Unreadable
from sandbox.shopify import SandboxShop, ShopControl
from tests.connectors.shopify.conftest import connect
from tests.connectors.shopify.support import ScriptedHttp, answer, connector, credit

HOOKS = "https://hub.example/hooks/1"
ALL_RIGHTS = [
    "read_orders",
    "write_customers",
    "write_discounts",
    "read_store_credit_accounts",
    "write_store_credit_account_transactions",
    "write_gift_cards",
    "read_customer_merge",
]


def installation(*rights: str, domain: str = "demo.myshopify.com", **headers: str) -> ScriptedHttp:
    shop = {"id": "gid://shopify/Shop/1", "name": "Demo", "myshopifyDomain": domain, "currencyCode": "EUR"}
    scopes = [{"handle": right} for right in rights]
    data = {"shop": shop, "currentAppInstallation": {"id": "1", "accessScopes": scopes}}
    return ScriptedHttp(answer({"data": data}, **headers))


def test_a_connected_shop_names_itself() -> None:
    account = connector(installation(*ALL_RIGHTS)).ping()
    assert (account.source_id, account.name, account.currency) == ("gid://shopify/Shop/1", "Demo", "EUR")
    assert account.missing_rights == ()
    assert account.warnings == ()


def test_missing_rights_are_named_and_a_right_to_write_implies_reading() -> None:
    """SH-07"""
    rights = set(ALL_RIGHTS) - {"write_discounts", "read_orders"} | {"write_orders"}
    assert connector(installation(*rights)).ping().missing_rights == ("write_discounts",)


def test_optional_rights_are_a_warning() -> None:
    account = connector(installation(*ALL_RIGHTS[:5])).ping()
    assert account.missing_rights == ()
    assert len(account.warnings) == 2
    assert "write_gift_cards" in account.warnings[0]


def test_scopes_the_sdk_cannot_parse_do_no_harm() -> None:
    account = connector(installation(*ALL_RIGHTS, "customer_read_customers", "", "unstable")).ping()
    assert account.missing_rights == ()


def test_another_shop_behind_the_address_needs_attention() -> None:
    with pytest.raises(NeedsAttention, match="api_base"):
        connector(installation(*ALL_RIGHTS, domain="other.myshopify.com")).ping()


def test_a_version_that_fell_forward_is_a_warning() -> None:
    """SH-24"""
    account = connector(installation(*ALL_RIGHTS, x_shopify_api_version="2027-01")).ping()
    assert account.warnings == ("Shopify serves API version 2027-01 instead of 2026-10: update referhub",)
    same = connector(installation(*ALL_RIGHTS, x_shopify_api_version="2026-10")).ping()
    assert same.warnings == ()


def test_the_sandbox_grants_everything(shopify: Shopify, desk: ShopControl) -> None:
    """SH-60"""
    assert shopify.ping().missing_rights == ()
    desk.set_scopes(["read_orders"])
    assert "write_customers" in shopify.ping().missing_rights


def test_preparing_subscribes_every_topic_once_and_is_safe_to_repeat(shopify: Shopify, desk: ShopControl) -> None:
    """SH-54"""
    assert shopify.prepare(HOOKS) == []
    assert shopify.prepare(HOOKS) == []
    held = desk.truth()["webhook_subscriptions"]
    assert len(held) == len(TOPICS)
    assert {each["uri"] for each in held} == {HOOKS}
    definitions = [each["name"] for each in desk.truth()["metafield_definitions"]]
    assert sorted(definitions) == sorted(set(definitions))
    assert "code" in definitions


def test_a_subscription_that_shopify_deleted_comes_back_alone(shopify: Shopify, desk: ShopControl) -> None:
    """SH-54"""
    shopify.prepare(HOOKS)
    gone = desk.truth()["webhook_subscriptions"][3]
    shopify._api.mutate("webhook_subscription_delete", {"id": gid(gone["id"])}, source=DELETE)
    assert shopify.prepare(HOOKS) == []
    topics = [each["topic"] for each in desk.truth()["webhook_subscriptions"]]
    assert len(topics) == len(set(topics)) == len(TOPICS)


DELETE = "mutation Delete($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId } }"


def gid(number: int) -> str:
    return f"gid://shopify/WebhookSubscription/{number}"


def test_subscriptions_of_others_are_left_alone(shopify: Shopify, desk: ShopControl) -> None:
    shopify.prepare("https://another.example/hooks")
    shopify.prepare(HOOKS)
    uris = [each["uri"] for each in desk.truth()["webhook_subscriptions"]]
    assert uris.count("https://another.example/hooks") == uris.count(HOOKS) == len(TOPICS)


def test_a_missing_right_is_a_finding_and_does_not_stop_the_rest(shopify: Shopify, desk: ShopControl) -> None:
    desk.set_scopes([right for right in ALL_RIGHTS if right != "read_customer_merge"])
    findings = shopify.prepare(HOOKS)
    assert len(findings) <= 1
    assert all("CUSTOMERS_MERGE" in finding for finding in findings)
    assert len(desk.truth()["webhook_subscriptions"]) == len(TOPICS) - len(findings)


def test_preparing_waits_when_the_shop_does_not_answer(shopify: Shopify, desk: ShopControl) -> None:
    desk.fate("503", "webhookSubscriptions")
    with pytest.raises(TryLater):
        shopify.prepare(HOOKS)


def test_a_customer_is_found_by_mail_phone_or_id(shopify: Shopify, desk: ShopControl) -> None:
    bob = desk.create_customer(email="bob@example.com", phone="+4930123456")["gid"]
    assert shopify.locate(IdentityClaim(IdentityKind.EMAIL, "bob@example.com")) == bob
    assert shopify.locate(IdentityClaim(IdentityKind.PHONE, "+4930123456")) == bob
    assert shopify.locate(IdentityClaim(IdentityKind.CUSTOMER, bob)) == bob
    assert shopify.locate(IdentityClaim(IdentityKind.EMAIL, "nobody@example.com")) is None
    assert shopify.locate(IdentityClaim(IdentityKind.CUSTOMER, "17")) is None
    assert shopify.locate(IdentityClaim(IdentityKind.LEAD, "00Q1")) is None


def test_looking_for_a_customer_fails_honestly(shop: SandboxShop, desk: ShopControl) -> None:
    desk.fate("503", "customerByIdentifier")
    with pytest.raises(TryLater):
        connect(shop).locate(IdentityClaim(IdentityKind.EMAIL, "bob@example.com"))
    with pytest.raises(NeedsAttention):
        connector(ScriptedHttp(answer({}, status=422))).locate(IdentityClaim(IdentityKind.EMAIL, "b@c.de"))


def test_an_address_that_shopify_cannot_take_stops_nobody_else() -> None:
    refused = {"errors": [{"message": "is not a phone number", "extensions": {"code": "INVALID_VARIABLE"}}]}
    with pytest.raises(Unreadable, match="not a phone number"):
        connector(ScriptedHttp(answer(refused))).locate(IdentityClaim(IdentityKind.PHONE, "123456"))


def test_a_list_that_never_ends_is_left_for_later() -> None:
    endless = answer({"data": {"webhookSubscriptions": {"nodes": [], "pageInfo": {"hasNextPage": True}}}})
    with pytest.raises(TryLater, match="does not end"):
        connector(ScriptedHttp(*[endless] * 60)).prepare("https://hub.example.com/hooks/1")


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        ("discount_code", "write_discounts"),
        ("gift_card", "write_gift_cards"),
        ("store_credit", "write_store_credit_account_transactions"),
    ],
)
def test_a_reward_waits_for_the_right_it_needs_and_stops_no_other(
    shopify: Shopify, desk: ShopControl, customer: str, kind: str, right: str
) -> None:
    """SH-07"""
    given = desk.truth()["scopes"]
    desk.set_scopes([one for one in given if one != right])
    (waits,) = shopify.push([credit(kind, recipient=customer)])
    assert isinstance(waits, Later)
    assert (right in waits.reason, waits.after.total_seconds()) == (True, 3_600)
    other = "gift_card" if kind != "gift_card" else "discount_code"
    assert isinstance(shopify.push([credit(other, recipient=customer)])[0], Pushed)
    shopify.ping()
    desk.set_scopes(given)
    assert isinstance(shopify.push([credit(kind, recipient=customer)])[0], Pushed)


def test_where_an_account_stands_is_asked_later_without_the_right(
    shopify: Shopify, desk: ShopControl, customer: str
) -> None:
    """SH-07"""
    desk.set_scopes([one for one in desk.truth()["scopes"] if one != "read_store_credit_accounts"])
    with pytest.raises(TryLater, match="read_store_credit_accounts"):
        shopify.watermark(credit(recipient=customer))
