"""Tests of the read-only questions."""
