"""Tests of the public face and of the conformance kit."""
