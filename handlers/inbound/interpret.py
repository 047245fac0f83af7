"""One message -> the one value that says what it is, without the database.

Whoever has to know what a message is reads this value: grouping, the guard against repeats, the language of the chat, the
log and `dispatch`. Nothing else classifies a text.
"""

from dataclasses import replace

from bot import questions
from bot.conversation import Dialogue, DialogueStep
from bot.messages import CarrierKeyword, Inbound
from bot.understanding import Act, Meaning
from bot.understanding.staff import StaffCommand, StaffVerb, parse_staff_command
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.family import danger, menu, speaker
from handlers.dialogues.staff.common import letter_asked
from handlers.dialogues.turn import wanted_windows
from handlers.inbound import carrier_keywords, choices, family_reader
from handlers.inbound.interpretation import (
    UNREAD,
    Beside,
    ButtonPress,
    CardButton,
    ContactShared,
    FacilityChosen,
    FamilyIntent,
    ForeignButton,
    Interpretation,
    KeywordSent,
    Photo,
    SpeakerNamed,
    StaffText,
    StaffUnclear,
    StartLink,
    UnknownSender,
    WhichFacility,
)
from handlers.inbound.topics import Topic, topic_of
from handlers.messaging.option_actions import FacilityChoice, OptionAction
from handlers.staff.cards import CARD_BUTTON


def interpret(message: Inbound, context: ChatContext) -> Interpretation:
    """What a message is.

    The order counts: which facility it is about, a carrier's keyword, Telegram's links, a button, a command of an officer,
    and then the words of a family. An officer's commands do not pass the family's reader. The words of everybody else do,
    also those that need none of it: they tell the language of an unknown sender.
    """
    form = _by_form(message, context)
    meaning = UNREAD if form is not None and context.officer is not None else family_reader.read(context, context.text)
    facility = None if meaning.act is Act.URGENT else _facility(message, context)
    known = facility or form
    return _words(message, context, meaning) if known is None else replace(known, meaning=meaning)


def _facility(message: Inbound, context: ChatContext) -> WhichFacility | FacilityChosen | None:
    """Where one address of ours serves several facilities: the one named, or the question which; None when it is settled."""
    known, conversation = context.facilities, context.conversation
    if len(known) < 2 or message.contact is not None:
        return None
    named = (message.start_code or "").casefold()
    if named in known:
        return FacilityChosen(named)
    picked = questions.pressed(message.button or "", conversation.options)
    if picked is None and conversation.step is DialogueStep.FACILITY:
        picked = questions.read_choice(message.text, conversation.options)
    if picked is not None and picked.action == OptionAction.FACILITY:
        return FacilityChosen(FacilityChoice.from_json(picked.data).code)
    return None if conversation.facility in known else WhichFacility()


def _by_form(message: Inbound, context: ChatContext) -> Interpretation | None:
    """What can be told without understanding words; None for words."""
    if (keyword := carrier_keywords.keyword_of(message, context)) is not None:
        return _keyword(keyword, message, context)
    if message.start_code is not None:
        return StartLink(message.start_code)
    if message.contact is not None:
        return ContactShared(message.contact)
    if message.button is not None:
        return _button(message.button, context)
    command = _command(message.text, context)
    return None if command is None else StaffText(command)


def _keyword(keyword: CarrierKeyword, message: Inbound, context: ChatContext) -> KeywordSent:
    answered = carrier_keywords.answered_by_carrier(message, context)
    return KeywordSent(keyword, carrier_keywords.word_of(message), answered)


def _button(data: str, context: ChatContext) -> ButtonPress | CardButton | ForeignButton | UnknownSender:
    """A button of a card, for whoever is staff, or of a list; `option` is None when that is not on the phone any more."""
    if data.startswith(CARD_BUTTON):
        code, _, said = data.removeprefix(CARD_BUTTON).partition(":")
        if context.officer is None or not code.isdigit():
            return ForeignButton()
        verb = next((each for each in StaffVerb if each == said), StaffVerb.NONE)
        return CardButton(int(code), verb)
    if not context.speakers:
        return UnknownSender()
    return ButtonPress(questions.pressed(data, [*context.conversation.options, *context.screen.options]))


def _command(text: str, context: ChatContext) -> StaffCommand | None:
    """What an officer orders; None where the text orders nothing, or answers a question to their own family."""
    if context.officer is None:
        return None
    wall = context.local(context.now).replace(tzinfo=None)
    command = parse_staff_command(text, now=wall, languages=context.facility.languages)
    if command is None and letter_asked(context) is not None:
        command = StaffCommand(StaffVerb.NONE)
    return None if command is None or _means_family(command, text, context) else command


def _means_family(command: StaffCommand, text: str, context: ChatContext) -> bool:
    """Whether somebody who is staff and family answers as family: a day, or a lone number, OK or NO, while that is asked."""
    if not context.speakers:
        return False
    days = (StaffVerb.TODAY, StaffVerb.TOMORROW, StaffVerb.DAY)
    if command.verb in days and context.conversation.dialogue in (Dialogue.BOOK, Dialogue.MOVE):
        return True
    if not context.screen.options:
        return False
    lone = command.code is None and command.reference is None
    bare = lone and command.verb in (StaffVerb.OK, StaffVerb.NO, StaffVerb.NONE)
    return bare or questions.read_number(text) is not None


def _words(message: Inbound, context: ChatContext, meaning: Meaning) -> Interpretation:
    """What is left: words, of a family, of an officer, or of somebody we do not know."""
    if meaning.act is Act.STOP and context.officer is None:  # "please stop texting me"
        return replace(_keyword(CarrierKeyword.STOP, message, context), meaning=meaning)
    if not context.speakers:
        return StaffUnclear(meaning=meaning) if context.officer is not None else UnknownSender(meaning=meaning)
    if message.media and not context.text.strip():
        return Photo(meaning=meaning)
    return _family(message.text, context, meaning)


def _family(text: str, context: ChatContext, meaning: Meaning) -> Interpretation:
    """A family's words. `text` is the last message, `context.text` all that are read together."""
    literal = choices.is_literal(context, text)
    if danger.answers_danger(context.conversation.answers, meaning):
        return FamilyIntent(Topic.DANGER_ANSWERED, meaning=meaning)
    choice = None if meaning.act is Act.URGENT else choices.choice_of(context, meaning, text)
    if choice is not None:
        return replace(choice, literal=literal)
    if meaning.act is Act.CHOOSE:  # a listed time, said by or of somebody else: a wish like any other
        meaning = family_reader.read(context, context.text, offered=False)
    unclear = meaning.act is Act.OTHER and not (meaning.windows or meaning.residents)
    named = speaker.named(context, meaning) if unclear and len(context.speakers) > 1 else None
    if named is not None:
        return SpeakerNamed(named, meaning=meaning)
    beside = _beside_danger(context, meaning) if meaning.act is Act.URGENT else None
    return FamilyIntent(topic_of(context, meaning), beside, meaning=meaning, literal=literal)


def _beside_danger(context: ChatContext, meaning: Meaning) -> Beside | None:
    """The request in a text about danger, where it is a clear one."""
    rest = danger.without_clause(context.text, meaning)
    said = family_reader.read(context, rest) if rest else UNREAD
    clear = said.intent_score >= menu.SURELY or bool(wanted_windows(said))
    return Beside(rest, topic_of(context, said), said) if rest and clear and said.danger is None else None
