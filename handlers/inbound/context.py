"""One message as a turn: who may be speaking, in which language, what is on the screen, and what the text means."""

from collections.abc import Iterable
from datetime import datetime

from bot.conversation import Conversation
from bot.messages import Address
from bot.understanding import Context, KnownPerson, Meaning, Offer, understand
from handlers.deps import Deps
from handlers.dialogues.turn import Turn, kind_of
from handlers.messaging import prompts, text_facts, visible_questions
from scheduling.facilities import store
from scheduling.people import people
from scheduling.policy.availability import sessions_between
from scheduling.policy.facility import Facility
from scheduling.policy.ids import FacilityId
from scheduling.policy.timespan import Span
from scheduling.policy.vocabulary import PersonKind
from scheduling.storage.database import Tx


def turn_of(
    tx: Tx,
    deps: Deps,
    address: Address,
    text: str,
    conversation: Conversation,
    known: list[people.Person],
    facility_id: FacilityId,
    received: datetime,
    correlation: str,
) -> Turn:
    """A text from an address, as a turn of its chat; what was open is taken as of when the text was sent."""
    conversation = conversation.live(received)
    facility = store.rules(tx, facility_id)
    here = [person for person in known if person.facility_id == facility_id]
    speakers = tuple(person for person in here if person.kind != PersonKind.STAFF)
    officer = next((person for person in here if person.kind == PersonKind.STAFF), None)
    open_prompts = prompts.open_in(tx, address, now=received)
    shown = visible_questions.of(tx, address, conversation, open_prompts, received=received)
    meaning = _understand(tx, text, received, facility, speakers, conversation, shown)
    lang = _language(conversation, speakers, officer, meaning, facility)
    return Turn(
        tx, deps, facility_id, facility, address, speakers, officer, text, meaning, lang, conversation, open_prompts,
        shown, received, deps.now(), correlation,
    )  # fmt: skip


def meaning_of(turn: Turn, text: str) -> Meaning:
    """What another text would mean in this turn."""
    return _understand(turn.tx, text, turn.received, turn.facility, turn.speakers, turn.conversation, turn.screen)


def _language(
    conversation: Conversation,
    speakers: tuple[people.Person, ...],
    officer: people.Person | None,
    meaning: Meaning,
    facility: Facility,
) -> str:
    """The language chosen or held in this chat, else a person's own, else the one just written, else the facility's."""
    person = speakers[0] if speakers else officer
    spoken = conversation.language or (person.language if person else None)
    # An officer's "ok" and codes are no language: staff read the facility's first until they choose another.
    written = None if officer is not None and not speakers else meaning.lang
    return text_facts.known(spoken or written, facility)


def _understand(
    tx: Tx,
    text: str,
    received: datetime,
    facility: Facility,
    speakers: tuple[people.Person, ...],
    conversation: Conversation,
    shown: visible_questions.VisibleQuestions,
) -> Meaning:
    zone = facility.zone
    seen = {(who.number, who.relation): who for person in speakers for who in people.may_see(tx, person)}
    offered = [option for option in shown.options if "start" in option.data]
    local = [datetime.fromisoformat(option.data["start"]).astimezone(zone).replace(tzinfo=None) for option in offered]
    context = Context(
        asked=conversation.step,
        offered=tuple(Offer(at, None) for at in local),
        visiting_hours=_visiting_hours(facility, seen.values(), speakers, received),
        people=tuple(KnownPerson(who.name, who.number, who.relation) for who in seen.values()),
    )
    spoken = conversation.language or next((person.language for person in speakers if person.language), None)
    wall = received.astimezone(zone).replace(tzinfo=None)
    return understand(text, now=wall, languages=facility.languages, lang=spoken, context=context)


def _visiting_hours(
    facility: Facility, seen: Iterable[people.Resident], speakers: tuple[people.Person, ...], now: datetime
) -> tuple[Offer, ...]:
    """When the residents this phone may see have visits, over the days that can be booked: it settles "at 2"."""
    ahead = Span(now, now + facility.latest)
    kinds = {kind_of(person) for person in speakers}
    found = {
        span
        for unit in {who.unit for who in seen}
        for kind in kinds
        for span in sessions_between(facility, unit=unit, window=ahead, kind=kind)
    }
    local = [[at.astimezone(facility.zone).replace(tzinfo=None) for at in (s.start, s.end)] for s in sorted(found)]
    return tuple(Offer(start, end) for start, end in local)
