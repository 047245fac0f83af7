"""The way of one message: recorded, then handled under its chat's lock, then answered.

After `receive` has committed, a message cannot be lost: handling that fails is tried again by a job. `ROUTES` and `ACTIONS`
are the tables of who answers what.
"""

import logging
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot import questions, understanding
from bot.conversation import Conversation
from bot.messages import Address, Inbound
from bot.questions import Option
from bot.texts import say
from bot.understanding import Act
from bot.understanding.staff import StaffCommand, StaffVerb, parse_staff_command
from handlers.deps import Deps
from handlers.dialogues.family import book, change, counter_offer, link_account, menu, wrong_number
from handlers.dialogues.staff import decide, flag_commands
from handlers.dialogues.turn import Say, Step, Turn
from handlers.inbound import carrier_keywords, message_grouping
from handlers.inbound.choices import about_a_visit, chosen, gives_up, wishes
from handlers.inbound.context import meaning_of, turn_of
from handlers.messaging import prompts, text_facts
from handlers.messaging.sending import Text, queue
from handlers.messaging.visible_questions import VisibleQuestions
from handlers.tables import inbound
from handlers.work import Work
from scheduling.facilities import store
from scheduling.people import people
from scheduling.policy.ids import FacilityId
from scheduling.storage import outbox
from scheduling.storage.database import Tx, upsert_nothing
from scheduling.storage.outbox import Class

log = logging.getLogger(__name__)
RETRY = timedelta(seconds=5)
MAX_TRIES = 5
Action = Callable[[Turn, Option], Step]
ACTIONS: dict[str, Action] = {
    "speaker": book.choose_speaker,
    "resident": book.choose_resident,
    "facility": link_account.choose_facility,
    "ask": book.ask_kept,
    "ask_at": book.ask_at,
    "ask_move": change.ask_move,
    "move_at": change.move_at,
    "move_visit": change.move_visit,
    "cancel_visit": change.cancel_visit,
    "cannot_visit": change.cannot_visit,
    "cancel_all": change.cancel_all,
    "cancel_yes": change.cancel_yes,
    "cancel_no": change.cancel_no,
    "keep_all": change.keep_all,
    "take_offer": counter_offer.take_offer,
    "other_times": counter_offer.other_times,
    "swap_offer": counter_offer.swap_offer,
    "drop_offer": counter_offer.drop_offer,
}
ROUTES: dict[str, Callable[[Turn], Step]] = {
    "book": book.book,
    "availability": book.book,
    "again": book.book,
    "standing": book.book,
    "reschedule": change.move,
    "cancel": change.cancel,
    "deny": change.drop,
    "status": menu.status,
    "visits": menu.visits,
    "help": menu.help_,
    "language_en": menu.language,
    "language_es": menu.language,
    "pay": menu.pay,
    "late": menu.late,
    "urgent": menu.urgent,
    "waitlist": menu.waitlist,
    "who_is_this": wrong_number.who_is_this,
    "wrong_number": wrong_number.wrong_number,
    "cannot": change.cannot,
    "connect": menu.connect,
    "greeting": book.book,
    "thanks": menu.quiet,
    "noise": menu.quiet,
}
_LATIN = re.compile(r"[a-z\u00c0-\u024f]+", re.IGNORECASE)
"""Words that can tell a language of ours; one alone is not enough, and words in another script tell none."""
ANOTHER_TIME = frozenset({Act.EARLIER, Act.LATER, Act.ANOTHER_DAY, Act.DENY})
"""While times are listed, these ask for other ones; otherwise they go the way of their intent."""

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
        "message": message.to_json(), "received_at": now, "state": "received", "attempts": 0, "correlation": correlation,
    }  # fmt: skip

    def work(tx: Tx) -> bool:
        if upsert_nothing(tx, inbound, [row]) == 0:
            return False
        prompts.ensure_chat(tx, address, now=now)
        payload = {"address": [address.channel, address.theirs, address.ours]}
        key = f"handle:{address.channel}:{message.provider_id}"
        outbox.enqueue(
            tx, "handle_chat", payload, now=now, due=now + RETRY, key=key, cls=Class.URGENT, correlation=correlation
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
    conversation = prompts.lock_chat(tx, address, now=deps.now(), wait=False)
    if conversation is None:
        return False
    waiting = _of_chat(address) & (inbound.c.state == "received")
    row = tx.execute(sa.select(inbound).where(waiting).order_by(inbound.c.id).limit(1)).mappings().first()
    if row is None:
        return None
    row_id.append(row["id"])
    here = (inbound.c.id == row["id"]) & (inbound.c.state == "received")
    claimed = tx.execute(sa.update(inbound).where(here).values(state="handled", handled_at=deps.now()))
    if claimed.rowcount != 1:
        return False
    message = Inbound.from_json(row["message"])
    understood = _answer(tx, deps, message, conversation, row["received_at"], row["correlation"])
    tx.execute(sa.update(inbound).where(inbound.c.id == row["id"]).values(understood=understood))
    return True


def _of_chat(address: Address) -> sa.ColumnElement[bool]:
    mine = (inbound.c.channel == address.channel) & (inbound.c.theirs == address.theirs)
    return mine & (inbound.c.ours == address.ours)


def _failed(tx: Tx, deps: Deps, address: Address, row_id: int) -> None:
    """Count a failure; the fifth gives the message up, tells its sender, and lets the next one through."""
    tries = tx.execute(
        sa.update(inbound).where((inbound.c.id == row_id) & (inbound.c.state == "received"))
        .values(attempts=inbound.c.attempts + 1).returning(inbound.c.attempts, inbound.c.correlation)
    ).first()  # fmt: skip
    if tries is None or tries.attempts < MAX_TRIES:  # none: somebody else has handled it meanwhile
        return
    tx.execute(sa.update(inbound).where(inbound.c.id == row_id).values(state="dead", error="failed five times"))
    facility_id = _facility_of(tx, address, [])
    facility = store.rules(tx, facility_id)
    lang = text_facts.known(prompts.language_of(tx, address), facility)
    words = say("trouble", lang, **text_facts.of_facility(facility, lang, deps.now()))
    work = Work(tx, deps, deps.now(), tries.correlation)
    queue(work, Text(address, "trouble", words), key=f"trouble:{row_id}")


def _facility_of(tx: Tx, address: Address, known: list[people.Person], chosen: str | None = None) -> FacilityId:
    """The facility a chat belongs to: that of our number; on Telegram the chosen one of those the people there are of,
    else their first, else the first there is."""
    by_phone = store.by_phone(tx, address.ours) if address.channel == "sms" else None
    theirs = [person.facility_id for person in known] or store.everyone(tx)
    named = [each for each in theirs if store.rules(tx, each).code == chosen]
    return by_phone or (named or theirs)[0]


def _answer(
    tx: Tx, deps: Deps, message: Inbound, conversation: Conversation, received: datetime, correlation: str
) -> dict[str, Any]:
    """Understand one message, let a dialogue answer it, queue the answers, save where the chat stands."""
    now, address = deps.now(), message.address
    known = people.at(tx, address.channel, address.theirs)
    facility_id = _facility_of(tx, address, known, conversation.facility)

    def turn_from(text: str, where: Conversation) -> Turn:
        return turn_of(tx, deps, address, text, where, known, facility_id, received, correlation)

    alone = turn_from(message.text, conversation)
    of = {person.facility_id for person in known}
    asked = None if alone.meaning.act == "urgent" else link_account.which_facility(alone, message, of)
    plain = asked is None and _plain(alone, message)
    heard = message_grouping.heard(alone, message, plain=plain, again=turn_from)
    turn = heard.turn
    if plain and turn.meaning.act != "urgent" and (why := _unanswered(turn, message)):
        return {"act": why}
    step, note = (asked, {"act": "facility"}) if asked is not None else _step(turn, message)
    if step is None:
        return note
    # What an officer writes ("417 domingo 2pm") chooses no language for the chat.
    sure = note.get("sure") and turn.conversation.language is None and turn.officer is None
    spoken = turn.meaning.lang if sure else turn.conversation.language
    says = step.says
    if note["act"] == "choose":  # a question that follows a choice is no half of a sentence
        heard = replace(heard, fragment=False)
    where = message_grouping.after(heard, step.conversation, message, says)
    prompts.save(tx, address, replace(where, language=where.language or spoken), now=now)
    if (token := turn.conversation.token) is not None and token != where.token:
        outbox.cancel(tx, token, now=now)  # a list that has not gone out, and whose numbers would answer nothing
    due, key = message_grouping.held_until(heard, says), heard.key
    for each in says:
        body = each.body if each.body is not None else say(each.key, step_language(each, turn), **each.facts)
        text = Text(address, each.key, body, each.buttons, visit=each.visit, contact_button=each.contact_button)
        queue(turn.work, text, due=due, key=each.token or (key if due else None))
    if step.after is not None:
        step.after()
    return note


def _unanswered(turn: Turn, message: Inbound) -> str | None:
    """Why a family's words are not answered: they just were, or the other side is no person. What chooses or cancels is."""
    if turn.meaning.act == "connect":  # our own answer says to write it again
        return None
    if message_grouping.repeated(turn, message):
        return "repeated"
    acts = turn.meaning.intent == "cancel" or isinstance(chosen(turn, message.text), Option)
    return "too_many" if message_grouping.too_many(turn) and not acts else None


def _plain(turn: Turn, message: Inbound) -> bool:
    """A family's words, and nothing that is answered by itself: a button, a carrier's word, an officer's command."""
    if message.button is not None or message.contact is not None or message.start_code is not None:
        return False
    return carrier_keywords.read(message, turn) is None and bool(turn.speakers) and _command(turn, message.text) is None


def step_language(said: Say, turn: Turn) -> str:
    """The language of one answer; a change of language is answered in the new one."""
    return turn.meaning.act.removeprefix("language_") if said.key == "language_set" else turn.lang


def _step(turn: Turn, message: Inbound) -> tuple[Step | None, dict[str, Any]]:
    """Who answers, in the order that counts: carrier words, links, staff, a number, then what was meant."""
    note = {"intent": turn.meaning.intent, "act": turn.meaning.act, "windows": len(turn.meaning.windows),
            "residents": len(turn.meaning.residents), "lang": turn.meaning.lang,
            "sure": len(_LATIN.findall(turn.text)) > 1, "read": [_shown(w) for w in turn.meaning.windows]}  # fmt: skip
    word = carrier_keywords.read(message, turn)
    if word is not None:
        return carrier_keywords.act(turn, word, message), note | {"act": word}
    if message.contact is not None or message.start_code is not None:
        return link_account.link(turn, message), note | {"act": "link"}
    if message.button is not None:
        return _pressed(turn, message.button), note | {"act": "button"}
    command = _command(turn, message.text)
    if command is not None:
        answer = flag_commands.answer if command.verb in flag_commands.VERBS else decide.answer
        return flag_commands.after_list(turn, command, answer(turn, command)), note | {"act": f"staff.{command.verb}"}
    if message.media and not turn.text.strip() and turn.speakers:
        return menu.photo(turn), note | {"act": "photo"}
    if not turn.speakers:
        return (menu.stranger(turn) if turn.officer is None else decide.not_understood(turn)), note
    return _family(turn, message.text, note)


def _command(turn: Turn, text: str) -> StaffCommand | None:
    """What an officer's text orders; None where it orders nothing, or is meant for a question of his own family."""
    if turn.officer is None:
        return None
    command = parse_staff_command(
        text, now=turn.local(turn.now).replace(tzinfo=None), languages=turn.facility.languages
    )
    if command is None and decide.reason_asked(turn):
        command = StaffCommand(verb=StaffVerb.NONE)
    return None if command is None or _means_family(turn, command, text) else command


def _shown(window: Any) -> dict[str, Any]:
    return {"start": window.start and window.start.isoformat(), "end": window.end and window.end.isoformat(),
            "role": window.role, "assumed": list(window.assumed)}  # fmt: skip


def _means_family(turn: Turn, command: StaffCommand, text: str) -> bool:
    """Somebody who is staff and family: an open question of theirs gets a lone number, OK or NO before any card does."""
    if (
        turn.speakers
        and command.verb in ("today", "tomorrow", "day")
        and turn.conversation.dialogue in ("book", "move")
    ):
        return True  # the answer to "which day?"
    if not turn.speakers or not turn.screen.options:
        return False
    bare = command.code is None and command.reference is None and command.verb in ("ok", "no", "none")
    return bare or questions.read_number(text) is not None


def _pressed(turn: Turn, data: str) -> Step | None:
    """A button: of a card, for who is staff; of a list that is still on the screen; else it is told that it has closed."""
    kind, _, rest = data.partition(":")
    code, _, verb = rest.partition(":")
    if kind == "card":
        return decide.pressed(turn, int(code), verb) if turn.officer is not None and code.isdigit() else None
    if not turn.speakers:
        return menu.stranger(turn)
    picked = questions.pressed(data, [*turn.conversation.options, *turn.screen.options])
    return turn.stay(turn.say("opened_question_expired")) if picked is None else _choose(turn, picked)


def _family(turn: Turn, text: str, note: dict[str, Any]) -> tuple[Step | None, dict[str, Any]]:
    picked = chosen(turn, text)
    if picked is not None:
        return _choose(turn, picked), note | {"act": "choose"}
    if turn.meaning.act == "choose":  # a time on the list, said by or of somebody else: a wish like any other
        turn = replace(turn, meaning=meaning_of(replace(turn, screen=VisibleQuestions()), turn.text))
    meaning = turn.meaning
    named = book.named(turn) if meaning.act == "other" and not (meaning.windows or meaning.residents) else None
    if named is not None and len(turn.speakers) > 1:
        return book.choose_speaker(turn, Option(0, named.name, "speaker", {"person": named.id})), note
    if meaning.act.startswith("question."):
        return menu.question(menu.heard(turn)), note
    if meaning.act == "affirm" and not turn.wanted():
        return menu.quiet(turn), note
    if meaning.act in ANOTHER_TIME and turn.conversation.step == "times" and not turn.wanted():
        return book.other_time(turn), note
    route = _route(turn)
    usable = menu.heard(turn)
    if route is None:
        return menu.not_understood(turn), note
    return route(turn if route is menu.quiet else usable), note


def _route(turn: Turn) -> Callable[[Turn], Step] | None:
    """Which dialogue a text is for; None when it is understood by none."""
    meaning, dialogue = turn.meaning, turn.conversation.dialogue
    route = ROUTES.get(meaning.act) or ROUTES.get(meaning.intent)
    if route is change.drop and not turn.wanted() and turn.screen.asked and about_a_visit(turn):
        return change.nothing
    if meaning.act == "visits" and gives_up(turn.text):
        return change.cancel
    if route in (None, change.drop) and (wishes(turn) or (meaning.residents and meaning.act != "urgent")):
        route = change.move if dialogue == "move" else book.book
    if route is change.drop and not turn.conversation.answers:
        route = None
    if route is book.book and dialogue == "move" and meaning.intent in ("book", "availability", "other"):
        route = change.move
    return route


def _choose(turn: Turn, picked: Option | Step) -> Step:
    if isinstance(picked, Step):
        return picked
    for prompt in turn.prompts if picked.action != "other_times" else ():  # the offer itself stays open beside the list
        if any(option.number == picked.number and option.action == picked.action for option in prompt.options):
            prompts.close(turn.tx, prompt.id, "answered", now=turn.now)
    return ACTIONS[picked.action](turn, picked)
