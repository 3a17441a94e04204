"""Everything the shop holds, as plain JSON: what a test compares with what the hub believes."""

from __future__ import annotations

from typing import Any

from sandbox.shopify import totals
from sandbox.shopify.codec import as_json
from sandbox.shopify.graph import discounts
from sandbox.shopify.nouns import (
    CreditMove,
    Customer,
    DiscountCodeNode,
    GiftCard,
    Metafield,
    MetafieldDefinition,
    Order,
    StoreCreditAccount,
)
from sandbox.shopify.shop import Shop
from sandbox.shopify.traffic import WebhookSubscription

View = dict[str, Any]


def everything(shop: Shop) -> View:
    truth = shop.truth
    with truth.transaction():
        return {
            "customers": [as_json(each) | {"gid": each.gid} for each in truth.all(Customer)],
            "orders": [shown_order(each) for each in truth.all(Order)],
            "store_credit_accounts": [_account(shop, each) for each in truth.all(StoreCreditAccount)],
            "gift_cards": [as_json(each) | {"gid": each.gid} for each in truth.all(GiftCard)],
            "discounts": [_discount(shop, each) for each in truth.all(DiscountCodeNode)],
            "metafields": [as_json(each) for each in truth.all(Metafield)],
            "metafield_definitions": [as_json(each) for each in truth.all(MetafieldDefinition)],
            "webhook_subscriptions": [as_json(each) | {"gid": each.gid} for each in truth.all(WebhookSubscription)],
            "scopes": shop.scopes(),
            "installed": shop.installed(),
        }


def shown_order(order: Order) -> View:
    """With the sums worked out, in the shop's currency."""
    sums = {
        "subtotal": totals.subtotal(order),
        "total": totals.total(order),
        "total_tax": totals.tax(order),
        "current_subtotal": totals.current_subtotal(order),
        "current_total": totals.current_total(order),
        "refunded": totals.refunded(order),
    }
    shown = as_json(order) | {name: str(amount) for name, amount in sums.items()}
    return shown | {
        "gid": order.gid,
        "name": order.name,
        "financial_status": totals.financial_status(order).lower(),
    }


def _account(shop: Shop, account: StoreCreditAccount) -> View:
    moves = [as_json(each) | {"gid": each.gid} for each in shop.truth.with_key(CreditMove, str(account.id))]
    return as_json(account) | {"gid": account.gid, "transactions": moves}


def _discount(shop: Shop, node: DiscountCodeNode) -> View:
    return as_json(node) | {"gid": node.gid, "status": discounts.status(shop, node)}
