"""Runs the database migrations."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from scheduling.storage.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def config(connection: sa.Connection) -> Config:
    """The settings of Alembic for one connection."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def upgrade(db: Database) -> None:
    """Run every missing migration in one transaction. When two processes do so at once, the second waits."""
    with db.begin() as tx:
        if not db.sqlite:
            tx.execute(sa.text("SELECT pg_advisory_xact_lock(817203)"))
        command.upgrade(config(tx), "head")


def is_current(db: Database) -> bool:
    """Whether every migration has run."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with db.read() as tx:
        head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
        return MigrationContext.configure(tx).get_current_revision() == head
