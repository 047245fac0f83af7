"""Bring a database's tables up to date."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from scheduling.storage.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def config(connection: sa.Connection) -> Config:
    """Alembic's settings for one connection."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def upgrade(db: Database) -> None:
    """Run every migration that is missing, in one transaction. Two processes at once are fine: the second waits."""
    with db.begin() as tx:
        if not db.sqlite:
            tx.execute(sa.text("SELECT pg_advisory_xact_lock(817203)"))
        command.upgrade(config(tx), "head")


def is_current(db: Database) -> bool:
    """Whether the database has the newest tables."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with db.read() as tx:
        head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
        return MigrationContext.configure(tx).get_current_revision() == head
