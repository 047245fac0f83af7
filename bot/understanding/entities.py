"""Entities: the days, clock times and other pieces that the rules of a language find in a text."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from bot.understanding.rule_values import DayMention, RuleValues


class EntityKind(StrEnum):
    """What a rule of a word file makes (its key `make`). `is_time` says that the entity names a day or a time by itself;
    `modifies_next` that it says something about the day or time behind it."""

    is_time: bool
    modifies_next: bool

    def __new__(cls, value: str, is_time: bool = False, modifies_next: bool = False) -> Self:
        """A member with its traits."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.is_time = is_time
        member.modifies_next = modifies_next
        return member

    DAY = "day", True
    DATES = "dates", True
    WEEKDAYS = "weekdays", True
    NUMERIC = "numeric", True
    PART = "part", True
    CLOCK = "clock", True
    CLOCKS = "clocks", True
    OFFSET = "offset", True
    OPEN = "open", False, True
    SHIFT = "shift", False, True
    WEEK_OF = "weekof", False, True
    EDGE = "edge", False, True
    OPENED = "opened"
    BARE = "bare"
    LENGTH = "length"
    ZONE = "zone"
    NONE = "none"


@dataclass(frozen=True)
class ClockTime:
    """A time of day as said. `ap` is "am", "pm" or None; `exact` when the hour is certain (24-hour style, noon)."""

    hour: int
    minute: int = 0
    ap: str | None = None
    exact: bool = False


@dataclass
class Entity:
    """One entity: its kind, the tokens it covers (`start` to `end`, exclusive), the day and the time of day it says.

    `day_to` is the last day of a range of weekdays. `weak` marks an entity that counts only beside another (a bare
    number). `pattern` is the rule that found it, and `data` holds its values.
    """

    kind: EntityKind
    start: int
    end: int
    day: DayMention = field(default_factory=DayMention)
    clock: ClockTime | None = None
    clock2: ClockTime | None = None
    part: str | None = None
    data: RuleValues = field(default_factory=RuleValues)
    weak: bool = False
    pattern: str = ""
    day_to: DayMention = field(default_factory=DayMention)

    def overlaps(self, other: "Entity") -> bool:
        """Whether both cover one token."""
        return self.start < other.end and other.start < self.end
