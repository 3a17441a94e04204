"""Tests of the doors for people."""
