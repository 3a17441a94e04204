"""Tests of the command line and of the pages that teach it."""
