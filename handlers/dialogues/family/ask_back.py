"""A choice that could mean two things is asked back, with numbers that mean one each, and in words that tell them apart."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.questions import Option
from handlers.dialogues.turn import Step, Turn
from handlers.messaging import text_facts
from scheduling.people import people


def ask_back(turn: Turn, said: str, meant: Sequence[Option]) -> Step:
    """Which of these did they mean? `said` is how they put it."""
    residents = {option.data["resident"] for option in meant if "resident" in option.data}
    labels = [_label(turn, option, named=len(residents) > 1) for option in meant]
    told = [replace(option, label=label) for option, label in zip(meant, labels, strict=True)]
    asked = turn.offer("which_one", told, asks=False, choice=said)
    return replace(asked, conversation=replace(asked.conversation, previous=()))


def _label(turn: Turn, option: Option, *, named: bool) -> str:
    """An option's label where it stands alone: a bare time gets its day, and whom it is for."""
    start = option.data.get("start")
    if start is None:
        return option.label
    when = text_facts.label(datetime.fromisoformat(start), turn.facility, turn.lang)
    return f"{people.resident(turn.tx, option.data['resident']).first_name}, {when}" if named else when
