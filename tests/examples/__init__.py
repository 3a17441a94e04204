"""Tests of what stands under examples/, as a stranger would use it."""
