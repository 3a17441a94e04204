"""Shopify: orders by webhook and Admin API, rewards as store credit, gift cards and discount codes."""
