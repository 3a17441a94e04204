"""A fake Shopify shop: Admin API, signed webhooks, scripted fates, and a desk to run it from."""

from sandbox.shopify.control import ShopControl
from sandbox.shopify.registration import App
from sandbox.shopify.running import SandboxShop

__all__ = ["App", "SandboxShop", "ShopControl"]
