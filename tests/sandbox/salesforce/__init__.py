"""Tests of the sandbox org: what it refuses, what it keeps, and what it says by itself."""
