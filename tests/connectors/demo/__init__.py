"""Tests of the demo connector."""
