"""What a merchant does in Shopify to connect a shop with an app of their own."""

from connectors.shopify.installation import NEEDED, OPTIONAL
from referhub import Guide

GUIDE = Guide(
    before=(
        ("In Shopify's Dev Dashboard (dev.shopify.com), make an app in the organisation that owns the shop."),
        (
            f"Under Versions, give it these Admin API access scopes: {', '.join(NEEDED)};"
            f" if you like, {' and '.join(OPTIONAL)} as well. Release it."
        ),
        "Install the app on the shop.",
        ("Under Settings, copy Client ID and Client secret into this form, and the shop's own address beside them."),
    ),
    after=(
        "Nothing is left to enter in Shopify: the hub has subscribed to the shop's events.",
        ("To see the first event, place a test order in the shop's admin: Orders > Create order > Collect payment."),
    ),
)
