"""Salesforce: one org, heard through outbound messages and polls, read and written over its REST API."""
