"""The tables of facilities, people, visits, jobs, money, links and calls."""

import sqlalchemy as sa

from scheduling.storage.database import Utc, metadata

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _id() -> sa.Column[int]:
    return sa.Column("id", Big, sa.Identity(), primary_key=True)


def _fk(name: str, target: str, *, null: bool = False, index: bool = False) -> sa.Column[int]:
    return sa.Column(name, Big, sa.ForeignKey(f"{target}.id"), nullable=null, index=index)


facilities = sa.Table(
    "facilities",
    metadata,
    _id(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("phone", sa.Text, nullable=False, index=True),
    sa.Column("rules", sa.JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("loaded_at", Utc, nullable=False),
)
terminals = sa.Table(
    "terminals",
    metadata,
    _id(),
    _fk("facility_id", "facilities"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False, default=True),
    sa.UniqueConstraint("facility_id", "name"),
)
residents = sa.Table(
    "residents",
    metadata,
    _id(),
    _fk("facility_id", "facilities"),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("held", sa.Boolean, nullable=False, default=True),
    sa.Column("pin", sa.Text),  # hash of the PIN with which the resident proves who they are at a kiosk
    # wrong attempts up to `pin_tried_at`
    sa.Column("pin_tries", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("pin_tried_at", Utc),
    sa.UniqueConstraint("facility_id", "number"),
)
keep_apart = sa.Table(
    "keep_apart",
    metadata,
    sa.Column("one_id", Big, sa.ForeignKey("residents.id"), primary_key=True),
    sa.Column("other_id", Big, sa.ForeignKey("residents.id"), primary_key=True, index=True),
)
closures = sa.Table(
    "closures",
    metadata,
    _id(),
    _fk("facility_id", "facilities", index=True),
    sa.Column("unit", sa.Text),
    sa.Column("starts", Utc, nullable=False),
    sa.Column("ends", Utc, nullable=False),
    sa.Column("reason", sa.JSON),
    sa.Column("source", sa.Text, nullable=False),
)
people = sa.Table(
    "people",
    metadata,
    _id(),
    _fk("facility_id", "facilities", index=True),
    sa.Column("kind", sa.Text, nullable=False),  # visitor | attorney | staff
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("language", sa.Text),
    sa.Column("role", sa.Text),  # staff: approver | supervisor
    sa.Column("units", sa.JSON),  # staff: list of units, null = all
    sa.Column("active", sa.Boolean, nullable=False, default=True),
    sa.Column("on_duty", sa.Boolean, nullable=False, default=True),
    sa.Column("duty_units", sa.JSON(none_as_null=True)),  # staff: on duty for these units only, null = all of theirs
    sa.Column("suspended", sa.Boolean, nullable=False, default=False),  # staff: a supervisor said their phone is lost
    sa.Column("all_residents", sa.Boolean, nullable=False, default=False),  # attorneys: may_visit = "all"
    sa.Column("banned_until", Utc),
    sa.Column("wrong_codes", sa.JSON, nullable=False, default=list),  # staff: when wrong codes were sent
)
addresses = sa.Table(
    "addresses",
    metadata,
    _id(),
    _fk("person_id", "people", index=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),  # file | contact | invite
    sa.Column("gone_at", Utc),  # since when it is disowned: no texts and no access; retained to undo it
    sa.UniqueConstraint("channel", "address", "person_id"),
)
opt_outs = sa.Table(
    "opt_outs",
    metadata,
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("theirs", sa.Text, primary_key=True),
    sa.Column("ours", sa.Text, primary_key=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("how", sa.Text, nullable=False),  # the one word texted (stop, cancel, parar) | words | provider
)
relations = sa.Table(
    "relations",
    metadata,
    sa.Column("person_id", Big, sa.ForeignKey("people.id"), primary_key=True),
    sa.Column("resident_id", Big, sa.ForeignKey("residents.id"), primary_key=True, index=True),
    sa.Column("relation", sa.Text, nullable=False),
)
invites = sa.Table(
    "invites",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    _fk("person_id", "people"),
    sa.Column("until", Utc, nullable=False),
    sa.Column("used_at", Utc),
)
visits = sa.Table(
    "visits",
    metadata,
    _id(),
    _fk("facility_id", "facilities"),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # family | legal
    _fk("visitor_id", "people"),
    _fk("resident_id", "residents"),
    sa.Column("relation", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("theirs", sa.Text, nullable=False),
    sa.Column("ours", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("starts", Utc, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    _fk("terminal_id", "terminals"),
    sa.Column("price", sa.Integer, nullable=False),  # minor units, frozen when asked
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("new_starts", Utc),
    sa.Column("new_minutes", sa.Integer),
    _fk("new_terminal_id", "terminals", null=True),
    sa.Column("new_price", sa.Integer),
    sa.Column("deadline", Utc),  # choose-by, decide-by, answer-by or pay-by, depending on the state
    sa.Column("pay_by", Utc),  # as the family was first told; a move that fails does not postpone it
    sa.Column("choose_until", Utc),
    sa.Column("asked_at", Utc),
    sa.Column("asked_count", sa.Integer, nullable=False, default=0),
    sa.Column("joined_at", Utc),
    sa.Column("flags", sa.JSON, nullable=False, default=list),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("changed_at", Utc, nullable=False),
    sa.Column("ended_at", Utc),
    _fk("carries", "visits", null=True),  # the visit whose money pays for this one
    sa.Column("holds", sa.Boolean, nullable=False, default=False, server_default=sa.false()),  # its money is credit
    sa.Index("ix_visits_carries", "carries", unique=True,
             sqlite_where=sa.text("carries IS NOT NULL"), postgresql_where=sa.text("carries IS NOT NULL")),
    sa.Index("ix_visits_reference_live", "facility_id", "reference", unique=True,
             sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")),
    sa.Index("ix_visits_reference", "facility_id", "reference"),
    sa.Index("ix_visits_visitor", "visitor_id", "starts"),
    sa.Index("ix_visits_resident", "resident_id", "starts"),
    sa.Index("ix_visits_facility_starts", "facility_id", "starts"),
    sa.Index("ix_visits_facility_state", "facility_id", "state"),
)  # fmt: skip
visit_events = sa.Table(
    "visit_events",
    metadata,
    _id(),
    _fk("visit_id", "visits", index=True),
    sa.Column("at", Utc, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    _fk("person_id", "people", null=True),
    sa.Column("channel", sa.Text),
    sa.Column("move", sa.Text, nullable=False),
    sa.Column("old", sa.Text, nullable=False),
    sa.Column("new", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("note", sa.Text),  # internal: never shown to a family
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("correlation", sa.Text, index=True),
)
decisions = sa.Table(  # of officers; each takes effect after a pause in which it can be undone
    "decisions",
    metadata,
    _id(),
    _fk("visit_id", "visits", index=True),
    sa.Column("revision", sa.Integer, nullable=False),
    _fk("person_id", "people", null=True),
    sa.Column("channel", sa.Text),
    sa.Column("verb", sa.Text, nullable=False),  # ok | no | time
    sa.Column("letter", sa.Text),
    sa.Column("note", sa.Text),  # internal: never shown to a family
    sa.Column("words", sa.Text),  # for the family, confirmed by the officer
    sa.Column("starts", Utc),  # the other time
    sa.Column("minutes", sa.Integer),
    sa.Column("batch", sa.Text, index=True),  # the same for all decisions of one answer to a list
    sa.Column("at", Utc, nullable=False),
    sa.Column("due", Utc, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # pending | done | undone | void
    sa.Column("correlation", sa.Text),
    sa.Index("ix_decisions_one_pending", "visit_id", unique=True,
             sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'")),
    sa.Index("ix_decisions_person", "person_id", "state"),
)  # fmt: skip
places = sa.Table(
    "places",
    metadata,
    sa.Column("what", sa.Text, primary_key=True),  # terminal | resident | visitor
    sa.Column("which", Big, primary_key=True),
    sa.Column("quantum", Big, primary_key=True),  # 5 minutes of UTC epoch
    sa.Column("visit_id", Big, sa.ForeignKey("visits.id"), nullable=False, index=True),
)
jobs = sa.Table(
    "jobs",
    metadata,
    _id(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("due", Utc, nullable=False),
    sa.Column("key", sa.Text, unique=True),
    sa.Column("lane", sa.Text),
    sa.Column("class", sa.SmallInteger, nullable=False),
    sa.Column("until", Utc),
    sa.Column("state", sa.Text, nullable=False),  # queued | leased | done | dropped | dead
    sa.Column("held", sa.Boolean, nullable=False, default=False),  # waits for another attempt, as does its lane
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("lease", sa.Text),
    sa.Column("lease_until", Utc),
    sa.Column("error", sa.Text),
    sa.Column("unsure", sa.Boolean, nullable=False, default=False),  # the outcome of the last attempt is unknown
    sa.Column("correlation", sa.Text, index=True),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("settled_at", Utc),
    sa.Index("ix_jobs_due", "state", "due"),
    sa.Index("ix_jobs_lane", "lane", "state"),
)
ledger = sa.Table(
    "ledger",
    metadata,
    _id(),
    _fk("visit_id", "visits", index=True),
    sa.Column("kind", sa.Text, nullable=False),  # charge | refund
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),  # payment id at the provider; refunds add # and a number
    sa.Column("state", sa.Text, nullable=False),  # done | pending | failed
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("provider_id", sa.Text),
    sa.Column("key", sa.Text),  # idempotency key of a refund, unique across databases
    sa.UniqueConstraint("provider", "kind", "reference"),
)
checkouts = sa.Table(
    "checkouts",
    metadata,
    _id(),
    _fk("visit_id", "visits", index=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("provider_id", sa.Text, unique=True),
    sa.Column("url", sa.Text),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # opening | open | paid | expired
    sa.Column("created_at", Utc, nullable=False),
    sa.UniqueConstraint("visit_id", "number"),
)
grants = sa.Table(
    "grants",
    metadata,
    _id(),
    _fk("visit_id", "visits"),
    _fk("person_id", "people"),
    sa.Column("purpose", sa.Text, nullable=False),  # pay | join
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("revoked_at", Utc),
    sa.UniqueConstraint("visit_id", "person_id", "purpose"),
)
tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    _fk("grant_id", "grants", index=True),
    sa.Column("created_at", Utc, nullable=False),
)
kiosks = sa.Table(  # a screen in a unit, identified by the secret in its cookie
    "kiosks",
    metadata,
    _id(),
    sa.Column("hash", sa.Text, nullable=False, unique=True),
    sa.Column("code", sa.Text),  # six digits on the screen while it is unpaired
    sa.Column("code_until", Utc),
    _fk("terminal_id", "terminals", null=True),  # null while it is not paired
    _fk("paired_by", "people", null=True),
    sa.Column("paired_at", Utc),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("seen_at", Utc, nullable=False),  # stored at most once a minute
    sa.Index("ix_kiosks_code", "code", unique=True,
             sqlite_where=sa.text("code IS NOT NULL"), postgresql_where=sa.text("code IS NOT NULL")),
    sa.Index("ix_kiosks_terminal", "terminal_id", unique=True,
             sqlite_where=sa.text("terminal_id IS NOT NULL"), postgresql_where=sa.text("terminal_id IS NOT NULL")),
)  # fmt: skip
staff_links = sa.Table(  # links to the page of calls
    "staff_links",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    _fk("person_id", "people"),
    sa.Column("created_at", Utc, nullable=False),
    sa.Column("until", Utc, nullable=False),
)
calls = sa.Table(  # the record of a visit's call, from the first ring on; at most one row for each visit
    "calls",
    metadata,
    sa.Column("visit_id", Big, sa.ForeignKey("visits.id"), primary_key=True, autoincrement=False),
    sa.Column("starts", Utc, nullable=False),  # of the visit; a moved visit begins with an empty record
    sa.Column("rang_at", Utc),  # when the kiosk first rang
    sa.Column("pressed_at", Utc),  # when the resident asked for an officer
    sa.Column("admitted_at", Utc),
    sa.Column("admitted_how", sa.Text),  # pin | officer | open
    sa.Column("admitted_by", Big, sa.ForeignKey("people.id")),
    sa.Column("notice", sa.Text),
    sa.Column("notice_at", Utc),
    sa.Column("stopped_at", Utc),
    sa.Column("stopped_why", sa.Text),  # staff | not_them
    sa.Column("trouble_told_at", Utc),  # when staff were last notified that the family cannot connect
    sa.Column("complained_at", Utc),  # when the family first wrote that it cannot connect
    sa.Column("replaced_at", Utc),  # when a phone of the family last took the call over from another
)
call_devices = sa.Table(
    "call_devices",
    metadata,
    _id(),
    _fk("visit_id", "visits", index=True),
    sa.Column("side", sa.Text, nullable=False),  # family | kiosk | watcher
    _fk("person_id", "people", null=True),
    _fk("kiosk_id", "kiosks", null=True),
    sa.Column("browser", sa.Text),  # hash of the cookie of the browser
    sa.Column("key", sa.Text, nullable=False, unique=True),  # hash of the key that it sends with every request
    sa.Column("epoch", sa.Integer, nullable=False),  # grows each time the page is loaded
    sa.Column("joined_at", Utc, nullable=False),
    sa.Column("seen_at", Utc, nullable=False),
    sa.Column("left_at", Utc),
    sa.Column("left_why", sa.Text),  # left | replaced | silent | over
    sa.Column("report", sa.JSON, nullable=False, default=dict),
)
call_messages = sa.Table(  # signaling messages from one device to another, read by a cursor
    "call_messages",
    metadata,
    _id(),
    _fk("visit_id", "visits"),
    sa.Column("sender", Big, sa.ForeignKey("call_devices.id"), nullable=False),
    sa.Column("sender_epoch", sa.Integer, nullable=False),
    # the sender's own count, so that a message that is sent again is not stored twice
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("recipient", Big, sa.ForeignKey("call_devices.id"), nullable=False),
    sa.Column("recipient_epoch", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.UniqueConstraint("sender", "sender_epoch", "number"),
    sa.Index("ix_call_messages_recipient", "recipient", "id"),
    sa.Index("ix_call_messages_at", "at"),
)
call_beats = sa.Table(  # evidence: in this slot the device received video or audio of the other side
    "call_beats",
    metadata,
    sa.Column("device_id", Big, sa.ForeignKey("call_devices.id"), primary_key=True),
    sa.Column("slot", Big, primary_key=True),  # 10 seconds of UTC epoch
    sa.Column("visit_id", Big, sa.ForeignKey("visits.id"), nullable=False, index=True),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("seen", sa.Boolean, nullable=False),
    sa.Column("heard", sa.Boolean, nullable=False),
)
call_samples = sa.Table(  # measurements of a connection, one row each minute
    "call_samples",
    metadata,
    sa.Column("device_id", Big, sa.ForeignKey("call_devices.id"), primary_key=True),
    sa.Column("minute", Big, primary_key=True),  # of UTC epoch
    sa.Column("figures", sa.JSON, nullable=False),
)
