"""Tests of the operators' screens."""
