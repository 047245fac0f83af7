"""The inbox: every message is recorded, then handled under its chat's lock, oldest first, and tried again when that fails.

After `receive` has committed, a message cannot be lost: handling that fails is tried again by a job.
"""

import logging
import threading
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot import understanding
from bot.conversation import Conversation
from bot.messages import Address, Inbound
from bot.texts import say
from handlers.deps import Deps
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.turn import Say, Step, Turn
from handlers.inbound import message_grouping, message_log, repeat_guard
from handlers.inbound.context import context_of, facility_of, turn_of
from handlers.inbound.dispatch import dispatch
from handlers.inbound.interpretation import FacilityChosen, Interpretation, WhichFacility
from handlers.inbound.message_grouping import GroupedMessage
from handlers.messaging import prompts, text_facts
from handlers.messaging.sending import OutboundText, queue
from handlers.staff import flags
from handlers.tables import FlagKind, InboundState, inbound
from handlers.work import Work
from scheduling.facilities import store
from scheduling.policy.job_payloads import ChatJob, JobKind
from scheduling.storage import outbox
from scheduling.storage.database import Tx, insert_or_ignore
from scheduling.storage.outbox import Priority

log = logging.getLogger(__name__)
RETRY = timedelta(seconds=5)
MAX_TRIES = 5

_busy: set[str] = set()
_busy_lock = threading.Lock()


def warm_up() -> None:
    """Load what reading a text needs, beside whatever else is starting: the first family should not wait for it."""
    threading.Thread(target=understanding.warm_up, name="warm-up", daemon=True).start()


def receive(deps: Deps, message: Inbound, *, correlation: str) -> bool:
    """Record one message and a job that handles it should nobody else. False for one that was recorded before."""
    now, address = deps.now(), message.address
    row = {
        "channel": address.channel, "theirs": address.theirs, "ours": address.ours, "provider_id": message.provider_id,
        "message": message.to_json(), "received_at": now, "state": InboundState.RECEIVED, "attempts": 0,
        "correlation": correlation,
    }  # fmt: skip

    def work(tx: Tx) -> bool:
        if insert_or_ignore(tx, inbound, [row]) == 0:
            return False
        prompts.ensure_chat(tx, address, now=now)
        payload = ChatJob((address.channel, address.theirs, address.ours))
        key = f"handle:{address.channel}:{message.provider_id}"
        outbox.enqueue(
            tx,
            JobKind.HANDLE_CHAT,
            payload,
            now=now,
            due=now + RETRY,
            key=key,
            priority=Priority.URGENT,
            correlation=correlation,
        )
        return True

    return deps.db.run(work)


def handle(deps: Deps, address: Address) -> bool:
    """Handle all waiting messages of a chat, oldest first. False when somebody else is at it, or one failed.

    Failing is logged and counted on the message's row; after five times it is given up, its sender is told, and the
    next one goes on.
    """
    with _busy_lock:
        if address.lane in _busy:
            return False
        _busy.add(address.lane)
    try:
        while True:
            done = _next(deps, address)
            if done is None:
                return True
            if not done:
                return False
    finally:
        with _busy_lock:
            _busy.discard(address.lane)
        deps.wakeups.notify_workers()


def _next(deps: Deps, address: Address) -> bool | None:
    """Handle the oldest waiting message: True, False (busy or failed), None when there is none."""
    row_id: list[int] = []
    try:
        return deps.db.run(lambda tx: _handle_oldest(tx, deps, address, row_id))
    except Exception:
        log.exception("a message could not be handled", extra={"inbound": row_id})
        if row_id:
            deps.db.run(lambda tx: _failed(tx, deps, address, row_id[-1]))
        return False


def _handle_oldest(tx: Tx, deps: Deps, address: Address, row_id: list[int]) -> bool | None:
    """The same in one transaction; `row_id` gets the row that is being handled, for the case that this raises."""
    conversation = prompts.lock_chat(tx, address, now=deps.now(), wait=False)
    if conversation is None:
        return False
    waiting = _of_chat(address) & (inbound.c.state == InboundState.RECEIVED)
    row = tx.execute(sa.select(inbound).where(waiting).order_by(inbound.c.id).limit(1)).mappings().first()
    if row is None:
        return None
    row_id.append(row["id"])
    here = (inbound.c.id == row["id"]) & (inbound.c.state == InboundState.RECEIVED)
    claimed = tx.execute(sa.update(inbound).where(here).values(state=InboundState.HANDLED, handled_at=deps.now()))
    if claimed.rowcount != 1:
        return False
    work = Work(tx, deps, deps.now(), row["correlation"])
    understood = _answer(work, Inbound.from_json(row["message"]), conversation, row["received_at"])
    tx.execute(sa.update(inbound).where(inbound.c.id == row["id"]).values(understood=understood))
    return True


def _of_chat(address: Address) -> sa.ColumnElement[bool]:
    mine = (inbound.c.channel == address.channel) & (inbound.c.theirs == address.theirs)
    return mine & (inbound.c.ours == address.ours)


def _failed(tx: Tx, deps: Deps, address: Address, row_id: int) -> None:
    """Count a failure; the fifth gives the message up, tells its sender, and lets the next one through."""
    tries = tx.execute(
        sa.update(inbound).where((inbound.c.id == row_id) & (inbound.c.state == InboundState.RECEIVED))
        .values(attempts=inbound.c.attempts + 1).returning(inbound.c.attempts, inbound.c.correlation)
    ).first()  # fmt: skip
    if tries is None or tries.attempts < MAX_TRIES:  # none: somebody else has handled it meanwhile
        return
    tx.execute(
        sa.update(inbound).where(inbound.c.id == row_id).values(state=InboundState.DEAD, error="failed five times")
    )
    facility = store.rules(tx, facility_of(tx, address, []))
    lang = text_facts.known(prompts.language_of(tx, address), facility)
    words = say("trouble", lang, **text_facts.of_facility(facility, lang, deps.now()))
    work = Work(tx, deps, deps.now(), tries.correlation)
    queue(work, OutboundText(address, "trouble", words), key=f"trouble:{row_id}")


def _answer(work: Work, message: Inbound, conversation: Conversation, received: datetime) -> dict[str, object]:
    """Interpret one message, let a dialogue answer it, queue the answers, save where the chat stands. What the log keeps."""

    def from_where(text: str, where: Conversation) -> ChatContext:
        return context_of(work, message.address, text, where, received)

    group = message_grouping.group(work, message, from_where(message.text, conversation), from_where)
    found, context = group.interpretation, group.context
    if why := repeat_guard.no_reply_to(found, message.text, context):
        if why is repeat_guard.NoReply.TOO_MANY and context.visits:
            flags.raise_flag(
                work.tx, context.facility_id, FlagKind.SILENCED, message.address, now=work.now, said=message.text,
                who=context.speakers, visits=context.visits,
            )  # fmt: skip
        return {"act": str(why)}
    turn = turn_of(work, context, found.meaning)
    step = dispatch(found, turn)
    after = message_grouping.pending_after(work, group, step.conversation, step.says)
    after = repeat_guard.remember(work, context.conversation, after, message.text, len(step.says))
    after = replace(after, language=after.language or _language_of_chat(found, context))
    prompts.save(work.tx, message.address, after, now=work.now)
    if (token := context.conversation.token) is not None and token != after.token:
        outbox.cancel(
            work.tx, token, now=work.now
        )  # a list that has not gone out, and whose numbers would answer nothing
    _queue(turn, group, step)
    if step.after is not None:
        step.after()
    return message_log.entry(found, context.text)


def _queue(turn: Turn, group: GroupedMessage, step: Step) -> None:
    """Queue the texts of an answer; one that only asks is held back for a moment."""
    due = message_grouping.held_until(group, step.says, now=turn.now)
    key = message_grouping.reply_key(turn.work) if due else None
    for each in step.says:
        body = each.body if each.body is not None else say(each.key, _language(each, turn), **each.facts)
        text = OutboundText(
            turn.address, each.key, body, each.buttons, visit=each.visit, contact_button=each.contact_button
        )
        queue(turn.work, text, due=due, key=each.token or key)


def _language(said: Say, turn: Turn) -> str:
    """The language of one answer; a change of language is answered in the new one."""
    chosen = turn.meaning.act.language if said.key == "language_set" else None
    return chosen or turn.lang


def _language_of_chat(found: Interpretation, context: ChatContext) -> str | None:
    """The language that is held in a chat after a message: the first text of some words chooses it.

    What an officer writes ("417 domingo 2pm") chooses none, nor does the question which facility a chat is about.
    """
    chosen = context.conversation.language
    if chosen is not None or context.officer is not None or isinstance(found, WhichFacility | FacilityChosen):
        return chosen
    return str(found.meaning.lang) if message_log.tells_language(context.text) else None
