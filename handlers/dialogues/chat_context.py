"""What is known of a chat when a message comes in, before anybody asks what the message means. Values only, no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.channels.base import Capabilities
from bot.conversation import Conversation
from bot.messages import Address
from handlers.messaging import text_facts
from handlers.messaging.prompts import Prompt
from handlers.messaging.visible_questions import VisibleQuestions
from scheduling.people.people import Person, Resident
from scheduling.policy.facility import Facility
from scheduling.policy.ids import FacilityId, PersonId
from scheduling.visits.visit import Visit


@dataclass(frozen=True)
class ChatContext:
    """Who may be writing, where the chat stands, and what the phone showed when the message was sent, at `received`.

    `speakers` are the visitors and attorneys of the address, one once it is settled; `officer` is whoever of the staff has
    it. `text` is what is to be understood: the message, or several in a row as one. `residents` are those whom each speaker
    may see. `facilities` (code to name) are those that the people of this address belong to, where our address serves
    several facilities. `visits` are what the speakers have coming or asked for, the first one
    first. `capabilities` are those of the channel, `opted_out` says that the chat wants no texts.
    """

    facility_id: FacilityId
    facility: Facility
    address: Address
    speakers: tuple[Person, ...]
    officer: Person | None
    residents: Mapping[PersonId, tuple[Resident, ...]]
    facilities: Mapping[str, str]
    visits: tuple[Visit, ...]
    text: str
    conversation: Conversation
    prompts: tuple[Prompt, ...]
    screen: VisibleQuestions
    capabilities: Capabilities
    opted_out: bool
    received: datetime
    now: datetime

    @property
    def speaker_ids(self) -> list[PersonId]:
        """Everybody who may be texting."""
        return [person.id for person in self.speakers]

    def local(self, moment: datetime) -> datetime:
        """By the facility's clocks."""
        return text_facts.local(moment, self.facility)
