"""Entity selection: which entities count, and what a bare number or "6-8" beside a day means."""

from dataclasses import replace
from datetime import date
from functools import lru_cache

from bot.understanding.date_resolution import resolve_dates
from bot.understanding.entities import ClockTime, Entity, EntityKind
from bot.understanding.time_mentions import EncodedText


def select_entities(
    entities: list[Entity], text: EncodedText, today: date, lone: bool, last_day: date | None = None
) -> list[Entity]:
    """Drop the weak entities (a bare number, "6 to 8") that stand neither beside a day or clock time nor alone.

    A number that would be a date after `last_day` is no date.
    """
    strong = [i for i in entities if not i.weak and i.kind.is_time]
    kept: list[Entity] = []
    for n, entity in enumerate(entities):
        if entity.kind in (EntityKind.NONE, EntityKind.LENGTH, EntityKind.ZONE):
            continue
        if entity.data.get("soft") and any(s.day for s in strong if s is not entity):
            continue
        chained = kept and kept[-1].weak and kept[-1].clock and entity.start - kept[-1].end <= 2
        listed = chained and text.only(kept[-1].end, entity.start, "filler", "or")
        if (
            entity.weak
            and not listed
            and not _is_beside_strong(entity, entities, n, text)
            and not _is_clause(entity, text, strong=bool(strong))
            and (strong or not (_is_whole_text(entity, text, lone) or (lone and _is_list(entities, text))))
        ):
            continue
        previous = kept[-1] if kept and kept[-1].day and entity.start - kept[-1].end <= 1 else None
        kept.append(
            _read_bare_number(entity, previous, today, last_day)
            if entity.kind == EntityKind.BARE
            else _read_dashed_numbers(entity, previous, today, last_day)
        )
    return kept


def _is_whole_text(entity: Entity, text: EncodedText, lone: bool) -> bool:
    first, last = text.core
    return entity.start <= first and last <= entity.end and (lone or entity.kind != EntityKind.BARE)


def _is_list(entities: list[Entity], text: EncodedText) -> bool:
    """Whether a text is nothing but bare numbers: "2 or 3"."""
    first, last = text.core
    ends = [first, *(each.end for each in entities)]
    starts = [*(each.start for each in entities), last]
    return all(each.kind == EntityKind.BARE for each in entities) and all(
        text.only(low, high, "filler", "or") for low, high in zip(ends, starts, strict=True)
    )


def _is_clause(entity: Entity, text: EncodedText, *, strong: bool) -> bool:
    """Whether digits that are a clock time stand alone between two pauses: "3 doesnt work, 530?"."""
    if not strong or entity.kind != EntityKind.CLOCK:
        return False
    begins = entity.start == 0 or text.between(entity.start - 1, entity.start, "stop")
    return begins and (entity.end >= len(text.row) or text.between(entity.end, entity.end + 1, "stop"))


def _is_beside_strong(entity: Entity, entities: list[Entity], n: int, text: EncodedText) -> bool:
    for other in (entities[n - 1] if n else None, entities[n + 1] if n + 1 < len(entities) else None):
        if (
            other is None
            or other.kind in (EntityKind.NONE, EntityKind.LENGTH, EntityKind.ZONE, EntityKind.OPENED)
            or (other.weak and other.kind == EntityKind.BARE)
        ):
            if other is not None and other.kind == EntityKind.BARE and _is_contrast(entity, other, entities, n, text):
                return True
            continue
        low, high = (other.end, entity.start) if other.start < entity.start else (entity.end, other.start)
        near = high - low <= 4 and text.only(low, high, "filler", "or")
        if near and (entity.kind != EntityKind.BARE or other.day or other.part or other.kind == EntityKind.OPEN):
            return True
        if near and entity.kind == EntityKind.BARE and other.clock is not None and text.between(low, high, "or"):
            return True
        given_up = text.between(low, high, "instead") and text.only(low, high, "filler", "instead")
        if given_up and high - low <= 4 and other.clock is not None:  # "3 instead of 1:45"
            return True
    return False


def _read_bare_number(entity: Entity, day: Entity | None, today: date, last_day: date | None) -> Entity:
    """A number right after a day: "Tuesday 19" is a date, "friday 3" a clock time, unless the 3rd is a Friday."""
    n = entity.data["n"]
    clock = replace(entity, clock=ClockTime(n, 0, None, n > 12)) if n < 24 else entity
    date_entity = replace(entity, day={"dom": n})
    date_entity.kind, clock.kind = EntityKind.DAY, EntityKind.CLOCK
    if n > 24:
        return date_entity
    weekday = None if day is None or "dom" in day.day or "x" in day.day else day.day.get("w")
    if weekday is not None and (n > 12 or _falls_on_weekday_soon(weekday, n, today, last_day)):
        return date_entity
    return clock


def _is_contrast(entity: Entity, other: Entity, entities: list[Entity], n: int, text: EncodedText) -> bool:
    """ "2 but not 3 on friday", "330 instead of 3": two numbers of which one is ruled out or given up are both times."""
    low, high = (other.end, entity.start) if other.start < entity.start else (entity.end, other.start)
    if high - low > 4:
        return False
    if text.between(low, high, "instead") and text.only(low, high, "filler", "instead"):
        return EntityKind.CLOCK in (entity.kind, other.kind) or text.between(0, low, "ask")
    ruled_out = text.between(low, high, "not") and text.only(low, high, "filler", "or", "but", "not")
    beyond = n + 2
    return ruled_out and other.start > entity.start and beyond < len(entities) and bool(entities[beyond].day)


@lru_cache(maxsize=1024)
def _falls_on_weekday_soon(weekday: int, dom: int, today: date, last_day: date | None) -> bool:
    """Whether this day of the month falls on this weekday within a month from today, and can be booked."""
    days = resolve_dates({"w": weekday, "dom": dom}, today)
    if days is None or days.start.weekday() != weekday:
        return False
    return (days.start - today).days <= 31 and (last_day is None or days.start <= last_day)


def _read_dashed_numbers(entity: Entity, day: Entity | None, today: date, last_day: date | None) -> Entity:
    """ "friday 6-8" is a range of hours, unless June 8 (or August 6) is a Friday."""
    if entity.kind != EntityKind.NUMERIC or entity.day.get("sep") != "-" or day is None or "w" not in day.day:
        return entity
    days = resolve_dates({**entity.day, "w": day.day["w"]}, today)
    if days is not None and days.start.weekday() == day.day["w"] and (last_day is None or days.start <= last_day):
        return entity
    first, last = entity.day["x"], entity.day["y"]
    if first > 23 or last > 23:
        return entity
    clocks = (ClockTime(first, exact=first > 12), ClockTime(last, exact=last > 12))
    return replace(entity, kind=EntityKind.CLOCKS, day={}, clock=clocks[0], clock2=clocks[1])
