"""Tests of core/rules/feasibility."""
