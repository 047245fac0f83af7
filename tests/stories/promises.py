"""The promises that every text of every story must keep, checked when it is delivered."""

import re

from bot import sms
from bot.messages import Address
from handlers.deps import Deps
from handlers.messaging import prompts
from handlers.messaging.prompts import lock_chat
from handlers.staff import answer_codes
from scheduling.people import person_addresses
from scheduling.storage.database import Tx
from tests.stories.carrier import Got

NEVER = re.compile(r"\b(inmates?|lockdowns?|recluso|reclusa|presos?|reos?|offenders?)\b", re.IGNORECASE)
BARE_STOP_WORD = re.compile(r"\b(CANCEL|CANCELAR|END|QUIT)\b(?! VISITA? [A-Z][A-Z0-9]{3}\b)")
LISTED = re.compile(r"^(\d{1,2})\) ", re.MULTILINE)
TAUGHT = re.compile(r"\b(?:[Rr]eply|[Rr]esponda) (?:like |como )?(?=\d|OK)(.*?)(?:\. |\.$|\n|$)")
DIGIT = re.compile(r"(?:^|, |\bor |\bo |\by )(\d{1,2})(?![\w:])")
CODE = re.compile(r"\b(\d{3}) (?:OK|NO|(?:SUN|MON|TUE|WED|THU|FRI|SAT|DOM|LUN|MAR|MIE|JUE|VIE|SAB) \d)")
CODE_LISTED = re.compile(r"^(\d{3}): ", re.MULTILINE)
SPANISH = re.compile(r"\b(Responda|escriba|visita|usted|hasta)\b")
ENGLISH = re.compile(r"\b(Reply|Text|your|the|until)\b")
BILINGUAL = ("ESPAÑOL", "ENGLISH")
"""A text that offers the other language contains one of these words of it."""


def broken(deps: Deps, got: Got, address: Address, language: str | None) -> list[str]:
    """Every promise that a delivered text breaks; [] when it breaks none."""
    found = _as_sms(got) if got.channel == "sms" else []
    if word := NEVER.search(got.text):
        found.append(f"says {word[0]!r}")
    if word := BARE_STOP_WORD.search(got.text):
        found.append(f"teaches the carrier's own word {word[0]!r}")
    foreign = {"en": SPANISH, "es": ENGLISH}.get(language or "")
    if foreign is not None and not any(word in got.text for word in BILINGUAL) and foreign.search(got.text):
        found.append(f"is not in {language!r}")
    numbers, codes = digits(got.text), codes_in(got.text)
    if numbers or codes:
        answerable, live = deps.db.run(lambda tx: (_answerable(tx, deps, address), _live_codes(tx, deps, address)))
        found += [f"offers {number}, which answers nothing" for number in sorted(numbers - answerable)]
        found += [f"offers code {code}, which decides nothing" for code in sorted(codes - live)]
    return found


def _as_sms(got: Got) -> list[str]:
    text = sms.fold(got.text)
    found = [] if sms.is_gsm7(text) else [f"is not GSM-7: {sorted(set(text) - sms.GSM7 - sms.EXTENDED)}"]
    count = sms.segments(text)
    return found if count <= 2 else [*found, f"has {count} segments ({len(text)} letters)"]


def digits(text: str) -> set[int]:
    """The numbers of options that a text lists or tells people to send."""
    listed = {int(number) for number in LISTED.findall(text)}
    return listed | {int(number) for taught in TAUGHT.findall(text) for number in DIGIT.findall(taught)}


def codes_in(text: str) -> set[int]:
    """The answer codes that a text lists or tells people to send."""
    listed = {int(code) for code in CODE_LISTED.findall(text)}
    return listed | {int(code) for taught in TAUGHT.findall(text) for code in CODE.findall(taught)}


def _answerable(tx: Tx, deps: Deps, address: Address) -> set[int]:
    """The numbers that choose an option in this chat now."""
    now = deps.now()
    conversation = lock_chat(tx, address, now=now)
    assert conversation is not None
    pushed = [option for prompt in prompts.open_in(tx, address, now=now) for option in prompt.options]
    return {option.number for option in (*conversation.live(now).options, *pushed)}


def _live_codes(tx: Tx, deps: Deps, address: Address) -> set[int]:
    """The codes with which this chat's officers can decide something now."""
    here = person_addresses.at_address(tx, address.channel, address.theirs)
    return {held.code for person in here for held in answer_codes.open_with_requests(tx, person.id, now=deps.now())}
