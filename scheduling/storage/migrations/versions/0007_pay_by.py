"""The pay-by a family was first told, beside the deadline of the state the visit is in."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One nullable column: for visits approved before, the deadline alone counts, as it did."""
    op.add_column("visits", sa.Column("pay_by", sa.DateTime(timezone=True), nullable=True))
