"""Tests of what a rehearsal promises: every planted mistake is caught, and a faultless play passes."""
