"""Decisions that can be undone, lists with one code, and the units that officers are on duty for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create and change the tables."""
    _decisions()
    _cards()
    op.add_column("people", sa.Column("duty_units", sa.JSON(), nullable=True))
    op.add_column("people", sa.Column("suspended", sa.Boolean(), nullable=False, server_default=sa.false()))


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", _big(), sa.Identity(always=False), nullable=False),
        sa.Column("visit_id", _big(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("person_id", _big(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("batch", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("correlation", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_decisions_person_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_decisions_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_visit_id", "decisions", ["visit_id"], unique=False)
    op.create_index("ix_decisions_batch", "decisions", ["batch"], unique=False)
    op.create_index("ix_decisions_person", "decisions", ["person_id", "state"], unique=False)
    op.create_index(
        "ix_decisions_one_pending",
        "decisions",
        ["visit_id"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )


def _cards() -> None:
    """Let a card be a list, which has no visit of its own. Existing cards count as sent for every request so far."""
    with op.batch_alter_table("cards") as cards:
        cards.alter_column("visit_id", existing_type=_big(), nullable=True)
        cards.alter_column("revision", existing_type=sa.Integer(), nullable=True)
        cards.add_column(sa.Column("items", sa.JSON(), nullable=True))
        cards.add_column(sa.Column("asked", sa.Integer(), nullable=True))
    op.execute("UPDATE cards SET asked = (SELECT asked_count FROM visits WHERE visits.id = cards.visit_id)")
