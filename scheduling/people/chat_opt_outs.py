"""Opt-outs: each belongs to a chat (channel, their address, our address) and not to a person."""

from datetime import datetime

import sqlalchemy as sa

from scheduling.storage.database import Tx, insert_or_ignore
from scheduling.storage.tables import opt_outs


def opt_out(tx: Tx, channel: str, theirs: str, ours: str, *, now: datetime, how: str) -> None:
    """Store that a chat wants no more texts. Booked visits stay booked."""
    insert_or_ignore(tx, opt_outs, [{"channel": channel, "theirs": theirs, "ours": ours, "at": now, "how": how}])


def opt_in(tx: Tx, channel: str, theirs: str, ours: str) -> bool:
    """Delete the opt-out of a chat. False when there was none."""
    return tx.execute(sa.delete(opt_outs).where(_chat(channel, theirs, ours))).rowcount == 1


def opted_out(tx: Tx, channel: str, theirs: str, ours: str) -> bool:
    """Whether this chat has opted out."""
    return tx.execute(sa.select(opt_outs.c.at).where(_chat(channel, theirs, ours))).first() is not None


def opted_out_how(tx: Tx, channel: str, theirs: str, ours: str) -> str | None:
    """How this chat opted out (`opt_outs.how`); None when it did not."""
    return tx.execute(sa.select(opt_outs.c.how).where(_chat(channel, theirs, ours))).scalar()


def _chat(channel: str, theirs: str, ours: str) -> sa.ColumnElement[bool]:
    return (opt_outs.c.channel == channel) & (opt_outs.c.theirs == theirs) & (opt_outs.c.ours == ours)
