"""Tests of the places in which a cast plays."""
