"""The keywords that a carrier answers by itself."""

STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START = frozenset({"START", "UNSTOP"})
HELP = frozenset({"HELP", "INFO"})


def opt_out_type(text: str, *, opted_out: bool) -> str | None:
    """STOP, START or HELP when the whole text is such a word, in any case. YES counts as START only after a STOP."""
    word = text.strip().upper()
    if word in STOP:
        return "STOP"
    if word in START or (word == "YES" and opted_out):
        return "START"
    return "HELP" if word in HELP else None
