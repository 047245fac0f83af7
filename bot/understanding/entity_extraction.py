"""Entity extraction: runs the rules of a language over the tokens of a text."""

from typing import Any

from bot.understanding.entities import ClockTime, Entity, EntityKind
from bot.understanding.lexicon import Lexicon, Rule
from bot.understanding.tokenizer import Token

_DATE_KEYS = (
    "w mod plus dom dom2 mon mon2 year x y sep days week weekof weekend weekdays months month nth edge aheadn aheadunit"
    " weeks day rest nextyear shift every holiday later follows"
)
DAY_KEYS = frozenset(_DATE_KEYS.split())
_DATE_KINDS = (EntityKind.DAY, EntityKind.DATES, EntityKind.NUMERIC, EntityKind.PART)


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


def _build_entity(lexicon: Lexicon, rule: Rule, match: Any, tokens: list[Token], row: str) -> Entity | None:
    said: dict[str, Any] = dict(rule.given)
    texts: dict[str, str] = {}
    for key, index in match.re.groupindex.items():
        at = match.start(index)
        if at >= 0:
            name = key.split("__")[0]
            value = lexicon.value(rule.compiled.named[key], tokens[at], row[at])
            if value is not None:
                said[name], texts[name] = value, tokens[at].word
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
        entity.day, entity.data = {"w": said["w"], "mod": "this"}, {"to": {"w": said["w2"]}}
        return entity
    if kind in _DATE_KINDS:
        entity.day = {k: v for k, v in said.items() if k in DAY_KEYS}
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


def _with_clock_times(entity: Entity, said: dict[str, Any], texts: dict[str, str]) -> Entity | None:
    if entity.kind == EntityKind.CLOCK:
        entity.clock = _clock_time(said, texts, "")
        entity.part = said.get("part")
    else:
        entity.clock = _clock_time(said, texts, "1")
        entity.clock2 = _clock_time(said, texts, "2")
        if entity.clock2 is None:
            return None
    entity.data = {k: said[k] for k in ("midnight", "days") if k in said}
    if entity.clock == ClockTime(12) and entity.part == "night":
        entity.data["midnight"] = True
    if "days" in said:
        entity.day = {"days": said["days"]}
    return entity if entity.clock else None


def _clock_time(said: dict[str, Any], texts: dict[str, str], n: str) -> ClockTime | None:
    ap = said.get("ap" + n)
    ap = None if ap == "any" else ap
    if n and said.get("part" + n):
        ap = "am" if said["part" + n] in ("morning", "dawn") else "pm"
    shown = texts.get("t" + n) or texts.get("h" + n) or ""
    minute = (said.get("m" + n) or 0) + (said.get("mm" + n) or 0)
    if said.get("t" + n) is not None:
        hour, minute = divmod(said["t" + n], 100)
    elif said.get("h" + n) is not None:
        hour = said["h" + n]
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
