"""Tests of the programs' door."""
