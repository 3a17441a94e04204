"""What the scopes mean in a merchant's words."""

WORDS = {
    "read_orders": "View orders, refunds and the codes used on them",
    "read_all_orders": "View orders older than 60 days",
    "read_customers": "View customers",
    "write_customers": "Edit customers, their tags and their metafields",
    "read_customer_merge": "See when customers are merged",
    "write_discounts": "Create and end discount codes",
    "read_store_credit_accounts": "View store credit balances",
    "read_store_credit_account_transactions": "View what was credited and spent",
    "write_store_credit_account_transactions": "Give and take back store credit",
    "write_gift_cards": "Issue gift cards",
    "write_app_proxy": "Show pages under your store's own address",
}
