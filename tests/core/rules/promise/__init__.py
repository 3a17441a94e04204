"""Tests of core/rules/promise."""
