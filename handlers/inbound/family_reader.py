"""The family's reader: what a text means to `bot.understanding`, given what this chat knows and what its phone shows."""

from collections.abc import Iterable
from datetime import date, datetime

from bot.conversation import Dialogue
from bot.questions import Option
from bot.understanding import KnownPerson, Meaning, Offer, TextContext, understand
from bot.understanding.visit_references import find_references
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.turn import kind_of
from handlers.messaging.option_actions import OptionAction
from scheduling.people.people import Resident
from scheduling.policy.availability import sessions_between
from scheduling.policy.timespan import Span
from scheduling.policy.visit_state import OFFERED


def read(context: ChatContext, text: str, *, offered: bool = True) -> Meaning:
    """What a text means in this chat. With `offered` false it is read as if no times were listed on the phone."""
    zone, conversation, speakers = context.facility.zone, context.conversation, context.speakers
    seen = {(who.number, who.relation): who for person in speakers for who in context.residents[person.id]}
    starts = [start for _option, start in listed_times(context)] if offered else []
    known = TextContext(
        asked=conversation.step,
        offered=tuple(Offer(start.astimezone(zone).replace(tzinfo=None), None) for start in starts),
        visiting_hours=_visiting_hours(context, seen.values()),
        people=tuple(KnownPerson(who.name, who.number, who.relation) for who in seen.values()),
        visit=_visit_in_question(context, text),
        day=_day_in_question(context),
        zone=zone,
        last_day=context.local(context.received + context.facility.latest).date(),
    )
    spoken = conversation.language or next((person.language for person in speakers if person.language), None)
    wall = context.received.astimezone(zone).replace(tzinfo=None)
    return understand(text, now=wall, languages=context.facility.languages, lang=spoken, context=known)


def listed_times(context: ChatContext) -> list[tuple[Option, datetime]]:
    """The options on the phone that are times, with those times: also the other time that staff offer."""
    offered = {visit.id: visit.new_starts or visit.starts for visit in context.visits if visit.state in OFFERED}
    found: list[tuple[Option, datetime]] = []
    for option in context.screen.options:
        if "start" in option.data:
            found.append((option, datetime.fromisoformat(option.data["start"])))
        elif option.action == OptionAction.TAKE_OFFER and option.data.get("visit") in offered:
            found.append((option, offered[option.data["visit"]]))
    return found


def _visit_in_question(context: ChatContext, text: str) -> datetime | None:
    """The local start of the visit that a move would be about: the named one, the one being moved, or the only one."""
    named = find_references(text)
    dialogue = context.conversation.dialogue
    moved = context.conversation.answers.visit if dialogue is Dialogue.MOVE else None
    meant = [visit for visit in context.visits if visit.reference in named or visit.id == moved]
    if not meant and not named and dialogue is not Dialogue.BOOK:
        meant = list(context.visits)
    return _local(context, meant[0].starts) if len(meant) == 1 else None


def _day_in_question(context: ChatContext) -> date | None:
    """The local day that a conversation is about: that of the last wish in it."""
    if context.conversation.dialogue not in (Dialogue.BOOK, Dialogue.MOVE):
        return None
    wanted = context.conversation.answers.wanted
    return _local(context, wanted[0].start).date() if wanted else None


def _local(context: ChatContext, moment: datetime) -> datetime:
    return context.local(moment).replace(tzinfo=None)


def _visiting_hours(context: ChatContext, seen: Iterable[Resident]) -> tuple[Offer, ...]:
    """When the residents this phone may see have visits, over the days that can be booked: it settles "at 2"."""
    facility = context.facility
    ahead = Span(context.received, context.received + facility.latest)
    kinds = {kind_of(person) for person in context.speakers}
    found = {
        span
        for unit in {who.unit for who in seen}
        for kind in kinds
        for span in sessions_between(facility, unit=unit, window=ahead, kind=kind)
    }
    local = [[at.astimezone(facility.zone).replace(tzinfo=None) for at in (s.start, s.end)] for s in sorted(found)]
    return tuple(Offer(start, end) for start, end in local)
