"""Calls: kiosks, PINs of residents, devices of calls, their signaling messages, and the evidence of attendance."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", Big, sa.Identity(), primary_key=True)


def _at(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _fk(name: str, target: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, Big, sa.ForeignKey(f"{target}.id"), nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def _one(name: str, column: str) -> None:
    """Create a unique index over the values that are not null."""
    there = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, "kiosks", [column], unique=True, sqlite_where=there, postgresql_where=there)


def upgrade() -> None:
    """Create the tables, and add three columns to residents."""
    op.add_column("residents", _text("pin", null=True))
    op.add_column("residents", sa.Column("pin_tries", sa.Integer, nullable=False, server_default="0"))
    op.add_column("residents", _at("pin_tried_at", null=True))
    _kiosks()
    _calls()
    _evidence()


def _kiosks() -> None:
    op.create_table(
        "kiosks", _id(), _text("hash"), _text("code", null=True),
        _at("code_until", null=True), _fk("terminal_id", "terminals", null=True), _fk("paired_by", "people", null=True),
        _at("paired_at", null=True), _at("created_at"), _at("seen_at"), sa.UniqueConstraint("hash", name="uq_kiosks_hash"),
    )  # fmt: skip
    _one("ix_kiosks_code", "code")
    _one("ix_kiosks_terminal", "terminal_id")
    op.create_table(
        "staff_links", sa.Column("hash", sa.Text, primary_key=True), _fk("person_id", "people"), _at("created_at"),
        _at("until"),
    )  # fmt: skip


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("visit_id", Big, sa.ForeignKey("visits.id"), primary_key=True, autoincrement=False), _at("starts"),
        _at("rang_at", null=True), _at("pressed_at", null=True), _at("admitted_at", null=True),
        _text("admitted_how", null=True), _fk("admitted_by", "people", null=True), _text("notice", null=True),
        _at("notice_at", null=True), _at("stopped_at", null=True), _text("stopped_why", null=True),
        _at("trouble_told_at", null=True),
    )  # fmt: skip
    op.create_table(
        "call_devices", _id(), _fk("visit_id", "visits"), _text("side"), _fk("person_id", "people", null=True),
        _fk("kiosk_id", "kiosks", null=True), _text("browser", null=True),
        _text("key"), sa.Column("epoch", sa.Integer, nullable=False),
        _at("joined_at"), _at("seen_at"), _at("left_at", null=True), _text("left_why", null=True),
        sa.Column("report", sa.JSON, nullable=False), sa.UniqueConstraint("key", name="uq_call_devices_key"),
    )  # fmt: skip
    op.create_index("ix_call_devices_visit_id", "call_devices", ["visit_id"])
    op.create_table(
        "call_messages", _id(), _fk("visit_id", "visits"), _fk("sender", "call_devices"),
        sa.Column("sender_epoch", sa.Integer, nullable=False), sa.Column("number", sa.Integer, nullable=False),
        _fk("recipient", "call_devices"), sa.Column("recipient_epoch", sa.Integer, nullable=False), _text("kind"),
        sa.Column("body", sa.JSON, nullable=False), _at("at"),
        sa.UniqueConstraint("sender", "sender_epoch", "number", name="uq_call_messages_sender_sender_epoch_number"),
    )  # fmt: skip
    op.create_index("ix_call_messages_recipient", "call_messages", ["recipient", "id"])
    op.create_index("ix_call_messages_at", "call_messages", ["at"])


def _evidence() -> None:
    op.create_table(
        "call_beats", sa.Column("device_id", Big, sa.ForeignKey("call_devices.id"), primary_key=True),
        sa.Column("slot", Big, primary_key=True), _fk("visit_id", "visits"), _text("side"),
        sa.Column("seen", sa.Boolean, nullable=False), sa.Column("heard", sa.Boolean, nullable=False),
    )  # fmt: skip
    op.create_index("ix_call_beats_visit_id", "call_beats", ["visit_id"])
    op.create_table(
        "call_samples", sa.Column("device_id", Big, sa.ForeignKey("call_devices.id"), primary_key=True),
        sa.Column("minute", Big, primary_key=True), sa.Column("figures", sa.JSON, nullable=False),
    )  # fmt: skip
