"""How the shop reaches its database: the pooled SQLite backend, URLs, schema, preparation."""
