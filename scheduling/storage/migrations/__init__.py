"""The migrations, run by Alembic through `scheduling.storage.schema`. Each script names what it changes."""
