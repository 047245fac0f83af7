"""Who of the people that share a phone is texting: by name, by what they are to whom, or because they said so a while ago."""

import re
from dataclasses import replace

from bot.understanding import Meaning
from handlers.dialogues.chat_context import ChatContext
from handlers.dialogues.turn import Turn
from scheduling.people.people import Person
from scheduling.policy.ids import ResidentId

_SIGNED = re.compile(r"\s*(?:(?:hi|hello|hey|hola)\W+)?([^\W\d_]+)(?:\s*[.,:;/-]|\s+(?:here|aqu[ií])\b)", re.IGNORECASE)


def settled(turn: Turn, resident: ResidentId | None) -> Turn:
    """The turn with only the one who is texting, once that is settled; unchanged while it could be several.

    It is settled by their name, by what they are to the resident ("my son"), because they said so a while ago, or because
    nobody else on this phone may see the resident they want (in the text, or the one known so far).
    """
    if len(turn.speakers) < 2:
        return turn
    found = named(turn, turn.meaning) or _related(turn) or _remembered(turn)
    if found is not None:
        return replace(turn, speakers=(found,), conversation=replace(turn.conversation, speaker=found.id))
    wanted = _residents_meant(turn) | {
        each.number for who in turn.speakers for each in turn.seen(who) if each.id == resident
    }
    able = [who for who in turn.speakers if any(each.number in wanted for each in turn.seen(who))]
    return replace(turn, speakers=tuple(able)) if len(able) == 1 and turn.conversation.speaker is None else turn


def named(context: ChatContext, meaning: Meaning) -> Person | None:
    """The one of several people on this phone whose name the text says ("its tanya")."""
    said = {person.name.split()[0].casefold() for person in meaning.visitors} | _first_word(context.text)
    found = [who for who in context.speakers if who.first_name.casefold() in said]
    return found[0] if len(found) == 1 else None


def _first_word(text: str) -> set[str]:
    """The word a text begins with, set apart as a name is ("tanya. see marcus", "tanya here")."""
    begins = _SIGNED.match(text)
    return set() if begins is None else {begins[1].casefold()}


def _residents_meant(turn: Turn) -> set[str]:
    return {person.number for person in turn.meaning.residents if person.number}


def _remembered(turn: Turn) -> Person | None:
    """Who said a while ago who they are, unless the text names somebody they may not see."""
    who = next((person for person in turn.speakers if person.id == turn.conversation.speaker), None)
    meant = _residents_meant(turn)
    if who is None or (meant and not meant & {each.number for each in turn.seen(who)}):
        return None
    return who


def _related(turn: Turn) -> Person | None:
    """Who on this phone is to the one resident meant what the text's own word says."""
    meant = {(person.number, person.relation) for person in turn.meaning.residents}
    if len(meant) != 1:
        return None
    found = [who for who in turn.speakers if any((each.number, each.relation) in meant for each in turn.seen(who))]
    return found[0] if len(found) == 1 else None
