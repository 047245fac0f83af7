"""Complaints: when the family first wrote that it cannot connect, whether or not staff could be notified."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column to the record of a call."""
    op.add_column("calls", sa.Column("complained_at", sa.DateTime(timezone=True), nullable=True))
