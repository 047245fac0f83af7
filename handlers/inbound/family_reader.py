"""The family's reader: what a text means to `bot.understanding`, given what this chat knows and what its phone shows."""

from collections.abc import Iterable
from datetime import datetime

from bot.understanding import Context, KnownPerson, Meaning, Offer, understand
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.turn import kind_of
from scheduling.people.people import Resident
from scheduling.policy.availability import sessions_between
from scheduling.policy.timespan import Span


def read(context: ChatContext, text: str, *, offered: bool = True) -> Meaning:
    """What a text means in this chat. With `offered` false it is read as if no times were listed on the phone."""
    zone, conversation, speakers = context.facility.zone, context.conversation, context.speakers
    seen = {(who.number, who.relation): who for person in speakers for who in context.residents[person.id]}
    options = context.screen.options if offered else []
    starts = [datetime.fromisoformat(option.data["start"]) for option in options if "start" in option.data]
    known = Context(
        asked=conversation.step,
        offered=tuple(Offer(start.astimezone(zone).replace(tzinfo=None), None) for start in starts),
        visiting_hours=_visiting_hours(context, seen.values()),
        people=tuple(KnownPerson(who.name, who.number, who.relation) for who in seen.values()),
    )
    spoken = conversation.language or next((person.language for person in speakers if person.language), None)
    wall = context.received.astimezone(zone).replace(tzinfo=None)
    return understand(text, now=wall, languages=context.facility.languages, lang=spoken, context=known)


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
