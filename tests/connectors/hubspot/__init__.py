"""Tests of the HubSpot connector and of its kit."""
