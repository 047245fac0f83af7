"""What a text chooses: a number, "the second one", OK. Where two options could be meant it is asked back, never guessed."""

from bot import questions
from bot.questions import Option
from bot.understanding import Act, Meaning
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.turn import wanted_windows
from handlers.inbound.interpretation import AskBack, Choice, NoOption, NumberUnknown, OptionChosen
from handlers.messaging.option_actions import AFFIRMED, OptionAction

MAX_WORDS_OF_YES = 4
"""A longer text is more than a yes; acting on it as one could book what nobody asked for."""


def is_literal(context: ChatContext, text: str) -> bool:
    """Whether a text is nothing but a number, or the label of an option on the phone."""
    return questions.read_number(text) is not None or questions.read_choice(text, context.screen.options) is not None


def choice_of(context: ChatContext, meaning: Meaning, text: str) -> Choice | None:
    """What a text chooses; None when it is no choice at all."""
    number = questions.read_number(text)
    if number is None:
        return _in_words(context, meaning, text)
    screen = context.screen
    meant = [option for option in screen.options if option.number == number]
    meant += [option for option in screen.before if option.number == number and option not in meant]
    if meant and screen.waiting:  # they changed their mind, and have not seen what came of it
        meant += [option for option in screen.waiting if option.number == number and option not in meant]
        return AskBack(str(number), tuple(meant), meaning=meaning)
    if not meant:
        return _chooses_nothing(context, meaning, number)
    if len(meant) == 1:
        return OptionChosen(meant[0], meaning=meaning)
    return AskBack(str(number), tuple(meant), meaning=meaning)


def _chooses_nothing(context: ChatContext, meaning: Meaning, number: int) -> Choice | None:
    """A number that is on no list the phone had; None where it may be a time of day."""
    if number in context.screen.closed:
        return NumberUnknown(number, NoOption.CLOSED, meaning=meaning)
    if context.screen.options:
        return NumberUnknown(number, NoOption.NOT_ON_LIST, meaning=meaning)
    return None if wanted_windows(meaning) else NumberUnknown(number, NoOption.NO_LIST, meaning=meaning)


def _in_words(context: ChatContext, meaning: Meaning, text: str) -> Choice | None:
    """A choice in words: a label, "the second one", "yes the 3pm", or OK where just one thing can be meant."""
    options = context.screen.options
    if labelled := questions.read_choice(text, options):
        return OptionChosen(labelled, meaning=meaning)
    timed = [option for option in options if "start" in option.data]
    if meaning.act is Act.CHOOSE and meaning.choice is not None and 0 < meaning.choice <= len(timed):
        picked = timed[meaning.choice - 1]
        return OptionChosen(picked, meaning=meaning) if _names_nobody_else(context, meaning, text, picked) else None
    if meaning.act is Act.AFFIRM and not wanted_windows(meaning) and _plain_yes(text):
        return _affirmed(context, meaning, text)
    return None


def _affirmed(context: ChatContext, meaning: Meaning, text: str) -> Choice | None:
    """A yes takes the first option of the one open question, where that is a yes to something; None where nothing is open."""
    asked = context.screen.questions
    yes = [first[0] for first in asked if first[0].action in AFFIRMED]
    if len(asked) == 1 and len(yes) == 1 and (len(asked[0]) == 1 or yes[0].action == OptionAction.TAKE_OFFER):
        return OptionChosen(yes[0], meaning=meaning)
    if not asked:
        return None
    return AskBack(text.strip()[:20], tuple(option for each in asked for option in each), meaning=meaning)


def _names_nobody_else(context: ChatContext, meaning: Meaning, text: str, picked: Option) -> bool:
    """A choice in words asks nothing, and names no resident and no visitor but those of the option."""
    if "?" in text:
        return False
    seen = {who.number: who.id for each in context.speakers for who in context.residents[each.id]}
    named = {seen[person.number] for person in meaning.residents if person.number in seen}
    writing = {who.id for who in context.speakers for said in meaning.visitors if _same_name(who.name, said.name)}
    return named <= {picked.data.get("resident")} and writing <= {picked.data.get("visitor")}


def _same_name(one: str, other: str) -> bool:
    return one.split(maxsplit=1)[0].casefold() == other.split(maxsplit=1)[0].casefold()


def _plain_yes(text: str) -> bool:
    """Short, and without a number: "417 ok" from somebody who is not staff is no yes to anything."""
    return len(text.split()) <= MAX_WORDS_OF_YES and not any(mark.isdigit() for mark in text)
