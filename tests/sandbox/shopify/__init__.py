"""Tests of the sandbox Shopify shop."""
