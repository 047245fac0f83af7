"""From a wish to open times: what fits is offered or read back, what does not is said with the nearest that does."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot import sms, wording
from bot.questions import Option
from bot.understanding import Window
from bot.wording import Money
from handlers.dialogues.turn import Say, Step, Turn, as_span, kind_of, part_of_day
from handlers.messaging import text_facts
from handlers.messaging.option_actions import OptionAction, TimeChoice, option
from scheduling import queries
from scheduling.facilities import store
from scheduling.people import people
from scheduling.people.people import Person, Resident
from scheduling.policy.availability import sessions_between
from scheduling.policy.errors import Refused
from scheduling.policy.facility import MAX_REASON_LENGTH
from scheduling.policy.ids import VisitId
from scheduling.policy.pricing import price
from scheduling.policy.refusals import Refusal, shown_to_family
from scheduling.policy.timespan import Span, local_day, localize
from scheduling.policy.visit_state import State
from scheduling.policy.vocabulary import ActorKind, PersonKind
from scheduling.visits import asking, ledger, moving, search
from scheduling.visits.asking import OFFER_OPEN
from scheduling.visits.search import Found, Wish
from scheduling.visits.transition import Actor
from scheduling.visits.visit import Visit, find


def draft_of(turn: Turn) -> dict[str, Any]:
    """What is known of the wish so far, the new text's words over the old ones."""
    draft: dict[str, Any] = dict(turn.conversation.answers) if turn.conversation.dialogue in ("book", "move") else {}
    if turn.meaning.duration_min is not None:
        draft["minutes"] = turn.meaning.duration_min
    if turn.meaning.party is not None:
        draft["people"] = turn.meaning.party
    if wanted := [each for window in turn.wanted() if (each := _wanted(turn, window)) is not None]:
        draft["wanted"] = wanted
    elif turn.meaning.past:  # what was wished before is not what they wish now
        draft.pop("wanted", None)
    return draft


def _wanted(turn: Turn, window: Window) -> dict[str, Any] | None:
    span = as_span(window, turn)
    if span is None:
        return None
    start, end = (span.start, span.end) if isinstance(span, Span) else (span, None)
    said = turn.text[window.text[0] : window.text[1]].strip()
    return {
        "start": start.isoformat(), "end": end and end.isoformat(), "said": said, "assumed": list(window.assumed),
        "part": part_of_day(window),
    }  # fmt: skip


def _spans(draft: Mapping[str, Any]) -> list[Span | datetime]:
    found: list[Span | datetime] = []
    for each in draft["wanted"]:
        start = datetime.fromisoformat(each["start"])
        found.append(Span(start, datetime.fromisoformat(each["end"])) if each["end"] else start)
    return found


def look(turn: Turn, speaker: Person, resident: Resident, draft: dict[str, Any]) -> Step:
    """Find open times for a whole wish and say them."""
    moved = None if draft.get("visit") is None else find(turn.tx, VisitId(draft["visit"]))
    kind = kind_of(speaker)
    default = moved.minutes if moved is not None else turn.facility.lengths[0]
    minutes = draft.get("minutes") or default
    wanted = Wish(speaker, resident, kind, minutes, None if moved is None else moved.id, draft.get("people") or 1)
    if not any(each.unit == resident.unit and each.kind == kind for each in turn.facility.sessions):
        return turn.end(turn.say("no_sessions", resident=resident.first_name))
    wrong = {
        Refusal.BAD_LENGTH: ("minutes", minutes not in turn.facility.lengths),
        Refusal.TOO_MANY_PEOPLE: ("people", wanted.people > turn.facility.people_per_visit),
    }
    for code, (what, so) in wrong.items():
        if so:  # said once, and not remembered
            dialogue = "book" if moved is None else "move"
            return turn.stay(_refusal(turn, code, wanted, draft), dialogue=dialogue, answers=draft | {what: None})
    found = search.find(turn.tx, wanted, _spans(draft), now=turn.now)
    single = found.exact or (found.fits[0] if len(found.fits) == 1 else None)
    other = None if found.exact is None else _other_reading(turn, wanted, draft, found.exact)
    if found.exact is not None and other is not None:
        note = turn.words("assumed.either", said=str(draft["wanted"][0]["said"])[:30])
        return _offer(turn, wanted, sorted([found.exact, other]), draft, moved, note=note)
    if single is not None:
        return _read_back(turn, wanted, single, draft, moved)
    if found.fits:
        return _offer(turn, wanted, list(found.fits), draft, moved)
    return _no_place(turn, wanted, found, draft, moved)


def _price(turn: Turn, wanted: Wish, moved: Visit | None = None) -> Money:
    """What a visit costs; what a move costs on top of what was paid or is due already."""
    whole = price(turn.facility, wanted.minutes, wanted.kind)
    more = whole if moved is None else max(0, whole - moved.price)
    return Money(more if moved is None or wanted.minutes != moved.minutes else 0, turn.facility.currency)


def options_for(turn: Turn, wanted: Wish, times: list[datetime], moved: Visit | None, *, short: bool) -> list[Option]:
    action, visit = OptionAction.ASK_AT if moved is None else OptionAction.MOVE_AT, None if moved is None else moved.id
    made = []
    for at in times:
        label = wording.time(turn.local(at)) if short else text_facts.label(at, turn.facility, turn.lang)
        chosen = TimeChoice(at, wanted.minutes, wanted.resident.id, wanted.visitor.id, visit)
        made.append(option(label, action, chosen))
    return made


def _other_reading(turn: Turn, wanted: Wish, draft: Mapping[str, Any], exact: datetime) -> datetime | None:
    """The other time the same words may mean (the other half of the day, "next friday" a week on), when it is open, too:
    then it is asked, not guessed."""
    assumed = draft["wanted"][0].get("assumed") or ()
    shifts = {"am": timedelta(hours=12), "pm": timedelta(hours=-12), "which_next": timedelta(days=7)}
    for guess, shift in shifts.items():
        if guess in assumed:
            # By the clock on the wall: a week on, or the other half of the day, may have another offset.
            other = localize(turn.local(exact).replace(tzinfo=None) + shift, turn.facility.zone)
            window = Span(other, other + timedelta(minutes=wanted.minutes))
            if any(time.start == other for time in search.search(turn.tx, wanted, window, now=turn.now)):
                return other
    return None


def _offer(
    turn: Turn,
    wanted: Wish,
    times: list[datetime],
    draft: dict[str, Any],
    moved: Visit | None,
    note: str | None = None,
) -> Step:
    same_day = len({turn.local(at).date() for at in times}) == 1
    options = options_for(turn, wanted, times, moved, short=same_day)
    key, resident = "offer" if same_day else "offer_mixed", wanted.resident.first_name
    step = turn.offer(
        key, options, asks=False, lists=True, note=note, resident=resident,
        date=turn.local(times[0]), minutes=wanted.minutes, price=_price(turn, wanted) if moved is None else None,
        dialogue="book" if moved is None else "move", step="times", answers=draft,
    )  # fmt: skip
    return _as_move(turn, step, moved)


def _as_move(turn: Turn, step: Step, moved: Visit | None) -> Step:
    """A list of times for a move says that it is one, and that the visit stands meanwhile; where that fits."""
    if moved is None:
        return step
    said = step.says[0]
    note = turn.words("moving", ref=moved.reference, old_start=turn.local(moved.starts))
    body = f"{note} {turn.words(said.key, **said.facts)}"
    fits = sms.segments(sms.fold(body)) <= 2
    return replace(step, says=(replace(said, body=body), *step.says[1:])) if fits else step


def wish_words(turn: Turn, draft: Mapping[str, Any]) -> str:
    first = draft["wanted"][0]
    start = turn.local(datetime.fromisoformat(first["start"]))
    end = turn.local(datetime.fromisoformat(first["end"])) if first["end"] else None
    return wording.wish(start, end, turn.lang, part=first.get("part"))


def _no_place(turn: Turn, wanted: Wish, found: Found, draft: dict[str, Any], moved: Visit | None) -> Step:
    """Nothing fits. A reason the family can do something about is said; every other one reads as "no place"."""
    if not found.why and _outside(turn, wanted, draft):
        found = replace(found, why=(Refusal.OUTSIDE_SESSIONS,))
    code = shown_to_family(found.why)
    if code.traits.ends_question:  # what was asked before stays open: its list is still on the phone
        return turn.stay(_refusal(turn, code, wanted, draft))
    if not code.traits.gives_times:
        return turn.stay(_refusal(turn, code, wanted, draft), dialogue="book", step="when", answers=draft, options=())
    where = {"dialogue": "book" if moved is None else "move", "step": "times", "answers": draft}
    if not found.nearest:
        says = turn.say("no_place_none", resident=wanted.resident.first_name, wish=wish_words(turn, draft))
        return turn.stay(says, **where, options=())
    options = options_for(turn, wanted, list(found.nearest), moved, short=False)
    told = _refusal_facts(turn, wanted, draft) | {"weekdays": _no_visits_on(turn, wanted, draft)}
    if code is Refusal.CLOSED:
        told["reason"] = _why_closed(turn, wanted, draft)
    return _as_move(turn, turn.offer(f"refusal.{code}", options, asks=False, lists=True, **told, **where), moved)


def _outside(turn: Turn, wanted: Wish, draft: Mapping[str, Any]) -> bool:
    """Whether there are no visits at all at the times wished for: then they are not full."""
    return not any(_sessions(turn, wanted, span) for span in _spans(draft))


def _sessions(turn: Turn, wanted: Wish, span: Span | datetime) -> bool:
    window = span if isinstance(span, Span) else Span(span, span + timedelta(minutes=wanted.minutes))
    return bool(sessions_between(turn.facility, unit=wanted.resident.unit, window=window, kind=wanted.kind))


def _no_visits_on(turn: Turn, wanted: Wish, draft: Mapping[str, Any]) -> str | None:
    """The day of the week that was wished for, where it has no visits at all."""
    first = _spans(draft)[0]
    start, end = (first.start, first.end) if isinstance(first, Span) else (first, first + timedelta(minutes=1))
    day = local_day(turn.local(start).date(), turn.facility.zone)
    if end > day.end or _sessions(turn, wanted, day):
        return None
    return wording.every(turn.local(start), turn.lang)


def _why_closed(turn: Turn, wanted: Wish, draft: Mapping[str, Any]) -> str | None:
    """The facility's own words for families, where they are few enough for a text with a list."""
    wish = _spans(draft)[0]
    window = wish if isinstance(wish, Span) else Span(wish, wish + timedelta(minutes=wanted.minutes))
    reason = store.closure_reason(turn.tx, turn.facility_id, wanted.resident.unit, window)
    said = None if reason is None else reason.to(turn.lang)
    return said if said is not None and len(said) <= MAX_REASON_LENGTH else None


def _refusal_facts(turn: Turn, wanted: Wish, draft: Mapping[str, Any]) -> dict[str, Any]:
    facility = turn.facility
    banned = wanted.visitor.banned_until
    mine = queries.live_of(turn.tx, [wanted.visitor.id])
    return {
        "resident": wanted.resident.first_name, "minutes": wanted.minutes, "price": _price(turn, wanted),
        "wish": wish_words(turn, draft) if draft.get("wanted") else None,
        "earliest": turn.local(turn.now + facility.earliest), "latest": turn.local(turn.now + facility.latest),
        "lengths": wording.listed([str(n) for n in facility.lengths], turn.lang),
        "hours": text_facts.hours(turn.facility, wanted.resident.unit, wanted.kind, turn.lang),
        "until": banned and turn.local(banned), "reason": None,
        "ref": mine[0].reference if mine else None,
    }  # fmt: skip


def _refusal(turn: Turn, code: Refusal, wanted: Wish, draft: Mapping[str, Any]) -> Say:
    limits = {
        Refusal.OPEN_REQUESTS_LIMIT: turn.facility.open_requests_per_visitor,
        Refusal.TOO_MANY_PEOPLE: turn.facility.people_per_visit,
    }
    return turn.say(f"refusal.{code}", **_refusal_facts(turn, wanted, draft), limit=limits.get(code))


def _assumed(turn: Turn, draft: Mapping[str, Any], start: datetime) -> str:
    """The guesses behind a time, said out loud."""
    first = draft["wanted"][0]
    said = first.get("said")
    if not first.get("assumed") or not said:
        return ""
    key = "assumed.time" if {"am", "pm"} & set(first["assumed"]) else "assumed.day"
    return turn.words(key, said=said[:30], start=turn.local(start))


def _read_back(turn: Turn, wanted: Wish, start: datetime, draft: dict[str, Any], moved: Visit | None) -> Step:
    """One time fits: keep it and read it back. While another offered time is kept for them it is only listed."""
    try:
        if moved is None:
            visit = asking.hold(turn.tx, wanted, start, chat=turn.address, actor=as_family(turn, wanted), now=turn.now)
        else:
            visit = moving.hold_new(turn.tx, moved, wanted, start, actor=as_family(turn, wanted), now=turn.now)
    except Refused as refused:
        if OFFER_OPEN in refused.codes:
            return _offer(turn, wanted, [start], draft, moved)
        found = search.find(turn.tx, wanted, _spans(draft), now=turn.now)
        why = tuple(code for code in Refusal if code in refused.codes)
        return _no_place(turn, wanted, Found(nearest=found.fits or found.nearest, why=why), draft, moved)
    values = text_facts.of_visit(queries.details(turn.tx, visit), turn.lang, turn.now)
    action = OptionAction.ASK if moved is None else OptionAction.ASK_MOVE
    chosen = TimeChoice(start, wanted.minutes, wanted.resident.id, wanted.visitor.id, visit.id)
    only = option(turn.words("label.ask"), action, chosen)
    end = start + timedelta(minutes=wanted.minutes)
    more = {"assumed": _assumed(turn, draft, start), "price": _price(turn, wanted, moved)}
    more |= {"start": turn.local(start), "end": turn.local(end), "minutes": wanted.minutes}
    more |= {"who": who_of(turn, wanted.visitor)}
    return turn.offer(
        "read_back" if moved is None else "move_read_back", [only], asks=False, **(values | more),
        dialogue="book" if moved is None else "move", step="read_back", answers=draft | {"kept": visit.id},
    )  # fmt: skip


def as_family(turn: Turn, wanted: Wish) -> Actor:
    """The visitor of a wish, as the history names them."""
    return Actor(ActorKind.FAMILY, wanted.visitor.id, turn.address.channel, turn.work.correlation)


def said_asked(turn: Turn, visit: Visit) -> Say:
    """The answer to a request that went to staff."""
    whole = queries.details(turn.tx, visit)
    values = text_facts.of_visit(whole, turn.lang, turn.now)
    values["covered"] = None
    if visit.price and ledger.net_paid(turn.tx, visit.id) >= visit.price:
        values |= {"price": None, "covered": turn.words("money.covers")}
    return turn.say("asked", visit=visit.id, **values, who=who_of(turn, whole.visitor))


def who_of(turn: Turn, visitor: Person) -> str | None:
    """The visitor's first name where several people share the phone, so that nobody is booked as somebody else unseen."""
    family = [
        who
        for who in people.at_address(turn.tx, turn.address.channel, turn.address.theirs)
        if who.kind != PersonKind.STAFF
    ]
    return visitor.first_name if len(family) > 1 else None


def wish_of(turn: Turn, chosen: TimeChoice, visit: Visit | None) -> Wish:
    """The wish an option stands for, with what its person may see now."""
    person = next((who for who in turn.speakers if who.id == chosen.visitor), None) or people.get(
        turn.tx, chosen.visitor
    )
    resident = people.resident_of(turn.tx, person, chosen.resident if visit is None else visit.resident_id)
    moved = visit.id if visit is not None and visit.state is not State.CHOOSING else None
    return Wish(person, resident, kind_of(person), chosen.minutes, moving=moved)


def gone(turn: Turn, wanted: Wish, start: datetime, refused: Refused, moved: Visit | None) -> Step:
    """The chosen time cannot be had any more: say so, with the nearest that can."""
    found = search.find(turn.tx, wanted, [start], now=turn.now)
    draft = dict(turn.conversation.answers) | {
        "resident": wanted.resident.id, "minutes": wanted.minutes,
        "wanted": [{"start": start.isoformat(), "end": None, "said": "", "assumed": [], "part": None}],
    }  # fmt: skip
    why = tuple(code for code in Refusal if code in refused.codes)
    if not found.nearest or any(code.traits.shown_first is not None for code in why):
        return _no_place(turn, wanted, Found(nearest=found.nearest, why=why), draft, moved)
    options = options_for(turn, wanted, list(found.nearest), moved, short=False)
    return turn.offer(
        "time_gone", options, asks=False, resident=wanted.resident.first_name, start=turn.local(start),
        dialogue="book" if moved is None else "move", step="times", answers=draft,
    )  # fmt: skip


def ask(turn: Turn, wanted: Wish, start: datetime) -> Step:
    """Ask staff for an open time; when it has just gone, the nearest that have not."""
    try:
        asked = asking.ask_at(turn.tx, wanted, start, chat=turn.address, actor=as_family(turn, wanted), now=turn.now)
    except Refused as refused:
        return gone(turn, wanted, start, refused, None)
    return turn.end(said_asked(turn, asked))
