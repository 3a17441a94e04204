"""Tests of what would have changed a decision."""
