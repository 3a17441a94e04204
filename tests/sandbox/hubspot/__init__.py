"""Tests of the sandbox HubSpot: what it refuses, what it keeps, what it signs."""
