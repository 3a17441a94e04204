"""Tests of the made-up town."""
