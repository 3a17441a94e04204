"""Tests of core/contract."""
