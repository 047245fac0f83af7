"""For each prompt, the token of the text that carries it, and when it was closed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the table. Open prompts have no token to find their text by, so they are withdrawn."""
    op.add_column("prompts", sa.Column("token", sa.Text(), nullable=False, server_default=""))
    op.add_column("prompts", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE prompts SET state = 'withdrawn' WHERE state = 'open'")
    with op.batch_alter_table("prompts") as table:
        table.alter_column("token", server_default=None)
