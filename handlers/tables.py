"""The tables of messaging: requests, messages in and out, chats, cards, flags, and payment events.

Each StrEnum is the closed list of a column; its values are what is stored.
"""

from enum import StrEnum

import sqlalchemy as sa

from scheduling.storage.database import Utc, metadata
from scheduling.storage.tables import Big


class InboundState(StrEnum):
    """How far a received message got. `DEAD`: handling it failed too often, and it is not tried again."""

    RECEIVED = "received"
    HANDLED = "handled"
    DEAD = "dead"


class PromptState(StrEnum):
    """Whether a pushed question can still be answered. `WITHDRAWN`: its visit has changed since."""

    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class CardState(StrEnum):
    """Whether a card can still decide its request.

    `CHANGED`: the request has changed since the card was made. `VOID`: all codes of its officer were made void.
    """

    OPEN = "open"
    DECIDED = "decided"
    CHANGED = "changed"
    EXPIRED = "expired"
    VOID = "void"


class FlagKind(StrEnum):
    """Why a person must look at a chat or a visit.

    `LOST`: several messages in a row were not understood. `STOPPED`: a family with visits to come sent STOP. `NOT_THEM`: the
    family said that somebody else was on the screen. `TAKEOVERS`: two phones took a visit over within a minute.
    `SILENCED`: a family with a visit got no answer, because they had got as many as a bot would.
    """

    URGENT = "urgent"
    LOST = "lost"
    STOPPED = "stopped"
    WRONG_NUMBER = "wrong_number"
    NOT_THEM = "not_them"
    TAKEOVERS = "takeovers"
    COMPLAINT = "complaint"
    SILENCED = "silenced"


class MessageStatus(StrEnum):
    """The last word of our own side about a text; what the provider says later is in `receipts`.

    `DROPPED`: it was not sent, because it was too late or no longer true. `BLOCKED`: the person wants no texts.
    """

    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"
    BLOCKED = "blocked"


def _id() -> sa.Column[int]:
    return sa.Column("id", Big, sa.Identity(), primary_key=True)


requests = sa.Table(  # every request to a webhook or through a link, forged ones included
    "requests",
    metadata,
    _id(),
    sa.Column("at", Utc, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),  # twilio | telegram | stripe | sandbox | page | console
    sa.Column("kind", sa.Text, nullable=False),  # of the webhook's route, or of what the page did: message | pay | ...
    sa.Column("status", sa.Integer, nullable=False),  # the HTTP status of our answer
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
    sa.Column("state", sa.Text, nullable=False),  # InboundState
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
prompts = sa.Table(  # numbered questions that were pushed into a chat, not asked in reply to a message
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
    sa.Column("state", sa.Text, nullable=False),  # PromptState
    sa.Column("token", sa.Text, nullable=False),  # the outbox key of the text that carries it
    sa.Column("at", Utc, nullable=False),
    sa.Column("closed_at", Utc),
    sa.Index("ix_prompts_chat", "channel", "theirs", "ours", "state"),
)
cards = sa.Table(  # one row for each answer code: a request, or a list of requests, as sent to one officer
    "cards",
    metadata,
    _id(),
    sa.Column("person_id", Big, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("visit_id", Big, sa.ForeignKey("visits.id"), index=True),
    sa.Column("revision", sa.Integer),
    # The items of a list, in order: [visit, revision, how often asked, flagged].
    sa.Column("items", sa.JSON(none_as_null=True)),
    sa.Column("asked", sa.Integer),  # how often staff had been asked when this card was last sent
    sa.Column("code", sa.Integer, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("theirs", sa.Text, nullable=False),
    sa.Column("ours", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # CardState
    sa.Column("outcome", sa.Text),
    sa.Column("provider_id", sa.Text),  # of the message, where the channel can edit it
    sa.Column("at", Utc, nullable=False),
    sa.Index("ix_cards_code", "person_id", "code", "at"),
)
flags = sa.Table(  # what a person must look at; open until a person closes it
    "flags",
    metadata,
    _id(),
    sa.Column("facility_id", Big, sa.ForeignKey("facilities.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),  # FlagKind
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("theirs", sa.Text, nullable=False),
    sa.Column("ours", sa.Text, nullable=False),
    sa.Column("said", sa.Text, nullable=False),  # a short quote that officers may read
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
messages = sa.Table(  # texts of ours: one row when the provider took a text, or when it was given up
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
    sa.Column("status", sa.Text, nullable=False),  # MessageStatus
    sa.Column("error", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("correlation", sa.Text, index=True),
    sa.Index("ix_messages_provider", "channel", "provider_id"),
)
# Receipts have rows of their own: if they updated rows that a worker settles, the two would deadlock on PostgreSQL.
receipts = sa.Table(
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
settings_rows = sa.Table(  # stored values of this installation: the demonstration's clock, the polling offset
    "kept",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
)
