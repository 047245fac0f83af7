"""Each refund has a key of its own: the number of its row comes again after a restored backup."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One nullable column: rows made before are known by their number."""
    op.add_column("ledger", sa.Column("key", sa.Text(), nullable=True))
