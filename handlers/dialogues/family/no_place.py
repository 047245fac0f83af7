"""No time fits: the reason that a family can do something about, and the nearest times that are open."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot import wording
from bot.conversation import Answers, Dialogue, DialogueStep, WishedTime
from handlers.dialogues.family.time_options import as_move, options_for, price_of
from handlers.dialogues.family.wish_draft import spans, wish_words
from handlers.dialogues.turn import Say, Step, Turn
from handlers.messaging import text_facts
from scheduling import queries
from scheduling.facilities import store
from scheduling.policy.availability import sessions_between
from scheduling.policy.errors import Refused
from scheduling.policy.facility import MAX_REASON_LENGTH
from scheduling.policy.refusals import Refusal, shown_to_family
from scheduling.policy.timespan import Span, local_day
from scheduling.visits import search
from scheduling.visits.search import Found, Wish
from scheduling.visits.visit import Visit


def no_place(turn: Turn, wanted: Wish, found: Found, draft: Answers, moved: Visit | None) -> Step:
    """Nothing fits. A reason the family can do something about is said; every other one reads as "no place"."""
    if not found.why and _outside(turn, wanted, draft):
        found = replace(found, why=(Refusal.OUTSIDE_SESSIONS,))
    code = shown_to_family(found.why)
    if code.traits.ends_question:  # what was asked before stays open: its list is still on the phone
        return turn.stay(refusal(turn, code, wanted, draft))
    if not code.traits.gives_times:
        return turn.stay(
            refusal(turn, code, wanted, draft),
            dialogue=Dialogue.BOOK,
            step=DialogueStep.WHEN,
            answers=draft,
            options=(),
        )
    where: dict[str, Any] = {
        "dialogue": Dialogue.BOOK if moved is None else Dialogue.MOVE,
        "step": DialogueStep.TIMES,
        "answers": draft,
    }
    if not found.nearest:
        says = turn.say("no_place_none", resident=wanted.resident.first_name, wish=wish_words(turn, draft))
        return turn.stay(says, **where, options=())
    options = options_for(turn, wanted, list(found.nearest), moved, short=False)
    told = _refusal_facts(turn, wanted, draft) | {"weekdays": _no_visits_on(turn, wanted, draft)}
    if code is Refusal.CLOSED:
        told["reason"] = _why_closed(turn, wanted, draft)
    return as_move(turn, turn.offer(f"refusal.{code}", options, told, asks=False, lists=True, **where), moved)


def gone(turn: Turn, wanted: Wish, start: datetime, refused: Refused, moved: Visit | None) -> Step:
    """The chosen time cannot be had any more: say so, with the nearest that can."""
    found = search.find(turn.tx, wanted, [start], now=turn.now)
    draft = replace(
        turn.conversation.answers,
        resident=wanted.resident.id,
        minutes=wanted.minutes,
        wanted=(WishedTime(start),),
    )
    why = tuple(code for code in Refusal if code in refused.codes)
    if not found.nearest or any(code.traits.shown_first is not None for code in why):
        return no_place(turn, wanted, Found(nearest=found.nearest, why=why), draft, moved)
    options = options_for(turn, wanted, list(found.nearest), moved, short=False)
    return turn.offer(
        "time_gone", options, asks=False, resident=wanted.resident.first_name, start=turn.local(start),
        dialogue=Dialogue.BOOK if moved is None else Dialogue.MOVE, step=DialogueStep.TIMES, answers=draft,
    )  # fmt: skip


def _outside(turn: Turn, wanted: Wish, draft: Answers) -> bool:
    """Whether there are no visits at all at the times wished for: then they are not full."""
    return not any(_sessions(turn, wanted, span) for span in spans(draft))


def _sessions(turn: Turn, wanted: Wish, span: Span | datetime) -> bool:
    window = span if isinstance(span, Span) else Span(span, span + timedelta(minutes=wanted.minutes))
    return bool(sessions_between(turn.facility, unit=wanted.resident.unit, window=window, kind=wanted.kind))


def _no_visits_on(turn: Turn, wanted: Wish, draft: Answers) -> str | None:
    """The day of the week that was wished for, where it has no visits at all."""
    first = spans(draft)[0]
    start, end = (first.start, first.end) if isinstance(first, Span) else (first, first + timedelta(minutes=1))
    day = local_day(turn.local(start).date(), turn.facility.zone)
    if end > day.end or _sessions(turn, wanted, day):
        return None
    return wording.every(turn.local(start), turn.lang)


def _why_closed(turn: Turn, wanted: Wish, draft: Answers) -> str | None:
    """The facility's own words for families, where they are few enough for a text with a list."""
    wish = spans(draft)[0]
    window = wish if isinstance(wish, Span) else Span(wish, wish + timedelta(minutes=wanted.minutes))
    reason = store.closure_reason(turn.tx, turn.facility_id, wanted.resident.unit, window)
    said = None if reason is None else reason.to(turn.lang)
    return said if said is not None and len(said) <= MAX_REASON_LENGTH else None


def _refusal_facts(turn: Turn, wanted: Wish, draft: Answers) -> dict[str, object]:
    facility = turn.facility
    banned = wanted.visitor.banned_until
    mine = queries.live_of(turn.tx, [wanted.visitor.id])
    return {
        "resident": wanted.resident.first_name, "minutes": wanted.minutes, "price": price_of(turn, wanted),
        "wish": wish_words(turn, draft) if draft.wanted else None,
        "earliest": turn.local(turn.now + facility.earliest), "latest": turn.local(turn.now + facility.latest),
        "lengths": wording.listed([str(n) for n in facility.lengths], turn.lang),
        "hours": text_facts.hours(turn.facility, wanted.resident.unit, wanted.kind, turn.lang),
        "until": banned and turn.local(banned), "reason": None,
        "ref": mine[0].reference if mine else None,
    }  # fmt: skip


def refusal(turn: Turn, code: Refusal, wanted: Wish, draft: Answers) -> Say:
    limits = {
        Refusal.OPEN_REQUESTS_LIMIT: turn.facility.open_requests_per_visitor,
        Refusal.TOO_MANY_PEOPLE: turn.facility.people_per_visit,
    }
    return turn.say(f"refusal.{code}", _refusal_facts(turn, wanted, draft), limit=limits.get(code))
