"""Chats, and the numbered questions pushed into them. No two open questions of a chat share a number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.conversation import Conversation
from bot.messages import Address
from bot.questions import Option, renumber
from handlers.tables import PromptState, chats, prompts
from scheduling import queries
from scheduling.policy.ids import VisitId
from scheduling.storage.database import Tx, insert, insert_or_ignore

SPEAKER_LIFETIME = timedelta(hours=12)
"""On a shared phone, a text is taken to be from the same person as the last one for this long."""
NUMBER_REUSE_AFTER = timedelta(minutes=10)
"""How long the numbers of a closed question are not given to another: a late answer must not choose something new."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One open pushed question.

    `visit` is the visit that it is about. It is withdrawn when the visit has another `revision`. `token` is the outbox key
    of the text that carries it.
    """

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
    """Create the row of the chat, which is its lock, if there is none.

    Before `lock_chat(wait=False)` it has to be committed: an insert waits for the transaction of another one.
    """
    fields = {"channel": address.channel, "theirs": address.theirs, "ours": address.ours}
    insert_or_ignore(tx, chats, [fields | {"conversation": {}, "changed_at": now}])


def lock_chat(tx: Tx, address: Address, *, now: datetime, wait: bool = True) -> Conversation | None:
    """Lock a chat and return its conversation. None when `wait` is false and another transaction holds the lock."""
    ensure_chat(tx, address, now=now)
    query = sa.select(chats.c.conversation, chats.c.changed_at).where(_chat(chats, address))
    row = tx.execute(query.with_for_update(skip_locked=not wait)).first()
    if row is None:
        return None
    found = Conversation.from_json(row.conversation)
    return found if row.changed_at > now - SPEAKER_LIFETIME else replace(found, speaker=None)


def save(tx: Tx, address: Address, conversation: Conversation, *, now: datetime) -> None:
    """Store the conversation of a chat. Only the inbox calls this, under the lock of the chat it handles."""
    values = {"conversation": conversation.to_json(), "changed_at": now}
    tx.execute(sa.update(chats).where(_chat(chats, address)).values(values))


def language_of(tx: Tx, address: Address) -> str | None:
    """The language of the last messages in this chat."""
    row = tx.execute(sa.select(chats.c.conversation).where(_chat(chats, address))).scalar()
    return None if row is None else row.get("language")


def open_in(tx: Tx, address: Address, *, now: datetime) -> tuple[Prompt, ...]:
    """The chat's open pushed questions, oldest first. Those that expired, or whose visit has changed, are closed here."""
    rows = tx.execute(
        sa.select(prompts).where(_chat(prompts, address) & (prompts.c.state == PromptState.OPEN)).order_by(prompts.c.id)
    )
    found = []
    for row in rows.all():
        if row.until <= now:
            close(tx, row.id, PromptState.EXPIRED, now=now)
        elif row.revision is not None and queries.revision(tx, row.visit_id) != row.revision:
            close(tx, row.id, PromptState.WITHDRAWN, now=now)
        else:
            options = tuple(Option.from_json(option) for option in row.options)
            found.append(Prompt(row.id, row.what, options, row.visit_id, row.revision, row.until, row.token))
    return tuple(found)


def recently_closed_numbers(tx: Tx, address: Address, *, now: datetime) -> frozenset[int]:
    """The numbers of the pushed questions that closed without an answer in the last NUMBER_REUSE_AFTER."""
    unanswered = prompts.c.state.in_((PromptState.EXPIRED, PromptState.WITHDRAWN))
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
    """Record a pushed question and return its numbered options. Their numbers follow all that are in use in this chat.

    `token` is the outbox key of the text that will carry the question.
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
        state=PromptState.OPEN, at=now,
    )  # fmt: skip
    return numbered


def next_number(
    conversation: Conversation | None, open_prompts: Sequence[Prompt], closed: frozenset[int] = frozenset()
) -> int:
    """The first number after those of the open and the recently closed questions."""
    taken = [option.number for prompt in open_prompts for option in prompt.options]
    asked = [] if conversation is None else [option.number for option in conversation.options]
    return max([0, *taken, *asked, *closed]) + 1


def close(tx: Tx, prompt_id: int, state: PromptState, *, now: datetime) -> None:
    """Close an open question. One that is closed already keeps its state."""
    here = (prompts.c.id == prompt_id) & (prompts.c.state == PromptState.OPEN)
    tx.execute(sa.update(prompts).where(here).values(state=state, closed_at=now))


def withdraw(tx: Tx, visit: VisitId, revision: int, *, now: datetime) -> None:
    """Close the open questions about a visit that were asked at another revision than this one."""
    old = (prompts.c.visit_id == visit) & (prompts.c.state == PromptState.OPEN) & (prompts.c.revision != revision)
    tx.execute(sa.update(prompts).where(old).values(state=PromptState.WITHDRAWN, closed_at=now))
