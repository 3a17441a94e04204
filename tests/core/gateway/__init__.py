"""Tests of core/gateway."""
