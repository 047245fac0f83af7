"""A number, "the second one", OK: exactly one thing may be meant, else it is asked back, never guessed."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot import questions
from bot.questions import Option
from handlers import facts
from handlers.dialogues.turn import Step, Turn
from handlers.reading import options_on_screen

CROSSED = timedelta(seconds=20)
"""A number that arrives this soon after a list replaced another may still mean the one on the screen before."""
OK_WORDS = 4
"""A longer text is more than a yes; acting on it as one could book what nobody asked for."""
_AFFIRMED = {"ask", "ask_move", "take_offer", "ask_at", "move_at", "cancel_yes"}


def chosen(turn: Turn, text: str) -> Option | Step | None:
    """The one option a text means, or the step that asks back; None when it is no choice at all."""
    number, options = questions.read_number(text), options_on_screen(turn.conversation, turn.prompts)
    if number is None:
        return _said(turn, text, options)
    meant = [option for option in options if option.number == number]
    if _crossed(turn):
        meant += [option for option in turn.conversation.previous if option.number == number and option not in meant]
    if len(meant) == 1:
        return meant[0]
    if not meant:
        if not options:
            return None if turn.wanted() else turn.stay(turn.say("nothing_open"))
        return turn.stay(turn.say("no_such_option", choice=number, options=questions.numbered(options)))
    return _ask_back(turn, str(number), meant)


def _crossed(turn: Turn) -> bool:
    replaced = turn.conversation.replaced_at
    return replaced is not None and turn.now - replaced < CROSSED


def _said(turn: Turn, text: str, options: list[Option]) -> Option | Step | None:
    """A choice in words: a label, "the second one", "yes the 3pm", or OK where just one thing can be meant."""
    if labelled := questions.read_choice(text, options):
        return labelled
    meaning = turn.meaning
    timed = [option for option in options if "start" in option.data]
    if meaning.act == "choose" and meaning.choice is not None and 0 < meaning.choice <= len(timed):
        picked = timed[meaning.choice - 1]
        return picked if _only_that(turn, text, picked) else None
    if meaning.act == "affirm" and not turn.wanted() and _plain_yes(text):
        open_questions = [turn.conversation.options, *(prompt.options for prompt in turn.prompts)]
        yes = [first[0] for first in open_questions if first and first[0].action in _AFFIRMED]
        asked = [each for each in open_questions if each]
        if len(asked) == 1 and len(yes) == 1 and (len(asked[0]) == 1 or yes[0].action in ("take_offer", "cancel_yes")):
            return yes[0]
        if asked:
            return _ask_back(turn, text.strip()[:20], [option for each in asked for option in each])
    return None


def _only_that(turn: Turn, text: str, picked: Option) -> bool:
    """A choice in words names no other person than the option's, and asks nothing."""
    if "?" in text:
        return False
    seen = {who.number: who.id for person in turn.speakers for who in turn.seen(person)}
    named = {seen[person.number] for person in turn.meaning.residents if person.number in seen}
    return not named or named == {picked.data.get("resident")}


def _plain_yes(text: str) -> bool:
    """Short, and without a number: "417 ok" from somebody who is not staff is no yes to anything."""
    return len(text.split()) <= OK_WORDS and not any(mark.isdigit() for mark in text)


def _ask_back(turn: Turn, said: str, meant: list[Option]) -> Step:
    """It could mean two things: ask, with numbers that mean one each."""
    conversation = replace(turn.conversation, previous=(), replaced_at=None)
    asked = replace(turn, conversation=conversation)
    return asked.offer(
        "which_one", [replace(option, number=0, label=_whole(turn, option)) for option in meant], choice=said
    )


def _whole(turn: Turn, option: Option) -> str:
    """An option's label where it stands alone: a bare time gets its day."""
    start = option.data.get("start")
    return option.label if start is None else facts.label(datetime.fromisoformat(start), turn.facility, turn.lang)
