"""What a text chooses: a number in any shape, "any of them", a yes. What could mean several is asked back, never guessed."""

from collections.abc import Sequence

from bot import questions
from bot.questions import Option
from bot.understanding import Act, Meaning, TextAnswer
from bot.understanding.tokenizer import normalize, tokenize
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.turn import wanted_windows
from handlers.inbound import family_reader
from handlers.inbound.interpretation import AskBack, Beside, Choice, NoOption, NumberUnknown, OptionChosen
from handlers.inbound.topics import topic_of
from handlers.messaging.option_actions import AFFIRMED, INTERCHANGEABLE, TAKES_AWAY, OptionAction, SpeakerChoice
from scheduling.policy.relations import relation_key

MAX_WORDS_BESIDE_YES = 8
"""A longer text is more than a yes; acting on it as one could book what nobody asked for."""
MAX_WORDS_OF_NAME = 6
MAX_QUOTE_CHARS = 20


def is_literal(context: ChatContext, text: str) -> bool:
    """Whether a text is nothing but a number, or the label of an option on the phone."""
    return questions.read_number(text) is not None or questions.read_choice(text, context.screen.options) is not None


def choice_of(context: ChatContext, meaning: Meaning, text: str) -> Choice | None:
    """What a text chooses; None when it is no choice at all.

    `text` is the last message, which may be one of several that are read together: a number means what it says alone.
    """
    number = questions.read_number(text)
    if number is None and (labelled := questions.read_choice(text, context.screen.options)):
        return OptionChosen(labelled, meaning=meaning)
    answer = (meaning if text == context.text else family_reader.read(context, text)).answer
    if number is None and (named := _named_speaker(context, text)) is not None:
        return OptionChosen(named, meaning=meaning)
    numbers = answer.numbers if number is None else (number,)
    beside = _beside(context, answer)
    by_number = bool(numbers) and not (answer.any or answer.neither or (answer.no and answer.rest))
    if by_number and _is_aside(beside):
        return _numbered(context, meaning, text, numbers, answer, beside)
    if answer.any and not (answer.no or answer.neither or numbers or answer.rest):
        return _any(context, meaning, text)
    return _in_words(context, meaning, text, answer, beside)


def _named_speaker(context: ChatContext, text: str) -> Option | None:
    """The answer to "who is writing?" by a name ("its tanya", "Tanya J please") or by a relation ("mom")."""
    options = [each for each in context.screen.options if each.action == OptionAction.SPEAKER]
    words = [token.word for token in tokenize(text)]
    if not options or len(words) > MAX_WORDS_OF_NAME:
        return None
    people = {person.id: person for person in context.speakers}
    relations = {relation_key(word) for word in words} - {None}
    fitting = []
    for each in options:
        person = people.get(SpeakerChoice.from_json(each.data).person)
        related = {relation_key(who.relation) for who in context.residents[person.id]} if person else set()
        if normalize(each.label.split()[0]) in words or related & relations:
            fitting.append(each)
    return fitting[0] if len(fitting) == 1 else None


def _numbered(
    context: ChatContext,
    meaning: Meaning,
    text: str,
    numbers: Sequence[int],
    answer: TextAnswer,
    beside: Beside | None,
) -> Choice | None:
    """The options that the numbers of a text mean."""
    if len(numbers) > 1:
        return _one_of(context, meaning, text, [o for n in numbers for o in _meant(context, n)], answer)
    number, meant = numbers[0], _meant(context, numbers[0])
    if meant and context.screen.waiting:  # they changed their mind, and have not seen what came of it
        meant += [option for option in context.screen.waiting if option.number == number and option not in meant]
        return AskBack(str(number), tuple(meant), meaning=meaning)
    if not meant:
        return None if beside else _chooses_nothing(context, meaning, number)
    if len(meant) > 1 or (beside and OptionAction(meant[0].action) in TAKES_AWAY):
        return AskBack(str(number), tuple(meant), meaning=meaning)
    return OptionChosen(meant[0], meaning=meaning, beside=beside)


def _meant(context: ChatContext, number: int) -> list[Option]:
    screen = context.screen
    meant = [option for option in screen.options if option.number == number]
    return meant + [option for option in screen.before if option.number == number and option not in meant]


def _one_of(
    context: ChatContext, meaning: Meaning, text: str, meant: Sequence[Option], answer: TextAnswer
) -> Choice | None:
    """ "2 or 3" is the first of them where any of them would do; else it is asked back."""
    if len(meant) < 2:
        return OptionChosen(meant[0], meaning=meaning) if meant else None
    interchangeable = all(option.action in INTERCHANGEABLE for option in meant)
    if answer.alternatives and not answer.rest and interchangeable and not context.screen.waiting:
        return OptionChosen(meant[0], meaning=meaning)
    return AskBack(text.strip()[:MAX_QUOTE_CHARS], tuple(meant), meaning=meaning)


def _any(context: ChatContext, meaning: Meaning, text: str) -> Choice | None:
    """ "Any of them" is the first of several times; of anything else it is asked back."""
    asked = context.screen.questions
    if len(asked) != 1:
        return _ask_back(context, meaning, text)
    times = [option for option in asked[0] if option.action in INTERCHANGEABLE]
    if times and not context.screen.waiting:
        return OptionChosen(times[0], meaning=meaning)
    return _affirmed(context, meaning, text)


def _beside(context: ChatContext, answer: TextAnswer) -> Beside | None:
    """What stands beside an answer; None for a text that is no answer, or says nothing else."""
    if answer.empty or not answer.rest:
        return None
    meaning = family_reader.read(context, answer.rest, offered=False)
    return Beside(answer.rest, topic_of(context, meaning), meaning)


def _is_aside(beside: Beside | None) -> bool:
    """Whether what stands beside an answer leaves it as it is: no other time, and no word against it."""
    if beside is None:
        return True
    said = beside.meaning
    return not (wanted_windows(said) or said.act in AGAINST or said.answer.no or said.answer.neither)


def _chooses_nothing(context: ChatContext, meaning: Meaning, number: int) -> Choice | None:
    """A number that is on no list the phone had; None where it may be a time of day."""
    if number in context.screen.closed:
        return NumberUnknown(number, NoOption.CLOSED, meaning=meaning)
    if context.screen.options:
        return NumberUnknown(number, NoOption.NOT_ON_LIST, meaning=meaning)
    return None if wanted_windows(meaning) else NumberUnknown(number, NoOption.NO_LIST, meaning=meaning)


def _in_words(
    context: ChatContext, meaning: Meaning, text: str, answer: TextAnswer, beside: Beside | None
) -> Choice | None:
    """A choice in words: "yes the 3pm", "sunday is better", or a yes where just one thing can be meant."""
    timed = [option for option, _start in family_reader.listed_times(context)]
    if meaning.act is Act.CHOOSE and meaning.choice is not None and 0 < meaning.choice <= len(timed):
        picked = timed[meaning.choice - 1]
        return OptionChosen(picked, meaning=meaning) if _names_nobody_else(context, meaning, text, picked) else None
    if not answer.yes or answer.no or answer.neither or answer.numbers:
        return None
    long = len(text.split()) > MAX_WORDS_BESIDE_YES
    if beside and (long or not answer.opens or not _is_aside(beside)):
        return None
    return _affirmed(context, meaning, text, beside)


AGAINST = frozenset({
    Act.RESCHEDULE, Act.EARLIER, Act.LATER, Act.ANOTHER_DAY, Act.CANCEL, Act.CANNOT, Act.DENY, Act.KEEP, Act.STOP,
    Act.WRONG_NUMBER, Act.URGENT, Act.BOOK, Act.AVAILABILITY, Act.COMING,
})  # fmt: skip
"""Beside a yes or a number, these want something else."""


def _affirmed(context: ChatContext, meaning: Meaning, text: str, beside: Beside | None = None) -> Choice | None:
    """A yes takes the first option of the one open question, where that is a yes to something; None where nothing is open.

    What takes something away needs a yes with nothing `beside` it.
    """
    asked = context.screen.questions
    yes = [first[0] for first in asked if first[0].action in AFFIRMED]
    if len(asked) == 1 and len(yes) == 1 and (len(asked[0]) == 1 or yes[0].action == OptionAction.TAKE_OFFER):
        if beside and OptionAction(yes[0].action) in TAKES_AWAY:
            return None
        return OptionChosen(yes[0], meaning=meaning, beside=beside)
    return None if beside else _ask_back(context, meaning, text)


def _ask_back(context: ChatContext, meaning: Meaning, text: str) -> Choice | None:
    asked = context.screen.questions
    if not asked:
        return None
    options = tuple(option for each in asked for option in each)
    return AskBack(text.strip()[:MAX_QUOTE_CHARS], options, meaning=meaning)


def _names_nobody_else(context: ChatContext, meaning: Meaning, text: str, picked: Option) -> bool:
    """A choice in words asks nothing, and names no resident and no visitor but those of the option."""
    if "?" in text:
        return False
    seen = {who.number: who.id for each in context.speakers for who in context.residents[each.id]}
    named = {seen[person.number] for person in meaning.residents if person.number in seen}
    writing = {who.id for who in context.speakers for said in meaning.visitors if _same_name(who.name, said.name)}
    resident = picked.data.get("resident")
    return (resident is None or named <= {resident}) and writing <= {picked.data.get("visitor")}


def _same_name(one: str, other: str) -> bool:
    return one.split(maxsplit=1)[0].casefold() == other.split(maxsplit=1)[0].casefold()
