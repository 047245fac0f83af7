"""Everything that is not a booking: help, what is coming, who are you, small questions, and not understanding."""

from dataclasses import replace
from datetime import timedelta

from bot.conversation import Answers
from bot.understanding import Act
from handlers.dialogues.family import danger, open_question, small_questions, visit_summary, wrong_number
from handlers.dialogues.turn import Say, Step, Turn
from handlers.messaging import text_facts
from handlers.staff import flags
from handlers.tables import FlagKind
from scheduling import queries
from scheduling.people import people
from scheduling.policy.visit_state import OFFERED, PAYABLE, STANDING
from scheduling.policy.vocabulary import LinkPurpose
from scheduling.visits.visit import Visit

MISSES = 3
"""So many texts in a row are answered although nothing of them was understood."""
SURELY = 0.6
"""How sure an intent is when a phrase of ours said it, and not only likeness to examples."""
RECENT = timedelta(days=3)
"""How long a visit that is over is still what VISITS tells, when there is nothing else."""
JUST_ENDED = timedelta(minutes=15)
"""For so long after the end of a visit, what is not understood is taken to be about it."""
MOST_TOLD = 3
"""How many visits are told whole in one answer."""


def help_(turn: Turn) -> Step:
    """What the line can do, and a person to call. No personal data: strangers read it too."""
    # "I wanted to ask you" only sounds like it: what they wanted to ask may be on its way.
    return turn.stay(turn.say("help", asks=turn.meaning.intent_score < SURELY))


def stranger(turn: Turn) -> Step:
    """A number we do not know gets help and learns nothing about who is held; said twice, it is said enough."""
    if turn.meaning.act is Act.URGENT:
        return danger.urgent(turn)
    if danger.answers_danger(turn.conversation.answers, turn.meaning):
        return danger.answered(turn)
    if (back := wrong_number.back(turn)) is not None:
        return back
    greeted = turn.conversation.answers.greeted
    if (chosen := turn.meaning.act.language) is not None:
        turn, greeted = replace(turn, lang=chosen, conversation=replace(turn.conversation, language=chosen)), 0
    if turn.meaning.act in (Act.NOISE, Act.THANKS) or greeted >= wrong_number.GREETINGS:
        return turn.stay()  # nothing to say, and a question that is open stays open
    if turn.meaning.act is Act.WRONG_NUMBER:
        return wrong_number.wrong_number(turn)
    key = "unknown_number" if turn.capabilities.phone_addresses else "telegram_hello"
    key = "what_this_is" if turn.meaning.act is Act.WHO_IS_THIS else key
    said = Say(key, body=turn.words(key), contact_button=turn.capabilities.contact_button)
    return turn.stay(said, answers=Answers(greeted=greeted + 1))


def language(turn: Turn) -> Step:
    """From now on in this language, here and for everybody reached at this address alone."""
    chosen = turn.meaning.act.language or turn.lang
    if len(turn.speakers) == 1:
        people.set_language(turn.tx, turn.speakers[0].id, chosen)
    spoken = replace(turn, lang=chosen, conversation=replace(turn.conversation, language=chosen))
    return spoken.stay(spoken.say("language_set"))


def visits(turn: Turn) -> Step:
    """What is coming or asked for, a line each; one visit is told whole, and so is each that waits for the family."""
    mine, kept = visit_summary.mine(turn), visit_summary.kept(turn)
    if not mine and kept is None:
        last = queries.latest_of(turn.tx, turn.speaker_ids)
        recent = last is not None and last.ended_at is not None and last.ended_at > turn.now - RECENT
        return turn.stay(visit_summary.told(turn, last) if last is not None and recent else turn.say("visits_none"))
    waits = [visit for visit in mine if visit.state in PAYABLE | OFFERED][:MOST_TOLD]
    also = [visit_summary.told(turn, visit) for visit in [*waits, *([kept] if kept else [])]]
    if len(mine) == 1:
        return turn.stay(*([] if waits else [visit_summary.told(turn, mine[0])]), *also)
    if not mine:
        return turn.stay(*also)
    lines = [_line(turn, visit) for visit in mine[:5]]
    return turn.stay(turn.say("visits_list", lines=lines, ref=mine[0].reference), *also)


def _line(turn: Turn, visit: Visit) -> str:
    values = text_facts.of_visit(queries.details(turn.tx, visit), turn.lang, turn.now)
    values["start"] = values["old_start"]
    return turn.words("visit_line", **values, state=turn.words(f"state.{visit.state}"))


def status(turn: Turn) -> Step:
    """Where a visit stands: what it waits for, who decides, by when. The named one, the one there is, or the last one."""
    named = None
    if turn.meaning.reference is not None:
        named = queries.by_reference(turn.tx, turn.facility_id, turn.meaning.reference)
        if named is None or named.visitor_id not in turn.speaker_ids:
            return turn.end(turn.say("cancel_unknown"))
    mine = visit_summary.mine(turn)
    if named is None and len(mine) > 1:
        return visits(turn)
    visit = named or (mine[0] if mine else queries.latest_of(turn.tx, turn.speaker_ids))
    if visit is None or visit.facility_id != turn.facility_id:
        return turn.stay(turn.say("visits_none"))
    return turn.stay(visit_summary.told(turn, visit))


def pay(turn: Turn) -> Step:
    """The pay link once more, for every visit that is to be paid."""
    owed = [visit for visit in visit_summary.mine(turn) if visit.state in PAYABLE]
    if not owed:
        return visits(turn)
    return turn.stay(*(visit_summary.told(turn, visit) for visit in owed[:MOST_TOLD]))


def late(turn: Turn) -> Step:
    """ "I am late": until when the call stays open, and the link."""
    coming = [visit for visit in visit_summary.mine(turn) if visit.state in STANDING and visit.ends > turn.now]
    if not coming:
        return visits(turn)
    values = text_facts.of_visit(queries.details(turn.tx, coming[0]), turn.lang, turn.now)
    return turn.stay(turn.say("late", values | {"link": visit_summary.link(turn, coming[0], LinkPurpose.JOIN)}))


def thanks(turn: Turn) -> Step:
    """Thanks: a kind word, and what is open or coming is brought back. When there is neither, nothing need be said."""
    still = open_question.words(turn)
    if still is not None:
        return turn.stay(turn.say("welcome_open", still=still))
    if not turn.visits:
        return turn.stay()
    return turn.stay(_short(turn, "welcome_visit", turn.visits[0]))


def coming(turn: Turn) -> Step:
    """They confirm that they will be there. What is not booked yet is told as it stands."""
    booked = [visit for visit in turn.visits if visit.state in STANDING]
    return turn.stay(_short(turn, "coming", booked[0]) if booked else visit_summary.told(turn, turn.visits[0]))


def _short(turn: Turn, key: str, visit: Visit) -> Say:
    values = visit_summary.facts_of(turn, visit)
    return turn.say(key, values | {"state": turn.words(f"state.{visit.state}")}, visit=visit.id)


def no_answer(turn: Turn) -> Step:
    """A reaction, an automatic reply: machines get no answer, and the question that is open stays open."""
    return turn.stay()


def photo(turn: Turn) -> Step:
    """A picture without words: said once that it cannot be seen, then nothing until words come."""
    if turn.conversation.answers.photo:
        return turn.stay()
    return turn.stay(turn.say("photo", asks=True), answers=replace(turn.conversation.answers, photo=True))


def understood(turn: Turn) -> Turn:
    """Something usable came: what was not understood before it, and what was asked about danger, is forgotten."""
    answers = replace(turn.conversation.answers, misses=0, photo=False, danger=None)
    return replace(turn, conversation=replace(turn.conversation, answers=answers))


def not_understood(turn: Turn) -> Step:
    """Not understood: what is missing, then an example, then a person and a flag for staff, then silence.

    While a question is open that is said again, and who has a visit coming is never left in silence.
    """
    if _has_just_ended(turn):
        return small_questions.complain(turn)
    misses = turn.conversation.answers.misses + 1
    answers = replace(turn.conversation.answers, misses=misses)
    if misses == MISSES:
        flags.raise_flag(
            turn.tx, turn.facility_id, FlagKind.LOST, turn.address, now=turn.now, said=turn.text, who=turn.speakers
        )
    if (still := open_question.words(turn)) is not None and misses != MISSES:
        return turn.stay(turn.say("not_understood_open", asks=misses < MISSES, still=still), answers=answers)
    if misses > MISSES:
        return turn.stay(*(_short(turn, "not_understood_visit", visit) for visit in turn.visits[:1]), answers=answers)
    # The last one goes at once: a reply that waits may be taken back, and the flag is up already.
    return turn.stay(turn.say(f"not_understood_{misses}", asks=misses < MISSES), answers=answers)


def _has_just_ended(turn: Turn) -> bool:
    """Whether a visit of theirs ended so shortly ago that what is not understood is about it."""
    last = queries.latest_of(turn.tx, turn.speaker_ids)
    if last is None or last.facility_id != turn.facility_id or last.ended_at is None:
        return False
    return last.starts <= last.ended_at <= turn.now < last.ends + JUST_ENDED


def waitlist(turn: Turn) -> Step:
    """A wait-list does not exist yet: say so, with what does."""
    return turn.stay(turn.say("waitlist_not_yet"))
