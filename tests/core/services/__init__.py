"""Tests of core/services."""
