"""Tests of deciding again what was told."""
