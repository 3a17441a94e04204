"""Tests of the store's door."""
