"""Tests of the worker: draining, due jobs, house-keeping."""
