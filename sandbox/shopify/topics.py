"""The topics an app can hear."""

TOPICS = (
    "orders/create orders/paid orders/updated orders/cancelled orders/edited refunds/create customers/create "
    "customers/update customers/delete customers/merge app/uninstalled app/scopes_update shop/update"
).split()
# These reach an app by its configuration only, never by a subscription made through the API.
COMPLIANCE = ["customers/data_request", "customers/redact", "shop/redact"]
