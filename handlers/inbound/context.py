"""Reads what is known of a chat when a message comes in: who may be speaking, and what their phone showed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.conversation import Conversation
from bot.messages import Address
from bot.understanding import Meaning
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.turn import Turn
from handlers.messaging import prompts, text_facts, visible_questions
from handlers.work import Work
from scheduling import queries
from scheduling.facilities import store
from scheduling.people import chat_opt_outs, people, person_addresses
from scheduling.people.people import Person
from scheduling.policy.ids import FacilityId
from scheduling.policy.vocabulary import PersonKind
from scheduling.storage.database import Tx
from scheduling.visits.visit import Visit


def context_of(work: Work, address: Address, text: str, conversation: Conversation, received: datetime) -> ChatContext:
    """The chat of a text; what was open is taken as of when the text was sent."""
    tx, conversation = work.tx, conversation.live(received)
    known = person_addresses.at_address(tx, *work.deps.stored_address(address))
    facility_id = facility_of(tx, address, known, conversation.facility)
    here = [person for person in known if person.facility_id == facility_id]
    speakers = tuple(person for person in here if person.kind is not PersonKind.STAFF)
    open_prompts = prompts.open_in(tx, address, now=received)
    return ChatContext(
        facility_id=facility_id,
        facility=store.rules(tx, facility_id),
        address=address,
        speakers=speakers,
        officer=next((person for person in here if person.kind is PersonKind.STAFF), None),
        residents={person.id: tuple(people.may_see(tx, person)) for person in speakers},
        facilities=_facilities(tx, address, known),
        visits=_visits(tx, facility_id, speakers),
        text=text,
        conversation=conversation,
        prompts=open_prompts,
        screen=visible_questions.of(tx, address, conversation, open_prompts, received=received),
        capabilities=work.deps.capabilities(address.channel),
        opted_out=chat_opt_outs.opted_out(tx, address.channel, address.theirs, address.ours),
        received=received,
        now=work.now,
    )


def _visits(tx: Tx, facility_id: FacilityId, speakers: Sequence[Person]) -> tuple[Visit, ...]:
    live = queries.live_of(tx, [person.id for person in speakers]) if speakers else []
    return tuple(visit for visit in live if visit.facility_id == facility_id)


def turn_of(work: Work, context: ChatContext, meaning: Meaning) -> Turn:
    """The turn in which a message is answered."""
    fields = {name: getattr(context, name) for name in ChatContext.__dataclass_fields__}
    return Turn(**fields, work=work, meaning=meaning, lang=_language(context, meaning))


def facility_of(tx: Tx, address: Address, known: Sequence[Person], chosen: str | None = None) -> FacilityId:
    """The facility a chat belongs to: the one whose own address was written to. Where ours serves several, the chosen one of
    those that the people there belong to, else their first, else the first there is."""
    own = store.by_phone(tx, address.ours)
    theirs = [person.facility_id for person in known] or store.everyone(tx)
    named = [each for each in theirs if store.rules(tx, each).code == chosen]
    return own or (named or theirs)[0]


def _facilities(tx: Tx, address: Address, known: Sequence[Person]) -> Mapping[str, str]:
    """The facilities (code to name) of the people at an address; none where our own address is that of one facility."""
    if store.by_phone(tx, address.ours) is not None:
        return {}
    found = [store.rules(tx, each) for each in sorted({person.facility_id for person in known})]
    return {facility.code: facility.name for facility in found}


def _language(context: ChatContext, meaning: Meaning) -> str:
    """The language chosen or held in this chat, else a person's own, else the one just written, else the facility's."""
    person = context.speakers[0] if context.speakers else context.officer
    spoken = context.conversation.language or (person.language if person else None)
    # An officer's "ok" and codes are no language: staff read the facility's first until they choose another.
    written = None if context.officer is not None and not context.speakers else meaning.lang
    return text_facts.known(spoken or written, context.facility)
