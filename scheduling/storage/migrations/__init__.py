"""Alembic scripts only. The tables come from outside: `upgrade` is handed an engine, scripts name what they change."""
