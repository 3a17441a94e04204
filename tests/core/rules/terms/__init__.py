"""Tests of core/rules/terms."""
