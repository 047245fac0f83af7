"""Credit: a visit may be paid with the money of another one that failed through no fault of the family."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add three columns, and a unique index so that no two visits are paid with the same money."""
    with op.batch_alter_table("visits") as table:
        table.add_column(sa.Column("carries", Big, nullable=True))
        table.add_column(sa.Column("holds", sa.Boolean, nullable=False, server_default=sa.false()))
        table.create_foreign_key("fk_visits_carries", "visits", ["carries"], ["id"])
    op.add_column("calls", sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True))
    there = sa.text("carries IS NOT NULL")
    op.create_index("ix_visits_carries", "visits", ["carries"], unique=True, sqlite_where=there, postgresql_where=there)
