"""A family books: who, when, which of the open times, and asks for it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.conversation import Answers, Dialogue, DialogueStep, WishedTime
from bot.understanding import Act
from handlers.dialogues.family import no_place, offer_times, speaker, time_options, wish_draft
from handlers.dialogues.turn import Step, Turn, kind_of
from handlers.messaging import text_facts
from handlers.messaging.option_actions import OptionAction, ResidentChoice, SpeakerChoice, TimeChoice, option, required
from scheduling import queries
from scheduling.people.people import Person, Resident
from scheduling.policy.errors import Refused
from scheduling.policy.ids import ResidentId
from scheduling.policy.timespan import localize
from scheduling.policy.visit_state import State
from scheduling.visits import asking
from scheduling.visits.search import Wish
from scheduling.visits.visit import Visit, get


def book(turn: Turn) -> Step:
    """A wish for a visit, in one text or in pieces: what is missing is asked for, one thing at a time."""
    draft = wish_draft.draft_of(turn)
    if turn.meaning.act is Act.AGAIN and not draft.wanted:
        draft = _as_last_time(turn, draft)
    turn = speaker.settled(turn, None if draft.resident is None else ResidentId(draft.resident))
    if turn.meaning.stranger is not None:
        return _not_listed(turn, turn.meaning.stranger, draft)
    if len(turn.speakers) > 1:
        return ask_speaker(turn, draft)
    visitor = turn.speakers[0]
    if (other := _somebody_elses(turn, visitor)) is not None:
        return _not_listed(turn, other, draft)
    resident = _resident(turn, visitor, draft)
    if resident is None:
        return _ask_who(turn, visitor, draft)
    draft = replace(draft, resident=resident.id)
    if not draft.wanted:
        return _ask_when(turn, resident, draft)
    return offer_times.look(turn, visitor, resident, draft)


def _somebody_elses(turn: Turn, visitor: Person) -> str | None:
    """The first name of whom they want to see, when only somebody else of this phone may."""
    seen = {each.number for each in turn.seen(visitor)}
    named = turn.meaning.residents
    return named[0].name.split()[0] if named and all(each.number not in seen for each in named) else None


def _as_last_time(turn: Turn, draft: Answers) -> Answers:
    """ "Same as last time": whom they saw last, as long, at the same time of the same day of a week to come."""
    last = queries.latest_of(turn.tx, turn.speaker_ids)
    if last is None or last.facility_id != turn.facility_id:
        return draft
    wall, now = turn.local(last.starts).replace(tzinfo=None), turn.local(turn.now).replace(tzinfo=None)
    while wall <= now or wall <= turn.local(last.starts).replace(tzinfo=None):
        wall += timedelta(days=7)
    start = localize(wall, turn.facility.zone)
    return replace(
        draft,
        resident=last.resident_id if draft.resident is None else draft.resident,
        minutes=last.minutes if draft.minutes is None else draft.minutes,
        wanted=(WishedTime(start, said=turn.text.strip()[:30], assumed=("day",)),),
    )


def ask_speaker(turn: Turn, draft: Answers) -> Step:
    """Several people share this phone: who is texting? Asked once per conversation."""
    options = [option(who.name, OptionAction.SPEAKER, SpeakerChoice(who.id)) for who in turn.speakers]
    residents = [person.number for person in turn.meaning.residents if person.number]
    known = {seen.number: seen.id for who in turn.speakers for seen in turn.seen(who)}
    answers = replace(draft, resident=known[residents[0]]) if residents and residents[0] in known else draft
    return turn.offer(
        "ask_speaker",
        options,
        dialogue=Dialogue.BOOK,
        step=DialogueStep.SPEAKER,
        answers=answers,
        understood=_understood(turn, answers),
    )


def _understood(turn: Turn, draft: Answers) -> str:
    """What is known already, in a sentence each: whom they want to see, and when."""
    seen = {each.id: each for who in turn.speakers for each in turn.seen(who)}
    resident = None if draft.resident is None else seen.get(ResidentId(draft.resident))
    who = [] if resident is None else [turn.words("understood.who", resident=resident.first_name)]
    when = [turn.words("understood.when", wish=wish_draft.wish_words(turn, draft))] if draft.wanted else []
    return " ".join(who + when)


def choose_speaker(turn: Turn, chosen: SpeakerChoice) -> Step:
    """They said who they are: on with what they wanted."""
    return continue_as(turn, next(who for who in turn.speakers if who.id == chosen.person))


def continue_as(turn: Turn, who: Person) -> Step:
    """Go on with what was wanted, for the one who is texting."""
    conversation = replace(turn.conversation, speaker=who.id, options=(), previous=())
    return book(replace(turn, speakers=(who,), conversation=conversation))


def other_time(turn: Turn) -> Step:
    """None of these, another day, earlier: the question is when, again."""
    answers = replace(turn.conversation.answers, wanted=())
    return book(replace(turn, conversation=replace(turn.conversation, answers=answers)))


def choose_resident(turn: Turn, chosen: ResidentChoice) -> Step:
    """They said whom they want to see."""
    answers = replace(turn.conversation.answers, resident=chosen.resident)
    conversation = replace(turn.conversation, answers=answers, dialogue=Dialogue.BOOK, options=(), previous=())
    return book(replace(turn, conversation=conversation))


def _resident(turn: Turn, speaker: Person, draft: Answers) -> Resident | None:
    seen = turn.seen(speaker)
    named = [who for who in seen if who.number in {person.number for person in turn.meaning.residents}]
    if len(named) == 1:
        return named[0]
    if not named and draft.resident is not None:
        return next((who for who in seen if who.id == draft.resident), None)
    return seen[0] if len(seen) == 1 and not named else None


def _ask_who(turn: Turn, speaker: Person, draft: Answers) -> Step:
    seen = turn.seen(speaker)
    understood = turn.words("understood.when", wish=wish_draft.wish_words(turn, draft)) if draft.wanted else ""
    if not 0 < len(seen) <= 6:
        says = turn.say("ask_who", asks=True, options=[], understood=understood)
        return turn.stay(says, dialogue=Dialogue.BOOK, step=DialogueStep.WHO, answers=draft, options=())
    options = [option(who.name, OptionAction.RESIDENT, ResidentChoice(who.id)) for who in seen]
    return turn.offer(
        "ask_who", options, understood=understood, dialogue=Dialogue.BOOK, step=DialogueStep.WHO, answers=draft
    )


def _not_listed(turn: Turn, said: str, draft: Answers) -> Step:
    """A name that is not on their list: say whom they can see, in the same words whoever it was. Assume no other person."""
    seen = {each.id: each for who in turn.speakers for each in turn.seen(who)}
    where: dict[str, Any] = {"dialogue": Dialogue.BOOK, "step": DialogueStep.WHO}
    where["answers"] = replace(draft, resident=None)
    if not 0 < len(seen) <= 6:
        return turn.stay(turn.say("not_listed", asks=True, options=[], said=said), **where, options=())
    options = [option(who.name, OptionAction.RESIDENT, ResidentChoice(who.id)) for who in seen.values()]
    return turn.offer("not_listed", options, said=said, **where)


def _ask_when(turn: Turn, resident: Resident, draft: Answers) -> Step:
    known, first = bool(turn.meaning.residents), turn.conversation.dialogue is None
    more: dict[str, object] = {
        "resident": resident.first_name,
        "hours": text_facts.hours(turn.facility, resident.unit, kind_of(turn.speakers[0]), turn.lang),
        "example": text_facts.example(turn.facility, resident.unit, kind_of(turn.speakers[0]), turn.lang),
    }
    if turn.meaning.past:
        more["understood"] = turn.words("understood.past")
    elif known:
        more["understood"] = turn.words("understood.who", resident=resident.first_name)
    says = turn.say("ask_when_first" if first and "understood" not in more else "ask_when", more, asks=True)
    return turn.stay(says, dialogue=Dialogue.BOOK, step=DialogueStep.WHEN, answers=draft, options=())


def ask_kept(turn: Turn, chosen: TimeChoice) -> Step:
    """ "1" on a read-back: ask staff for the place that is kept."""
    visit = get(turn.tx, required(chosen.visit))
    wanted = time_options.wish_of(turn, chosen, visit)
    if visit.state is not State.CHOOSING:
        return _after_all(turn, wanted, visit)
    try:
        asked = asking.ask(turn.tx, visit, wanted, actor=time_options.as_family(turn, wanted), now=turn.now)
    except Refused as refused:
        return no_place.gone(turn, wanted, visit.starts, refused, None)
    return turn.end(offer_times.said_asked(turn, asked))


def _after_all(turn: Turn, wanted: Wish, visit: Visit) -> Step:
    """They answer late: the kept place has lapsed. Where it is still free it is simply asked for."""
    if visit.state not in (State.LAPSED, State.WITHDRAWN):
        return turn.end(turn.say("nothing_open"))
    return offer_times.ask(turn, wanted, visit.starts)


def ask_at(turn: Turn, chosen: TimeChoice) -> Step:
    """The number of an offered time: it goes straight to staff."""
    wanted = time_options.wish_of(turn, chosen, None)
    return offer_times.ask(turn, wanted, chosen.start)
