"""Entity extraction: runs the rules of a language over the tokens of a text."""

import re
from typing import Literal, NamedTuple

from bot.understanding.entities import ClockTime, Entity, EntityKind
from bot.understanding.lexicon import Lexicon, Rule
from bot.understanding.rule_values import RuleValues, as_rule_values, day_in
from bot.understanding.tokenizer import Token

_DATE_KINDS = (EntityKind.DAY, EntityKind.DATES, EntityKind.NUMERIC, EntityKind.PART)


class _ClockKeys(NamedTuple):
    """The keys of the values of one clock time."""

    ap: Literal["ap", "ap1", "ap2"]
    part: Literal["part", "part1", "part2"]
    t: Literal["t", "t1", "t2"]
    h: Literal["h", "h1", "h2"]
    m: Literal["m", "m1", "m2"]
    mm: Literal["mm", "mm1", "mm2"]


_ALONE = _ClockKeys("ap", "part", "t", "h", "m", "mm")
_FIRST = _ClockKeys("ap1", "part1", "t1", "h1", "m1", "mm1")
_SECOND = _ClockKeys("ap2", "part2", "t2", "h2", "m2", "mm2")


def extract_entities(lexicon: Lexicon, tokens: list[Token], row: str) -> list[Entity]:
    """Every entity the rules find, left to right; the first fitting rule wins at each place."""
    entities: list[Entity] = []
    rules = lexicon.rules.at
    i, size = 0, len(row)
    while i < size:
        for rule in rules(row, i):
            match = rule.compiled.regex.match(row, i)
            if match is None or match.end() == i:
                continue
            entity = _build_entity(lexicon, rule, match, tokens, row)
            if entity is not None:
                entities.append(entity)
                i = entity.end - 1
                break
        i += 1
    return entities


def _build_entity(lexicon: Lexicon, rule: Rule, match: re.Match[str], tokens: list[Token], row: str) -> Entity | None:
    values: dict[str, object] = {**rule.given}
    texts: dict[str, str] = {}
    for key, index in match.re.groupindex.items():
        at = match.start(index)
        if at >= 0:
            name = key.split("__")[0]
            value = lexicon.value(rule.compiled.named[key], tokens[at], row[at])
            if value is not None:
                values[name], texts[name] = value, tokens[at].word
    said = as_rule_values(values)
    if "among" in said and said["to"] not in said.pop("among"):
        return None
    kind, weak = EntityKind(rule.make), bool(said.pop("weak", False))
    entity = Entity(kind, match.start(), match.end(), weak=weak, pattern=rule.pattern)
    if kind in (EntityKind.CLOCK, EntityKind.CLOCKS):
        return _with_clock_times(entity, said, texts)
    if (
        kind == EntityKind.NUMERIC
        and said.get("sep") == "."
        and texts["y"] in ("00", "15", "30", "45")
        and said["x"] < 24
    ):
        return _with_clock_times(entity, {"h": said["x"], "m": said["y"]}, {"h": texts["x"]})
    entity.part = said.pop("part", None)
    if entity.part and "mod" in said:
        entity.part = _narrowed_part(said.pop("mod"), entity.part)
    if kind == EntityKind.WEEKDAYS:
        entity.day, entity.day_to = {"w": said["w"], "mod": "this"}, {"w": said["w2"]}
        return entity
    if kind in _DATE_KINDS:
        entity.day = day_in(said)
        if "tens" in said and entity.day.get("dom", 99) < 10:
            entity.day["dom"] += said["tens"]
        if "times" in said:  # "3 fridays from now"
            entity.day["plus"] = said["times"] - 1
    entity.data = said
    return _validate_dates(entity)


def _narrowed_part(mod: str, part: str) -> str:
    return f"{mod}_{part}"


def _validate_dates(entity: Entity) -> Entity | None:
    """The entity with a four-digit year; None when the day of the month is impossible."""
    day = entity.day
    if day.get("dom") is not None and not 1 <= day["dom"] <= 31:
        return None
    year = day.get("year")
    if year is not None and year < 100:
        day["year"] = 2000 + year
    return entity


def _with_clock_times(entity: Entity, said: RuleValues, texts: dict[str, str]) -> Entity | None:
    if entity.kind == EntityKind.CLOCK:
        entity.clock = _clock_time(said, texts, _ALONE)
        entity.part = said.get("part")
    else:
        entity.clock = _clock_time(said, texts, _FIRST)
        entity.clock2 = _clock_time(said, texts, _SECOND)
        if entity.clock2 is None:
            return None
    if said.get("midnight") or (entity.clock == ClockTime(12) and entity.part == "night"):
        entity.data = {"midnight": True}
    if "days" in said:
        entity.day = {"days": said["days"]}
    return entity if entity.clock else None


def _clock_time(said: RuleValues, texts: dict[str, str], keys: _ClockKeys) -> ClockTime | None:
    ap = said.get(keys.ap)
    ap = None if ap == "any" else ap
    part = None if keys is _ALONE else said.get(keys.part)
    if part:
        ap = "am" if part in ("morning", "dawn") else "pm"
    shown = texts.get(keys.t) or texts.get(keys.h) or ""
    minute = said.get(keys.m, 0) + said.get(keys.mm, 0)
    if keys.t in said:
        hour, minute = divmod(said[keys.t], 100)
    elif keys.h in said:
        hour = said[keys.h]
    else:
        return None
    shift = said.get("plus", 0) + said.get("past", 0) - said.get("to", 0) - said.get("minus", 0)
    exact = (
        hour > 12 or hour == 0 or (ap is None and shown.startswith("0") and len(shown) > 1) or bool(said.get("exact"))
    )
    if shift:
        total = (hour % 12 if hour == 12 and not exact else hour) * 60 + minute + shift
        if total < 0:
            total += 12 * 60
        hour, minute = divmod(total, 60)
        hour = hour or 12
    if hour == 24:
        hour, exact = 0, True
    return ClockTime(hour, minute, ap, exact) if hour < 24 and minute < 60 else None
