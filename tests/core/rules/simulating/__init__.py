"""Tests of core/rules/simulating."""
