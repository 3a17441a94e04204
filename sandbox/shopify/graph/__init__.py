"""The Admin GraphQL API: the schema, what it costs, who may, and one module per noun."""
