"""From a wish to open times: what fits is offered or read back, what does not is said with the nearest that does."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.conversation import Answers, Dialogue, DialogueStep
from handlers.dialogues.family.no_place import gone, no_place, refusal
from handlers.dialogues.family.time_options import as_family, as_move, options_for, price_of
from handlers.dialogues.family.wish_draft import spans
from handlers.dialogues.turn import Say, Step, Turn, kind_of
from handlers.messaging import text_facts
from handlers.messaging.option_actions import OptionAction, TimeChoice, option
from scheduling import queries
from scheduling.people import person_addresses
from scheduling.people.people import Person, Resident
from scheduling.policy.errors import Refused
from scheduling.policy.ids import VisitId
from scheduling.policy.refusals import CommandRefusal, Refusal
from scheduling.policy.timespan import Span, localize
from scheduling.policy.vocabulary import PersonKind
from scheduling.visits import asking, ledger, moving, search
from scheduling.visits.search import Found, Wish
from scheduling.visits.visit import Visit, find


def look(turn: Turn, speaker: Person, resident: Resident, draft: Answers) -> Step:
    """Find open times for a whole wish and say them."""
    moved = None if draft.visit is None else find(turn.tx, VisitId(draft.visit))
    kind = kind_of(speaker)
    default = moved.minutes if moved is not None else turn.facility.lengths[0]
    minutes = draft.minutes or default
    wanted = Wish(speaker, resident, kind, minutes, None if moved is None else moved.id, draft.people or 1)
    if not any(each.unit == resident.unit and each.kind == kind for each in turn.facility.sessions):
        return turn.end(turn.say("no_sessions", resident=resident.first_name))
    wrong = {
        Refusal.BAD_LENGTH: (replace(draft, minutes=None), minutes not in turn.facility.lengths),
        Refusal.TOO_MANY_PEOPLE: (replace(draft, people=None), wanted.people > turn.facility.people_per_visit),
    }
    for code, (lacking, so) in wrong.items():
        if so:  # said once, and not remembered
            dialogue = Dialogue.BOOK if moved is None else Dialogue.MOVE
            return turn.stay(refusal(turn, code, wanted, draft), dialogue=dialogue, answers=lacking)
    found = search.find(turn.tx, wanted, spans(draft), now=turn.now)
    single = found.exact or (found.fits[0] if len(found.fits) == 1 else None)
    other = None if found.exact is None else _other_reading(turn, wanted, draft, found.exact)
    if found.exact is not None and other is not None:
        note = turn.words("assumed.either", said=draft.wanted[0].said[:30])
        return _offer(turn, wanted, sorted([found.exact, other]), draft, moved, note=note)
    if single is not None:
        return _read_back(turn, wanted, single, draft, moved)
    if found.fits:
        return _offer(turn, wanted, list(found.fits), draft, moved)
    return no_place(turn, wanted, found, draft, moved)


def _other_reading(turn: Turn, wanted: Wish, draft: Answers, exact: datetime) -> datetime | None:
    """The other time the same words may mean (the other half of the day, "next friday" a week on), when it is open, too:
    then it is asked, not guessed."""
    assumed = draft.wanted[0].assumed
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
    draft: Answers,
    moved: Visit | None,
    note: str | None = None,
) -> Step:
    same_day = len({turn.local(at).date() for at in times}) == 1
    options = options_for(turn, wanted, times, moved, short=same_day)
    key, resident = "offer" if same_day else "offer_mixed", wanted.resident.first_name
    step = turn.offer(
        key, options, asks=False, lists=True, note=note, resident=resident,
        date=turn.local(times[0]), minutes=wanted.minutes, price=price_of(turn, wanted) if moved is None else None,
        dialogue=Dialogue.BOOK if moved is None else Dialogue.MOVE, step=DialogueStep.TIMES, answers=draft,
    )  # fmt: skip
    return as_move(turn, step, moved)


def _assumed(turn: Turn, draft: Answers, start: datetime) -> str:
    """The guesses behind a time, said out loud."""
    first = draft.wanted[0]
    said = first.said
    if not first.assumed or not said:
        return ""
    key = "assumed.time" if {"am", "pm", "zone"} & set(first.assumed) else "assumed.day"
    return turn.words(key, said=said[:30], start=turn.local(start))


def _read_back(turn: Turn, wanted: Wish, start: datetime, draft: Answers, moved: Visit | None) -> Step:
    """One time fits: keep it and read it back. While another offered time is kept for them it is only listed."""
    try:
        if moved is None:
            visit = asking.hold(turn.tx, wanted, start, chat=turn.address, actor=as_family(turn, wanted), now=turn.now)
        else:
            visit = moving.hold_new(turn.tx, moved, wanted, start, actor=as_family(turn, wanted), now=turn.now)
    except Refused as refused:
        if CommandRefusal.OFFER_OPEN in refused.codes:
            return _offer(turn, wanted, [start], draft, moved)
        found = search.find(turn.tx, wanted, spans(draft), now=turn.now)
        why = tuple(code for code in Refusal if code in refused.codes)
        return no_place(turn, wanted, Found(nearest=found.fits or found.nearest, why=why), draft, moved)
    values = text_facts.of_visit(queries.details(turn.tx, visit), turn.lang, turn.now)
    action = OptionAction.ASK if moved is None else OptionAction.ASK_MOVE
    chosen = TimeChoice(start, wanted.minutes, wanted.resident.id, wanted.visitor.id, visit.id)
    only = option(turn.words("label.ask"), action, chosen)
    end = start + timedelta(minutes=wanted.minutes)
    more = {"assumed": _assumed(turn, draft, start), "price": price_of(turn, wanted, moved)}
    more |= {"start": turn.local(start), "end": turn.local(end), "minutes": wanted.minutes}
    more |= {"who": who_of(turn, wanted.visitor)}
    return turn.offer(
        "read_back" if moved is None else "move_read_back", [only], values | more, asks=False,
        dialogue=Dialogue.BOOK if moved is None else Dialogue.MOVE, step=DialogueStep.READ_BACK,
        answers=replace(draft, kept=visit.id),
    )  # fmt: skip


def said_asked(turn: Turn, visit: Visit) -> Say:
    """The answer to a request that went to staff."""
    details = queries.details(turn.tx, visit)
    values = text_facts.of_visit(details, turn.lang, turn.now)
    values["covered"] = None
    if visit.price and ledger.net_paid(turn.tx, visit.id) >= visit.price:
        values |= {"price": None, "covered": turn.words("money.covers")}
    return turn.say("asked", values, visit=visit.id, who=who_of(turn, details.visitor))


def who_of(turn: Turn, visitor: Person) -> str | None:
    """The visitor's first name where several people share the phone, so that nobody is booked as somebody else unseen."""
    family = [
        who
        for who in person_addresses.at_address(turn.tx, *turn.work.deps.stored_address(turn.address))
        if who.kind != PersonKind.STAFF
    ]
    return visitor.first_name if len(family) > 1 else None


def ask(turn: Turn, wanted: Wish, start: datetime) -> Step:
    """Ask staff for an open time; when it has just gone, the nearest that have not."""
    try:
        asked = asking.ask_at(turn.tx, wanted, start, chat=turn.address, actor=as_family(turn, wanted), now=turn.now)
    except Refused as refused:
        return gone(turn, wanted, start, refused, None)
    return turn.end(said_asked(turn, asked))
