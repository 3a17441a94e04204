"""The verbs of the hub: one file, one verb, one transaction."""
