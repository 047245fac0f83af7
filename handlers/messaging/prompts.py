"""Numbered questions that were pushed into a chat. Their numbers never mean what another open question's mean."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.conversation import Conversation
from bot.messages import Address
from bot.questions import Option, renumber
from handlers.tables import chats, prompts
from scheduling import queries
from scheduling.policy.ids import VisitId
from scheduling.storage.database import Tx, insert, insert_or_ignore

SPEAKER_LIFETIME = timedelta(hours=12)
"""On a shared phone: how long after their last text we take the next one to be from the same person."""
NUMBER_REUSE_AFTER = timedelta(minutes=10)
"""How long the number of a question that has closed means nothing else: a late answer must not choose something new."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One open pushed question; `visit` and `revision` say what it is about, and when it is no longer true. `token` is the
    outbox key of the text that carries it."""

    id: int
    what: str
    options: tuple[Option, ...]
    visit: VisitId | None
    revision: int | None
    until: datetime
    token: str


def _chat(table: sa.Table, address: Address) -> sa.ColumnElement[bool]:
    return (table.c.channel == address.channel) & (table.c.theirs == address.theirs) & (table.c.ours == address.ours)


def ensure_chat(tx: Tx, address: Address, *, now: datetime) -> None:
    """Make sure that the chat has a row to be locked. Who waits for nobody needs it committed before: an insert waits."""
    fields = {"channel": address.channel, "theirs": address.theirs, "ours": address.ours}
    insert_or_ignore(tx, chats, [fields | {"conversation": {}, "changed_at": now}])


def lock_chat(tx: Tx, address: Address, *, now: datetime, wait: bool = True) -> Conversation | None:
    """Lock a chat and read where it stands; None when `wait` is false and somebody else has it."""
    ensure_chat(tx, address, now=now)
    query = sa.select(chats.c.conversation, chats.c.changed_at).where(_chat(chats, address))
    row = tx.execute(query.with_for_update(skip_locked=not wait)).first()
    if row is None:
        return None
    found = Conversation.from_json(row.conversation)
    return found if row.changed_at > now - SPEAKER_LIFETIME else replace(found, speaker=None)


def save(tx: Tx, address: Address, conversation: Conversation, *, now: datetime) -> None:
    """Remember where a chat stands. Only the inbox does this, for its own sender, under the lock."""
    values = {"conversation": conversation.to_json(), "changed_at": now}
    tx.execute(sa.update(chats).where(_chat(chats, address)).values(values))


def language_of(tx: Tx, address: Address) -> str | None:
    """The language this chat was last held in."""
    row = tx.execute(sa.select(chats.c.conversation).where(_chat(chats, address))).scalar()
    return None if row is None else row.get("language")


def open_in(tx: Tx, address: Address, *, now: datetime) -> tuple[Prompt, ...]:
    """The chat's open pushed questions, oldest first. What ran out or came untrue is closed on the way."""
    rows = tx.execute(
        sa.select(prompts).where(_chat(prompts, address) & (prompts.c.state == "open")).order_by(prompts.c.id)
    )
    found = []
    for row in rows.all():
        if row.until <= now:
            close(tx, row.id, "expired", now=now)
        elif row.revision is not None and queries.revision(tx, row.visit_id) != row.revision:
            close(tx, row.id, "withdrawn", now=now)
        else:
            options = tuple(Option.from_json(option) for option in row.options)
            found.append(Prompt(row.id, row.what, options, row.visit_id, row.revision, row.until, row.token))
    return tuple(found)


def recently_closed_numbers(tx: Tx, address: Address, *, now: datetime) -> frozenset[int]:
    """The numbers of the pushed questions that closed a short while ago without an answer."""
    unanswered = prompts.c.state.in_(("expired", "withdrawn"))
    closed = _chat(prompts, address) & unanswered & (prompts.c.closed_at > now - NUMBER_REUSE_AFTER)
    rows = tx.execute(sa.select(prompts.c.options).where(closed)).scalars()
    return frozenset(int(option["number"]) for options in rows for option in options)


def push(
    tx: Tx,
    address: Address,
    what: str,
    options: Sequence[Option],
    *,
    token: str,
    until: datetime,
    now: datetime,
    visit: VisitId | None = None,
    revision: int | None = None,
) -> tuple[Option, ...]:
    """Record a pushed question and return its options as numbered: after every number that means something in this chat.

    `token` is the outbox key of the text that will carry it.
    """
    conversation = lock_chat(tx, address, now=now)
    assert conversation is not None
    first = next_number(
        conversation.live(now), open_in(tx, address, now=now), recently_closed_numbers(tx, address, now=now)
    )
    numbered = renumber(options, first)
    insert(
        tx, prompts, channel=address.channel, theirs=address.theirs, ours=address.ours, what=what, token=token,
        options=[option.to_json() for option in numbered], visit_id=visit, revision=revision, until=until,
        state="open", at=now,
    )  # fmt: skip
    return numbered


def next_number(
    conversation: Conversation | None, open_prompts: Sequence[Prompt], closed: frozenset[int] = frozenset()
) -> int:
    """The first number that nothing on the screen has, nor had a short while ago."""
    taken = [option.number for prompt in open_prompts for option in prompt.options]
    asked = [] if conversation is None else [option.number for option in conversation.options]
    return max([0, *taken, *asked, *closed]) + 1


def close(tx: Tx, prompt_id: int, state: str, *, now: datetime) -> None:
    """A question is answered, expired or withdrawn; only once."""
    here = (prompts.c.id == prompt_id) & (prompts.c.state == "open")
    tx.execute(sa.update(prompts).where(here).values(state=state, closed_at=now))


def withdraw(tx: Tx, visit: VisitId, revision: int, *, now: datetime) -> None:
    """The visit has moved on: its questions of an earlier revision mean nothing any more."""
    old = (prompts.c.visit_id == visit) & (prompts.c.state == "open") & (prompts.c.revision != revision)
    tx.execute(sa.update(prompts).where(old).values(state="withdrawn", closed_at=now))
