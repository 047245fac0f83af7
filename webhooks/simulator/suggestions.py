"""Suggestions of what a person would text next, by the last texts on the phone."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

NAME = r"(?=[A-Z]*\d)[A-Z0-9]{3,8}"
CARD = re.compile(rf"({NAME})\b.*\b(?:Decide by|Decidir)\b.*?\b(\d{{3}}) OK\b", re.DOTALL)
"""A card begins with its reference and says by when to decide. A code in any other text is an example."""
REASONS = re.compile(rf"({NAME}): .*\b(\d{{3}}) NO B\b", re.DOTALL)
OTHER_TIME = re.compile(r"\b(\d{3} (?:SUN|MON|TUE|WED|THU|FRI|SAT|DOM|LUN|MAR|MIE|JUE|VIE|SAB) \S+)\b")
OPTION = re.compile(r"^\s*([1-9])\)", re.MULTILINE)
INVITED = re.compile(r"\b(?:Reply|Responda)\b(.*)", re.DOTALL)
DIGIT = re.compile(r"(?<![\d:$.])([1-9])(?![\d:])(?! ?[AP]M)")
COMMAND = re.compile(rf"\b((?:CANCEL VISIT|MOVE|CANCELAR VISITA|MOVER) ({NAME}))\b")
DECIDED = re.compile(
    rf"({NAME})(?: needs no answer| is already| approved| denied| cancelled|: .*? already |: .*? offered and kept"
    r"| ya no necesita| ya esta| aprobada| rechazada| cancelada|: .*? ya (?:la )?habia|: .*? ofrecida y guardada)"
)
DEAD_CODE = re.compile(r"(\d{3}) (?:does not count|ya no vale)")
NO_CARD_LEFT = re.compile(r"Too many wrong codes|Demasiados codigos|Nothing waits for your|Nada espera su")
OVER = re.compile(
    r"Cancelled, as you|Already cancelled|Cancelled by|Thank you for your visit|We did not see you join|to others again"
    r"|Cancelada, como|Ya estaba cancelada|Cancelada por|Gracias por su visita|No le vimos entrar|(?:y|lugar) qued[ao] libre"
)
REFUSED = re.compile(r"could not approve the visit|cannot take place|No aprobaron la visita|no podra ser")
REFERENCE = re.compile(rf"\bRef ({NAME})\b")
ASKED_WHY_NOT = re.compile(r"\d{3} no", re.IGNORECASE)
RECENT_REFERENCES = 4
MAX_SUGGESTIONS = 8


def suggest(standing: Sequence[str], told: Sequence[str], said: Sequence[str], *, answered: bool) -> list[str]:
    """Suggestions for one phone, the likeliest first.

    ``told`` are the texts it received and ``said`` those it sent, newest first; ``answered`` is true when the newest of all
    is its own; ``standing`` are its permanent suggestions.
    """
    told = [_plain(text) for text in told]
    chips: list[str] = []
    if told and not answered:
        chips += _options(told[0])
        chips += _reasons(told[0])
    chips += _cards(told, said)
    chips += _commands(told[:RECENT_REFERENCES])
    return _distinct([*chips, *standing])[:MAX_SUGGESTIONS]


def _plain(text: str) -> str:
    """Without accents, which a text may have lost in transit."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def _options(text: str) -> list[str]:
    if CARD.match(text) or DECIDED.match(text):
        return []
    invited = INVITED.search(text)
    digits = OPTION.findall(text) or (DIGIT.findall(invited.group(1)) if invited else [])
    return [str(n) for n in range(1, 10) if all(str(k) in digits for k in range(1, n + 1))]


def _reasons(text: str) -> list[str]:
    asked = REASONS.match(text)
    return [f"{asked[2]} NO {letter}" for letter in "ABC"] if asked else []


def _cards(told: Sequence[str], said: Sequence[str]) -> list[str]:
    """All answers to the newest open card, OK for the one before it, and LIST."""
    answered = {text.split()[0] for text in said if len(text.split()) > 1 and not ASKED_WHY_NOT.fullmatch(text.strip())}
    found = [(code, text) for code, text in _open_cards(told) if code not in answered]
    if not found:
        return []
    (newest, text), *older = found
    times = [time for time in OTHER_TIME.findall(text) if time.startswith(newest)]
    return [f"{newest} OK", f"{newest} NO", *times, *(f"{code} OK" for code, _ in older[:1]), "LIST"]


def _open_cards(told: Sequence[str]) -> list[tuple[str, str]]:
    """(code, text) of the cards that no later text has closed, newest first: one for each request."""
    closed: set[str] = set()
    found: list[tuple[str, str]] = []
    for text in told:
        if NO_CARD_LEFT.match(text):
            break
        if card := CARD.match(text):
            if not closed & {card[1], card[2]}:
                found.append((card[2], text))
            closed.add(card[1])
        elif gone := DECIDED.match(text) or DEAD_CODE.match(text):
            closed.add(gone[1])
    return found


def _commands(told: Sequence[str]) -> list[str]:
    """Commands for the visits in recent texts, unless a later text says that the visit is over."""
    closed: set[str] = set()
    found: list[str] = []
    for text in told:
        if OVER.search(text):
            closed.update(REFERENCE.findall(text))
        elif REFUSED.search(text):
            break
        found += [command for command, reference in COMMAND.findall(text) if reference not in closed]
    return found[:2]


def _distinct(texts: Iterable[str]) -> list[str]:
    """Each once; case is ignored, as the application does."""
    kept: dict[str, str] = {}
    for text in texts:
        kept.setdefault(text.casefold(), text)
    return list(kept.values())
