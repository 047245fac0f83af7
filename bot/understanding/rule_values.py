"""Rule values: what a rule of a word file says of a day or a time, as typed dictionaries."""

from collections.abc import Collection, Mapping
from typing import TypedDict, cast, get_origin, get_type_hints


class DayMention(TypedDict, total=False):
    """A day as said, before it is resolved to dates. Only what was said is in it.

    Weekdays count from 0 (Monday) to 6, as in `date.weekday`. `week`, `weekend` and `months` count from the current one;
    `days` from today. `again` is a day named by the one before it: 0 for "this one", 1 for "the one after".
    """

    w: int
    again: int
    mod: str
    plus: int
    dom: int
    dom2: int
    mon: int
    mon2: int
    year: int
    x: int
    y: int
    sep: str
    days: int
    week: int
    weekof: str
    weekend: int
    weekdays: bool
    months: int
    month: int
    nth: int
    edge: str
    aheadn: int
    aheadunit: str
    weeks: bool
    day: bool
    rest: bool | str
    nextyear: bool
    shift: tuple[int, str]
    every: bool
    holiday: str
    later: bool
    follows: bool


class RuleValues(DayMention, total=False):
    """All values of a rule: its constants and what its pattern captured. The day is among them.

    A capture of a macro has the suffix of the macro: `h1` and `h2` are the hours of the two ends of a range.
    """

    among: list[int]
    ap: str
    ap1: str
    ap2: str
    back: bool
    h: int
    h1: int
    h2: int
    half: bool
    exact: bool
    late: bool
    m: int
    m1: int
    m2: int
    midnight: bool
    minus: int
    minus1: int
    minus2: int
    mm: int
    mm1: int
    mm2: int
    more: int
    n: int
    num: int
    open: str
    part: str
    part1: str
    part2: str
    parts: int
    past: int
    soft: bool
    span: bool
    t: int
    t1: int
    t2: int
    tens: int
    tenths: int
    times: int
    to: int
    unit: str
    w2: int
    weak: bool
    weight: int
    whole: bool
    zone: str


DAY_KEYS = DayMention.__optional_keys__
_TYPES = {
    name: get_origin(hint) if get_origin(hint) in (list, tuple) else hint
    for name, hint in get_type_hints(RuleValues).items()
}


def check(name: str, values: Collection[object]) -> None:
    """Raise ValueError unless `name` is a key of RuleValues, TypeError unless every one of `values` has its type."""
    if name not in _TYPES:
        raise ValueError(f"no rule has a value {name}")
    for value in values:
        if not isinstance(value, _TYPES[name]):
            raise TypeError(f"{name} cannot be {value!r}")


def as_rule_values(values: Mapping[str, object]) -> RuleValues:
    """The values under their type. The loader of the word files has passed each to `check`."""
    return cast("RuleValues", values)


def day_in(values: RuleValues) -> DayMention:
    """The day that is among the values of a rule."""
    return cast("DayMention", {name: value for name, value in values.items() if name in DAY_KEYS})
