"""Reads the settings of a facility file as a Facility."""

from __future__ import annotations

import re
from datetime import time, timedelta
from decimal import Decimal
from typing import TypedDict

from scheduling.facilities.file import values as read
from scheduling.facilities.file.reader import Table
from scheduling.policy.facility import Facility, Hours, Session, Text
from scheduling.policy.timespan import MIDNIGHT
from scheduling.policy.vocabulary import VisitKind

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
QUANTUM_MINUTES = 5
WHOLE = ("keep", "refund")
MONEY = {"facility_cancelled": (*WHOLE, "carry"), "technical": (*WHOLE, "carry")}
"""What may happen to the money, by how a visit ended. It can be carried only where the facility owes another time."""
OUTCOMES = {
    "visitor_no_show": "keep",
    "resident_declined": "refund",
    "ended_by_staff": "refund",
    "technical": "refund",
    "facility_cancelled": "carry",
    "unanswered": "refund",
}
_ANSWER = re.compile(r"[a-z][a-z0-9_]*")


class _Names(TypedDict):
    """The settings under `[facility]`."""

    code: str
    name: str
    timezone: str
    languages: tuple[str, ...]
    phone: str
    help: Text
    urgent_phone: Text


class _Visits(TypedDict):
    """The settings under `[visits]`."""

    lengths: tuple[int, ...]
    starts_every: int
    turnaround: int
    earliest: timedelta
    latest: timedelta
    per_resident_per_day: int
    per_resident_per_week: int
    per_visitor_per_week: int
    open_requests_per_visitor: int
    people_per_visit: int
    join_early: timedelta


class _Deadlines(TypedDict):
    """The settings under `[deadlines]`."""

    choose_within: timedelta
    staff_answer_within: timedelta
    answer_counter_offer_within: timedelta
    pay_within: timedelta
    cancel_with_refund_until: timedelta


class _Price(TypedDict):
    """The settings under `[price]`."""

    price_per_minute: Decimal
    legal_per_minute: Decimal
    currency: str
    average_daily_population: int | None
    price_kind: str
    settle_by_minute: bool


class _StaffRules(TypedDict):
    """The settings under `[staff_rules]`."""

    sms_answer_code: bool
    undo_within: timedelta


class _Calls(TypedDict):
    """The settings under `[calls]`."""

    watching: bool
    family_devices: int
    video_kbps: int
    resident_proof: bool
    least_connected: int


def read_settings(root: Table) -> Facility:
    """Every setting, without the rows. Notes what is missing or wrong and uses the default instead."""
    names, price = _names(root.table("facility")), _price(root.table("price"))
    return Facility(
        **names,
        **_visits(root.table("visits")),
        **_deadlines(root.table("deadlines")),
        staff_hours=_hours(root.table("staff_hours"), Hours(time(7), time(21)), needed=True),
        quiet_hours=_quiet(root.table("quiet_hours")),
        **price,
        outcomes=_outcomes(root.table("outcomes")),
        answers=_answers(root.table("answers"), names["languages"]),
        **_staff_rules(root.table("staff_rules")),
        **_calls(root.table("calls")),
        sessions=tuple(_session(table) for table in root.tables("sessions")),
    )


def _names(table: Table) -> _Names:
    languages = table.items("languages", read.one_of(read.LANGUAGES), ("en",))
    words = read.text_in(languages)
    help_number = table.need("help", words, Text.same("-"))
    found: _Names = {
        "code": table.need("code", read.code, "-"),
        "name": table.need("name", read.line, "-"),
        "timezone": table.need("timezone", read.zone, "UTC"),
        "languages": languages,
        "phone": table.need("phone", read.phone, ""),
        "help": help_number,
        "urgent_phone": table.get("urgent_phone", words, help_number),
    }
    table.done()
    return found


def _visits(table: Table) -> _Visits:
    minutes = read.whole(QUANTUM_MINUTES, QUANTUM_MINUTES)
    if not table.has("lengths"):
        table.need("lengths", minutes, 0)
    found: _Visits = {
        "lengths": table.items("lengths", minutes, (30,)),
        "starts_every": table.get("starts_every", minutes, 15),
        "turnaround": table.get("turnaround", read.whole(0, QUANTUM_MINUTES), 5),
        "earliest": table.get("earliest", read.duration(0 * MINUTE), 4 * HOUR),
        "latest": table.get("latest", read.duration(HOUR), 14 * DAY),
        "per_resident_per_day": table.get("per_resident_per_day", read.whole(1), 1),
        "per_resident_per_week": table.get("per_resident_per_week", read.whole(1), 3),
        "per_visitor_per_week": table.get("per_visitor_per_week", read.whole(1), 3),
        "open_requests_per_visitor": table.get("open_requests_per_visitor", read.whole(1), 2),
        "people_per_visit": table.get("people_per_visit", read.whole(1), 4),
        "join_early": table.get("join_early", read.duration(0 * MINUTE), 10 * MINUTE),
    }
    table.done()
    return found


def _deadlines(table: Table) -> _Deadlines:
    some = read.duration(MINUTE)
    found: _Deadlines = {
        "choose_within": table.get("choose_within", some, 10 * MINUTE),
        "staff_answer_within": table.get("staff_answer_within", some, 2 * HOUR),
        "answer_counter_offer_within": table.get("answer_counter_offer_within", some, 12 * HOUR),
        "pay_within": table.get("pay_within", some, 24 * HOUR),
        "cancel_with_refund_until": table.get("cancel_with_refund_until", read.duration(0 * MINUTE), 2 * HOUR),
    }
    table.done()
    return found


def _hours(table: Table, usual: Hours, *, needed: bool) -> Hours:
    asked = table.need if needed or table.values else table.get
    from_ = asked("from", read.clock, usual.from_)
    to = asked("to", read.closing, usual.to)
    table.done()
    if from_ == to and table.values.get("to") != "24:00" and _sound_times(table):
        table.notes.add((*table.path, "to"), "is the same as from", 'for the whole day write "00:00" to "24:00"')
    return Hours(from_, to)


def _quiet(table: Table) -> Hours:
    found = _hours(table, Hours(time(21), time(8)), needed=False)
    if found.from_ == found.to and _sound_times(table):
        wrong = "leaves no hour in which a family could be asked or reminded"
        table.notes.add((*table.path, "to"), wrong, 'leave some of the day, like "21:00" to "08:00"')
    return found


def _sound_times(table: Table) -> bool:
    return table.notes.sound((*table.path, "from"), (*table.path, "to"))


def _price(table: Table) -> _Price:
    found: _Price = {
        "price_per_minute": table.need("per_minute", read.rate, Decimal(0)),
        "legal_per_minute": table.get("legal_per_minute", read.rate, Decimal(0)),
        "currency": table.get("currency", read.currency, "usd"),
        "average_daily_population": table.get("average_daily_population", read.whole(0), None),
        "price_kind": table.get("kind", read.one_of(("jail", "prison")), "jail"),
        "settle_by_minute": table.get("settle", read.one_of(("visit", "minute")), "visit") == "minute",
    }
    table.done()
    return found


def _outcomes(table: Table) -> dict[str, str]:
    found = {name: table.get(name, read.one_of(MONEY.get(name, WHOLE)), usual) for name, usual in OUTCOMES.items()}
    table.done()
    return found


def _answers(table: Table, languages: tuple[str, ...]) -> dict[str, Text]:
    found = {}
    for key in table.values:
        if _ANSWER.fullmatch(key):
            found[key] = table.get(key, read.text_in(languages), Text.same("-"))
        else:
            table.known.append(key)
            wrong = "is not a name for an answer"
            table.notes.add((*table.path, key), wrong, "use small letters, digits and _, like dress_code")
    return found


def _staff_rules(table: Table) -> _StaffRules:
    found: _StaffRules = {
        "sms_answer_code": table.get("sms_answer_code", read.switch, fallback=True),
        "undo_within": table.get("undo_within", read.pause, timedelta(seconds=30)),
    }
    table.done()
    return found


def _calls(table: Table) -> _Calls:
    found: _Calls = {
        "watching": table.get("watching", read.switch, fallback=False),
        "family_devices": table.get("family_devices", read.whole(1, most=3), 3),
        "video_kbps": table.get("video_kbps", read.whole(100, most=2000), 300),
        "resident_proof": table.get("resident_proof", read.switch, fallback=True),
        "least_connected": table.get("least_connected", read.whole(0, most=100), 50),
    }
    table.done()
    return found


def _session(table: Table) -> Session:
    if not table.has("days"):
        table.need("days", read.weekday, 0)
    from_ = table.need("from", read.clock, MIDNIGHT)
    to = table.need("to", read.closing, MIDNIGHT)
    found = Session(
        unit=table.need("unit", read.line, ""),
        days=tuple(sorted(table.items("days", read.weekday))),
        from_=from_,
        to=to,
        kind=table.get("kind", read.visit_kind, VisitKind.FAMILY),
    )
    table.done()
    if to <= from_ and table.values.get("to") != "24:00" and _sound_times(table):
        table.notes.add((*table.path, "to"), "is not after from", "a session ends later on the same day")
    return found
