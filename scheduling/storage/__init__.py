"""The database: engine, tables, schema, outbox, secret tokens."""
