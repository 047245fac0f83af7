"""Reading: a row of tokens -> the days, clocks and other pieces that the rules of a language find in it."""

from dataclasses import dataclass, field
from typing import Any

from bot.understanding.lexicon import Lexicon, Rule
from bot.understanding.tokenizer import Token

_DATE_KEYS = (
    "w mod plus dom dom2 mon mon2 year x y sep days week weekof weekend weekdays months month nth edge aheadn aheadunit"
    " weeks day rest nextyear shift every holiday later follows"
)
DAY_KEYS = frozenset(_DATE_KEYS.split())


@dataclass(frozen=True)
class ClockTime:
    """A clock as said. `ap` is "am", "pm" or None; `exact` when the hour is certain (24-hour style, noon)."""

    hour: int
    minute: int = 0
    ap: str | None = None
    exact: bool = False


@dataclass
class Entity:
    """One piece found: what it is, which tokens it covers, what it says about the day and about the time of day."""

    make: str
    i: int
    j: int
    day: dict[str, Any] = field(default_factory=dict)
    clock: ClockTime | None = None
    clock2: ClockTime | None = None
    part: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    weak: bool = False
    said: str = ""


def extract_entities(lexicon: Lexicon, found: list[Token], row: str) -> list[Entity]:
    """Every piece the rules find, left to right, the first fitting rule at each place."""
    items: list[Entity] = []
    rules = lexicon.rules.at
    i, size = 0, len(row)
    while i < size:
        for rule in rules(row, i):
            match = rule.compiled.regex.match(row, i)
            if match is None or match.end() == i:
                continue
            item = _build(lexicon, rule, match, found, row)
            if item is not None:
                items.append(item)
                i = item.j - 1
                break
        i += 1
    return items


def _build(lexicon: Lexicon, rule: Rule, match: Any, found: list[Token], row: str) -> Entity | None:
    said: dict[str, Any] = dict(rule.given)
    texts: dict[str, str] = {}
    for key, index in match.re.groupindex.items():
        at = match.start(index)
        if at >= 0:
            name = key.split("__")[0]
            value = lexicon.value(rule.compiled.named[key], found[at], row[at])
            if value is not None:
                said[name], texts[name] = value, found[at].word
    if "among" in said and said["to"] not in said.pop("among"):
        return None
    item = Entity(rule.make, match.start(), match.end(), weak=bool(said.pop("weak", False)), said=rule.said)
    if rule.make in ("clock", "clocks"):
        return _clocks(item, said, texts)
    if rule.make == "numeric" and said.get("sep") == "." and texts["y"] in ("00", "15", "30", "45") and said["x"] < 24:
        return _clocks(item, {"h": said["x"], "m": said["y"]}, {"h": texts["x"]})
    item.part = said.pop("part", None)
    if item.part and "mod" in said:
        item.part = _narrowed_part(said.pop("mod"), item.part)
    if rule.make == "weekdays":
        item.day, item.data = {"w": said["w"], "mod": "this"}, {"to": {"w": said["w2"]}}
        return item
    if rule.make in ("day", "dates", "numeric", "part"):
        item.day = {k: v for k, v in said.items() if k in DAY_KEYS}
        if "tens" in said and item.day.get("dom", 99) < 10:
            item.day["dom"] += said["tens"]
        if "times" in said:  # "3 fridays from now"
            item.day["plus"] = said["times"] - 1
    item.data = said
    return _validate_dates(item)


def _narrowed_part(mod: str, part: str) -> str:
    return f"{mod}_{part}"


def _validate_dates(item: Entity) -> Entity | None:
    """A year that is a clock ("July 11 1930") gives its last token back; impossible dates are not dates."""
    day = item.day
    if day.get("dom") is not None and not 1 <= day["dom"] <= 31:
        return None
    year = day.get("year")
    if year is not None and year < 100:
        day["year"] = 2000 + year
    return item


def _clocks(item: Entity, said: dict[str, Any], texts: dict[str, str]) -> Entity | None:
    if item.make == "clock":
        item.clock = _clock(said, texts, "")
        item.part = said.get("part")
    else:
        item.clock = _clock(said, texts, "1")
        item.clock2 = _clock(said, texts, "2")
        if item.clock2 is None:
            return None
    item.data = {k: said[k] for k in ("midnight", "days") if k in said}
    if item.clock == ClockTime(12) and item.part == "night":
        item.data["midnight"] = True
    if "days" in said:
        item.day = {"days": said["days"]}
    return item if item.clock else None


def _clock(said: dict[str, Any], texts: dict[str, str], n: str) -> ClockTime | None:
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
