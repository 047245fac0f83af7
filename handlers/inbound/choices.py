"""A number, "the second one", OK: exactly one thing may be meant, else it is asked back, never guessed."""

import re
from dataclasses import replace
from datetime import datetime

from bot import questions
from bot.questions import Option
from handlers.dialogues.turn import Step, Turn
from handlers.messaging import text_facts
from scheduling.people import people

OK_WORDS = 4
"""A longer text is more than a yes; acting on it as one could book what nobody asked for."""
_AFFIRMED = {"ask", "ask_move", "take_offer", "ask_at", "move_at", "cancel_visit"}


def chosen(turn: Turn, text: str) -> Option | Step | None:
    """The one option a text means, or the step that asks back; None when it is no choice at all."""
    number, options = questions.read_number(text), turn.screen.options
    if number is None:
        return _said(turn, text, options)
    meant = [option for option in options if option.number == number]
    meant += [option for option in turn.screen.before if option.number == number and option not in meant]
    if meant and turn.screen.waiting:  # they changed their mind, and have not seen what came of it
        meant += [option for option in turn.screen.waiting if option.number == number and option not in meant]
        return _ask_back(turn, str(number), meant)
    if len(meant) == 1:
        return meant[0]
    return _ask_back(turn, str(number), meant) if meant else _nothing(turn, number, options)


def _nothing(turn: Turn, number: int, options: list[Option]) -> Step | None:
    """A number that is on no list the phone had; None where it may be a time of day."""
    if number in turn.screen.closed:
        return turn.stay(turn.say("opened_question_expired"))
    if not options:
        return None if turn.wanted() else turn.stay(turn.say("nothing_open"))
    return turn.stay(turn.say("no_such_option", choice=number, options=questions.numbered(options)))


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
        asked = turn.screen.questions
        yes = [first[0] for first in asked if first[0].action in _AFFIRMED]
        if len(asked) == 1 and len(yes) == 1 and (len(asked[0]) == 1 or yes[0].action == "take_offer"):
            return yes[0]
        if asked:
            return _ask_back(turn, text.strip()[:20], [option for each in asked for option in each])
    return None


def _only_that(turn: Turn, text: str, picked: Option) -> bool:
    """A choice in words names no other person than the option's, neither seen nor seeing, and asks nothing."""
    if "?" in text:
        return False
    seen = {who.number: who.id for person in turn.speakers for who in turn.seen(person)}
    named = {seen[person.number] for person in turn.meaning.residents if person.number in seen}
    writing = {who.id for who in turn.speakers for said in turn.meaning.visitors if _same_name(who.name, said.name)}
    return named <= {picked.data.get("resident")} and writing <= {picked.data.get("visitor")}


def _same_name(one: str, other: str) -> bool:
    return one.split(maxsplit=1)[0].casefold() == other.split(maxsplit=1)[0].casefold()


def _plain_yes(text: str) -> bool:
    """Short, and without a number: "417 ok" from somebody who is not staff is no yes to anything."""
    return len(text.split()) <= OK_WORDS and not any(mark.isdigit() for mark in text)


def _ask_back(turn: Turn, said: str, meant: list[Option]) -> Step:
    """It could mean two things: ask, with numbers that mean one each, and in words that tell them apart."""
    residents = {option.data["resident"] for option in meant if "resident" in option.data}
    labels = [_whole(turn, option, named=len(residents) > 1) for option in meant]
    told = [replace(option, label=label) for option, label in zip(meant, labels, strict=True)]
    asked = turn.offer("which_one", told, asks=False, choice=said)
    return replace(asked, conversation=replace(asked.conversation, previous=()))


def _whole(turn: Turn, option: Option, *, named: bool) -> str:
    """An option's label where it stands alone: a bare time gets its day, and whom it is for."""
    start = option.data.get("start")
    if start is None:
        return option.label
    when = text_facts.label(datetime.fromisoformat(start), turn.facility, turn.lang)
    return f"{people.resident(turn.tx, option.data['resident']).first_name}, {when}" if named else when


_CANCELS = re.compile(r"\b(?:cancel|cancelar|cancele|cancela)\b", re.IGNORECASE)


def gives_up(text: str) -> bool:
    """Whether a text that asks for the visits says to cancel them ("cancel all my visits")."""
    return _CANCELS.search(text) is not None


def about_a_visit(turn: Turn) -> bool:
    """Whether the question on the screen is which visit to cancel or to move, or whether to."""
    step, dialogue = turn.conversation.step, turn.conversation.dialogue
    return dialogue == "cancel" or (dialogue == "move" and step == "which")


def wishes(turn: Turn) -> bool:
    """A time is wished for, or one that is over is given as the answer to when."""
    return bool(turn.wanted()) or (turn.meaning.past and turn.conversation.dialogue in ("book", "move"))
