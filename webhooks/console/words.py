"""Wording of the console: times, ages, and what a message was understood to mean."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from handlers.operations.health import Trouble

OK = frozenset({"handled", "delivered", "read", "sent", "confirmed", "paid", "joined", "welcome", "done", "completed"})
BAD = frozenset({"forged", "failed", "blocked", "undelivered", "dead", "refused"})
WAIT = frozenset({"later", "waiting", "queued", "leased", "received", "repeated", "dropped"})


def tone(word: str) -> str:
    """The colour class of a word: "ok", "bad", "wait", or "" for none."""
    return next((name for name, words in (("ok", OK), ("bad", BAD), ("wait", WAIT)) if word in words), "")


_FAMILIES = {
    "refusal": "not possible",
    "visit_state": "where it stands",
    "reason": "reason",
    "understood": "understood",
}
"""The first part of a text's key -> the kind of all texts under it."""
_ABOUT = {
    "ask_when": "asks when", "ask_when_first": "asks when", "ask_who": "asks whom to see", "ask_speaker": "asks who writes",
    "offer": "open times", "offer_mixed": "open times", "read_back": "one time, read back",
    "no_place_none": "no time is open", "asked": "asked, with staff", "still_waiting": "staff asked again",
    "approved_pay": "approved, to pay", "approved_free": "approved and booked", "pay_reminder": "reminder to pay",
    "paid_confirmed": "paid and booked", "card_declined": "card declined", "denied": "denied, with other times",
    "denied_none": "denied", "denied_office": "denied, office first", "revised": "another time offered",
    "reminder_day": "reminder, the day before", "reminder_day_free": "reminder, the day before",
    "reminder_soon": "reminder, 15 minutes before", "card": "card for an officer", "not_listed": "name not on their list",
    "unknown_number": "unknown phone", "opened_question_expired": "question has closed", "which_one": "asks which one",
    "not_understood_1": "not understood", "not_understood_2": "not understood", "not_understood_3": "not understood, last",
    "decided_ok": "officer: approved", "decided_no": "officer: denied", "decided_time": "officer: other time offered",
}  # fmt: skip


def about(key: str) -> str:
    """What one of our texts is about, by its key, in a few words. The kind of a request is returned unchanged."""
    family, _, code = key.partition(".")
    if code:
        return f"{_FAMILIES.get(family, family.replace('_', ' '))}: {code.replace('_', ' ')}"
    return _ABOUT.get(key, key.replace("_", " "))


def local(moment: datetime, zone: str) -> datetime:
    """The moment on the facility's clock."""
    return moment.astimezone(ZoneInfo(zone))


def age(span: timedelta) -> str:
    """ "40 s", "12 min", "3 h", "2 days"."""
    seconds = max(0, int(span.total_seconds()))
    for size, name in ((172_800, "days"), (7_200, "h"), (120, "min")):
        if seconds >= size:
            return f"{seconds // {'days': 86_400, 'h': 3_600, 'min': 60}[name]} {name}"
    return f"{seconds} s"


def verdict(trouble: Trouble) -> str:
    """Whether any text was lost and whether the waiting ones will be sent without help, in a sentence or two."""
    heals = f"{_be(trouble.waiting)} waiting and {_go(trouble.waiting)} out alone as soon as the provider takes texts"
    if not trouble.lost:
        if trouble.waiting:
            return f"Nothing is lost: {_texts(trouble.waiting)} {heals}."
        return "No text was lost in the last 24 hours, and none waits."
    causes = (
        (trouble.expired, "dropped: too late"),
        (trouble.failed_messages, "could not be sent"),
        (trouble.undelivered, "went out and did not arrive"),
    )
    said = ", ".join(f"{count} {cause}" for count, cause in causes if count)
    still = f"{trouble.waiting} more {heals}." if trouble.waiting else "None waits."
    return f"{_texts(trouble.lost)} of the last 24 hours reached nobody and will not be sent again ({said}). {still}"


def _texts(count: int) -> str:
    return f"{count} text{'' if count == 1 else 's'}"


def _be(count: int) -> str:
    return "is" if count == 1 else "are"


def _go(count: int) -> str:
    return "goes" if count == 1 else "go"


def spelled(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Nested plain values as lines of (what, value), without empty ones."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from spelled(each, f"{path} {key}".strip().replace("_", " "))
    elif isinstance(value, list | tuple):
        if all(not isinstance(each, Mapping | list | tuple) for each in value):
            yield from spelled(", ".join(map(str, value)), path)
        else:
            for number, each in enumerate(value, 1):
                yield from spelled(each, f"{path} {number}" if len(value) > 1 else path)
    elif value is not None and value not in ("", False):
        yield path, _plain(value)


def _plain(value: Any) -> str:
    if value is True:
        return "yes"
    text = str(value)
    if len(text) >= 16 and text[4:5] == "-" and text[10:11] in ("T", " "):
        try:
            return f"{datetime.fromisoformat(text):%a %b %-d, %-I:%M %p}"
        except ValueError:
            return text
    return text
