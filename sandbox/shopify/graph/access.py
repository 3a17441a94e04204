"""Who may ask for what: the access scope behind each root field, and the fields that need approval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

from sandbox.shopify.shop import Shop

# Any one of the scopes opens the field; write implies read.
SCOPES = {
    "order": ["read_orders", "write_orders"],
    "orders": ["read_orders", "write_orders"],
    "refund": ["read_orders", "write_orders"],
    "customer": ["read_customers", "write_customers"],
    "customers": ["read_customers", "write_customers"],
    "customerByIdentifier": ["read_customers", "write_customers"],
    "customerUpdate": ["write_customers"],
    "tagsAdd": ["write_customers", "write_orders"],
    "tagsRemove": ["write_customers", "write_orders"],
    "storeCreditAccount": ["read_store_credit_accounts"],
    "storeCreditAccounts": ["read_store_credit_accounts"],
    "transactions": ["read_store_credit_account_transactions", "write_store_credit_account_transactions"],
    "storeCreditAccountCredit": ["write_store_credit_account_transactions"],
    "storeCreditAccountDebit": ["write_store_credit_account_transactions"],
    "giftCard": ["read_gift_cards", "write_gift_cards"],
    "giftCards": ["read_gift_cards", "write_gift_cards"],
    "giftCardCreate": ["write_gift_cards"],
    "giftCardDeactivate": ["write_gift_cards"],
    "codeDiscountNode": ["read_discounts", "write_discounts"],
    "codeDiscountNodeByCode": ["read_discounts", "write_discounts"],
    "discountCodeBasicCreate": ["write_discounts"],
    "discountCodeDeactivate": ["write_discounts"],
}


def require(shop: Shop, field: str) -> None:
    """Returns only when the app holds a scope that opens this field."""
    needed = SCOPES.get(field)
    if needed and not set(needed) & set(shop.scopes()):
        access = " or ".join(f"`{scope}` access scope" for scope in needed)
        raise denied(f"Access denied for {field} field. Required access: {access}.", access)


def denied(message: str, access: str | None = None) -> GraphQLError:
    documentation = "https://shopify.dev/api/usage/access-scopes"
    extensions = {"code": "ACCESS_DENIED", "documentation": documentation}
    return GraphQLError(message, extensions=extensions | ({"requiredAccess": access} if access else {}))


def protected(shop: Shop, field: str, value: Any) -> Any:
    """The value, or null with an entry in errors when the app lacks approval for it."""
    if not shop.redacts():
        return value
    return _refusing(f"This app is not approved to use the {field} field.")


def _refusing(message: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise denied(f"{message} See https://shopify.dev/docs/apps/launch/protected-customer-data for more details.")

    return refuse
