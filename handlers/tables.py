"""The tables of talk: what came in, where each chat stands, what was sent, and what became of it."""

import sqlalchemy as sa

from scheduling.storage.database import Utc, metadata
from scheduling.storage.tables import Big


def _id() -> sa.Column[int]:
    return sa.Column("id", Big, sa.Identity(), primary_key=True)


requests = sa.Table(  # every request a provider or a link made, forged ones included
    "requests",
    metadata,
    _id(),
    sa.Column("at", Utc, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),  # twilio | telegram | stripe | sandbox | page | console
    sa.Column("kind", sa.Text, nullable=False),  # message | status | update | event | pay | join
    sa.Column("status", sa.Integer, nullable=False),  # what we answered
    sa.Column("outcome", sa.Text, nullable=False),  # handled | repeated | ignored | forged | failed | ...
    sa.Column("who", sa.Text),  # masked already
    sa.Column("correlation", sa.Text, nullable=False, index=True),
)
inbound = sa.Table(
    "inbound",
    metadata,
    _id(),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("theirs", sa.Text, nullable=False),
    sa.Column("ours", sa.Text, nullable=False),
    sa.Column("provider_id", sa.Text, nullable=False),
    sa.Column("message", sa.JSON, nullable=False),  # the Inbound, as read
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # received | handled | dead
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("handled_at", Utc),
    sa.Column("understood", sa.JSON),
    sa.Column("error", sa.Text),
    sa.Column("correlation", sa.Text, nullable=False, index=True),
    sa.UniqueConstraint("channel", "provider_id"),
    sa.Index("ix_inbound_chat", "channel", "theirs", "ours", "state"),
)
chats = sa.Table(
    "chats",
    metadata,
    _id(),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("theirs", sa.Text, nullable=False),
    sa.Column("ours", sa.Text, nullable=False),
    sa.Column("conversation", sa.JSON, nullable=False),
    sa.Column("changed_at", Utc, nullable=False),
    sa.UniqueConstraint("channel", "theirs", "ours"),
)
prompts = sa.Table(  # numbered questions that were pushed, not asked in a turn
    "prompts",
    metadata,
    _id(),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("theirs", sa.Text, nullable=False),
    sa.Column("ours", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("visit_id", Big, sa.ForeignKey("visits.id"), index=True),
    sa.Column("revision", sa.Integer),
    sa.Column("until", Utc, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # open | answered | expired | withdrawn
    sa.Column("token", sa.Text, nullable=False),  # the outbox key of the text that carries it
    sa.Column("at", Utc, nullable=False),
    sa.Column("closed_at", Utc),
    sa.Index("ix_prompts_chat", "channel", "theirs", "ours", "state"),
)
cards = (
    sa.Table(  # a request, or a list of them, put before one officer, and the code that answers it: a row for each code
        "cards",
        metadata,
        _id(),
        sa.Column("person_id", Big, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("visit_id", Big, sa.ForeignKey("visits.id"), index=True),
        sa.Column("revision", sa.Integer),
        sa.Column(
            "items", sa.JSON(none_as_null=True)
        ),  # of a list, in order: [visit, revision, how often asked, flagged]
        sa.Column("asked", sa.Integer),  # how often the request had been asked when this card was last sent
        sa.Column("code", sa.Integer, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("theirs", sa.Text, nullable=False),
        sa.Column("ours", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),  # open | decided | changed | expired | void
        sa.Column("outcome", sa.Text),
        sa.Column("provider_id", sa.Text),  # of the message, where the channel can edit it
        sa.Column("at", Utc, nullable=False),
        sa.Index("ix_cards_code", "person_id", "code", "at"),
    )
)
flags = sa.Table(  # what a person must look at: open until a person closes it
    "flags",
    metadata,
    _id(),
    sa.Column("facility_id", Big, sa.ForeignKey("facilities.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),  # urgent | lost | stopped | wrong_number
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("theirs", sa.Text, nullable=False),
    sa.Column("ours", sa.Text, nullable=False),
    sa.Column("said", sa.Text, nullable=False),  # as an officer may read it: short
    sa.Column("people", sa.JSON, nullable=False),  # ids of those who may have written
    sa.Column("visits", sa.JSON, nullable=False),  # ids of the visits it is about
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("alerted_at", Utc),
    sa.Column("closed_at", Utc),
    sa.Column("closed_by", Big, sa.ForeignKey("people.id")),
    # At most one open flag of a kind in a chat, whatever else goes wrong.
    sa.Index(
        "uq_flags_open", "channel", "theirs", "ours", "kind", unique=True,
        sqlite_where=sa.text("closed_at IS NULL"), postgresql_where=sa.text("closed_at IS NULL"),
    ),
)  # fmt: skip
messages = sa.Table(  # what went out, one row a try that the provider took, or gave up on
    "messages",
    metadata,
    _id(),
    sa.Column("job_id", Big, nullable=False, index=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("theirs", sa.Text, nullable=False),
    sa.Column("ours", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),  # the text's key
    sa.Column("body", sa.Text, nullable=False),  # links masked
    sa.Column("segments", sa.Integer, nullable=False),
    sa.Column("visit_id", Big, sa.ForeignKey("visits.id"), index=True),
    sa.Column("provider_id", sa.Text),
    sa.Column("status", sa.Text, nullable=False),  # sent | failed | dropped | blocked: our side's last word
    sa.Column("error", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("correlation", sa.Text, index=True),
    sa.Index("ix_messages_provider", "channel", "provider_id"),
)
receipts = sa.Table(  # rows of their own: receipts that update what a worker settles deadlock on PostgreSQL
    "receipts",
    metadata,
    _id(),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("provider_id", sa.Text, nullable=False, index=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("at", Utc, nullable=False),
    sa.UniqueConstraint("channel", "provider_id", "status"),
)
payment_events = sa.Table(
    "payment_events",
    metadata,
    _id(),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("correlation", sa.Text, nullable=False, index=True),
    sa.UniqueConstraint("provider", "event_id"),
)
settings_rows = sa.Table(  # small facts of this installation: the demonstration's clock, the polling offset
    "kept",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
)
