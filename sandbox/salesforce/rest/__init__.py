"""The REST API: queries, single records, collections, descriptions, changes and bulk jobs."""
