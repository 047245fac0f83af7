"""Lists: several requests under one code. What each line says, and how many fit into the texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import sms
from bot.messages import Address
from bot.texts import say
from bot.wording import short_time, weekday
from handlers.messaging import text_facts
from handlers.staff import answer_codes, cards
from handlers.staff.answer_codes import Listing, ListItem
from handlers.work import Work
from scheduling import queries
from scheduling.facilities import store
from scheduling.people.people import Person
from scheduling.storage.database import Tx
from scheduling.visits.visit import Visit

MAX_TEXTS = 2
"""A list has at most this many texts of two segments each. Requests that do not fit are counted at its end."""
SEPTETS_PER_TEXT = 300
MAX_LINES = 28
"""More lines than two texts can hold, however short the names."""


@dataclass(frozen=True, slots=True)
class SentList:
    """A list as it is sent: its texts, and how many requests did not fit into them."""

    listing: Listing
    texts: tuple[str, ...]
    left: int


def make_list(
    work: Work, officer: Person, address: Address, waiting: Sequence[Visit], lang: str, *, new: bool = False
) -> SentList:
    """Make a list of these requests, with as many as fit. With `new` its first text says that they are new."""
    now, facility = work.now, store.rules(work.tx, officer.facility_id)
    made = [_line(work.tx, visit, number, lang, now) for number, visit in enumerate(waiting[:MAX_LINES], 1)]
    key = "staff_new" if new else "staff_list"
    fit = _lines_per_text(key, lang, [line for _, line in made], text_facts.of_facility(facility, lang, now))
    items = [item for item, _ in made[: sum(fit)]]
    listing = answer_codes.make_listing(work.tx, officer.id, items, address, now=now)
    lines, left = [line for _, line in made], len(waiting) - len(items)
    more = left if len(fit) == 1 else None
    first = say(key, lang, lines=lines[: fit[0]], more=more, code=listing.code, count=len(waiting))
    rest = [say("staff_list_rest", lang, lines=lines[fit[0] : sum(fit)], more=left)] if len(fit) > 1 else []
    return SentList(listing, (first, *rest), left)


def _line(tx: Tx, visit: Visit, number: int, lang: str, now: datetime) -> tuple[ListItem, str]:
    details = queries.details(tx, visit)
    flagged = cards.flagged(tx, details, now)
    start = text_facts.local(visit.wanted.start, details.facility)
    facts = text_facts.of_visit(details, lang, now) | {
        "item": number,
        "who": short_name(details.visitor.name),
        "on": f"{weekday(start, lang)} {start.day} {short_time(start)}",
        "flagged": "!" if flagged else None,
        "moved": say("line.moved", lang) if text_facts.is_move(visit) else None,
    }
    line = say("staff_line", lang, **facts)
    return ListItem(visit.id, visit.revision, visit.asked_count, flagged), line


def short_name(name: str) -> str:
    """A name that fits into a line, such as "T Johnson"."""
    first, *others = name.split()
    return f"{first[0]} {others[-1][:12]}" if others else first[:14]


def septets_of(words: str) -> int:
    """The size of a text in septets. Text outside GSM-7 counts 2.3 septets a character."""
    folded = sms.fold(words)
    return sms.septets(folded) if sms.is_gsm7(folded) else round(len(folded) * 2.3)


def _lines_per_text(key: str, lang: str, lines: Sequence[str], known: Mapping[str, object]) -> list[int]:
    """How many lines go into each text, so that no text is longer than two segments."""
    fit: list[int] = []
    for place in range(MAX_TEXTS):
        head = say(key if place == 0 else "staff_list_rest", lang, lines=["x"], code=999, more=999, count=999, **known)
        left, taken = SEPTETS_PER_TEXT - septets_of(head) + 1, 0
        for line in lines[sum(fit) :]:
            left -= septets_of(line) + (1 if taken else 0)
            if left < 0:
                break
            taken += 1
        if taken == 0:
            break
        fit.append(taken)
    return fit or [0]
