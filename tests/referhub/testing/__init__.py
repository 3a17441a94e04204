"""Tests of the conformance kit: a connector that keeps every rule, and one that breaks each."""
