"""Tests of the fraud rules."""
