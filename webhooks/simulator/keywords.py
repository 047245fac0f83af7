"""The keywords that a carrier answers by itself."""

from enum import StrEnum

STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START = frozenset({"START", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})


class OptOutType(StrEnum):
    """What a carrier does about a keyword; its webhook carries the value."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


def opt_out_type(text: str, *, opted_out: bool) -> OptOutType | None:
    """STOP, START or HELP when the whole text is such a word, in any case. YES counts as START only after a STOP."""
    word = text.strip().upper()
    if word in STOP:
        return OptOutType.STOP
    if word in START or (word == "YES" and opted_out):
        return OptOutType.START
    return OptOutType.HELP if word in HELP else None
