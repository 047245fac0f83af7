"""The settings of a facility as checked values: read from a file by `facilities.file`, stored as JSON, used by the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time, timedelta
from decimal import Decimal
from typing import Self
from zoneinfo import ZoneInfo

from scheduling.policy.json_values import JSON, from_plain, to_plain
from scheduling.policy.timespan import Span
from scheduling.policy.vocabulary import VisitKind

MAX_REASON_LENGTH = 60
"""The most characters of a closure's reason that fit in a text together with the nearest times."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a facility by language code; the text under "" is for readers of any language."""

    words: tuple[tuple[str, str], ...]

    @classmethod
    def same(cls, words: str) -> Self:
        """The same text for all readers."""
        return cls((("", words),))

    def to(self, language: str) -> str:
        """The text for a reader of that language; the first text when there is none in it."""
        known = dict(self.words)
        return known.get(language) or known.get("") or self.words[0][1]


@dataclass(frozen=True, slots=True)
class Hours:
    """A daily window in the facility's local time. When `to` is not after `from_` it ends on the next day."""

    from_: time
    to: time

    @property
    def others(self) -> Hours:
        """The hours of the day outside these."""
        return Hours(self.to, self.from_)


@dataclass(frozen=True, slots=True)
class Session:
    """When a unit may have visits of a kind ("family", "legal"). Days count from Monday = 0; `to` 00:00 = midnight."""

    unit: str
    days: tuple[int, ...]
    from_: time
    to: time
    kind: VisitKind = VisitKind.FAMILY


@dataclass(frozen=True, slots=True)
class Closure:
    """A time without visits, for one unit, or for all when `unit` is None."""

    unit: str | None
    span: Span
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """Everything the rules need to know about a facility. Lengths, grid and turnaround are in minutes.

    `least_connected` is the percentage of a visit's time during which both sides must have received each other. A call with
    less is in doubt, and staff decide whether the visit took place.
    """

    code: str
    name: str
    timezone: str
    languages: tuple[str, ...]
    phone: str
    help: Text
    urgent_phone: Text

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

    choose_within: timedelta
    staff_answer_within: timedelta
    answer_counter_offer_within: timedelta
    pay_within: timedelta
    cancel_with_refund_until: timedelta
    staff_hours: Hours
    quiet_hours: Hours

    price_per_minute: Decimal
    legal_per_minute: Decimal
    currency: str
    average_daily_population: int | None
    price_kind: str

    outcomes: Mapping[str, str] = field(hash=False)
    answers: Mapping[str, Text] = field(hash=False)
    sms_answer_code: bool
    undo_within: timedelta = timedelta(seconds=30)
    settle_by_minute: bool = False
    watching: bool = False
    family_devices: int = 3
    video_kbps: int = 300
    resident_proof: bool = True
    least_connected: int = 50
    sessions: tuple[Session, ...]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the facility."""
        return ZoneInfo(self.timezone)

    @property
    def units(self) -> tuple[str, ...]:
        """Every unit that may have visits, in the order of the file."""
        return tuple(dict.fromkeys(session.unit for session in self.sessions))

    def to_json(self) -> dict[str, JSON]:
        """The facility as JSON values; `from_json` returns an equal facility."""
        return {each.name: to_plain(getattr(self, each.name)) for each in fields(self)}

    @classmethod
    def from_json(cls, plain: Mapping[str, object]) -> Self:
        """A facility from the result of `to_json`. Does not check it: the file was checked when it was read."""
        return from_plain(cls, plain)
