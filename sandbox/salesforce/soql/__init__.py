"""A reader of SOQL: as much of the query language as an integration needs, and errors for the rest."""
