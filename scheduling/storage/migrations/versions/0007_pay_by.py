"""The pay-by that a family was first told, in addition to the deadline of the present state."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a nullable column. For visits that are approved already, only the deadline counts, as before."""
    op.add_column("visits", sa.Column("pay_by", sa.DateTime(timezone=True), nullable=True))
