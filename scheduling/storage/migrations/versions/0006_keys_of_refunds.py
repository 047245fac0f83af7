"""A key for each refund: after a backup is restored, the id of its row can be used again for another refund."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a nullable column. Rows from before use their id as key."""
    op.add_column("ledger", sa.Column("key", sa.Text(), nullable=True))
