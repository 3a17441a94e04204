"""Tests of the Salesforce connector and of its kit."""
