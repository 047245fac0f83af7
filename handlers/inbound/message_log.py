"""What the log keeps of how a message was understood: plain values for the row in `inbound`, as the console shows them."""

import re

from bot.understanding import Meaning, Window
from handlers.inbound.interpretation import (
    UNREAD,
    AskBack,
    ButtonPress,
    CardButton,
    ContactShared,
    FacilityChosen,
    ForeignButton,
    Interpretation,
    KeywordSent,
    NumberUnknown,
    OptionChosen,
    Photo,
    StaffText,
    StartLink,
    WhichFacility,
)

_LATIN = re.compile(r"[a-z\u00c0-\u024f]+", re.IGNORECASE)


def entry(found: Interpretation, text: str) -> dict[str, object]:
    """The row of a message that was answered. `act` says who answered, or the act of the family's words."""
    if isinstance(found, WhichFacility | FacilityChosen):
        return {"act": "facility"}
    return _meaning(found.meaning, text) | {"act": _act(found)}


def tells_language(text: str) -> bool:
    """Whether a text is long enough to choose the chat's language: one word alone is not, and words in another script
    are in no language that we speak."""
    return len(_LATIN.findall(text)) > 1


def _act(found: Interpretation) -> str:
    match found:
        case KeywordSent(keyword):
            return str(keyword)
        case StartLink() | ContactShared():
            return "link"
        case ButtonPress() | CardButton() | ForeignButton():
            return "button"
        case StaffText(command):
            return f"staff.{command.verb}"
        case Photo():
            return "photo"
        case OptionChosen() | AskBack() | NumberUnknown():
            return "choose"
        case _:
            return str(found.meaning.act)


def _meaning(meaning: Meaning, text: str) -> dict[str, object]:
    if meaning is UNREAD:
        return {}
    return {
        "intent": str(meaning.intent), "windows": len(meaning.windows), "residents": len(meaning.residents),
        "lang": str(meaning.lang), "sure": tells_language(text), "read": [_window(each) for each in meaning.windows],
    }  # fmt: skip


def _window(window: Window) -> dict[str, object]:
    return {
        "start": window.start and window.start.isoformat(), "end": window.end and window.end.isoformat(),
        "role": str(window.role), "assumed": [str(each) for each in window.assumed],
    }  # fmt: skip
