"""Tests of the ground that all stand-ins stand on."""
