"""Times in a zone that the text names: "2pm eastern", "3 my time, im in california"."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.understanding.entities import Entity, EntityKind
from bot.understanding.meaning import Grain, Window

CONVERTED = "zone"
"""In `Window.assumed` of a window that was converted."""


def in_zone_of_facility(
    windows: tuple[Window, ...], entities: list[Entity], facility: ZoneInfo | None
) -> tuple[Window, ...]:
    """The windows in the facility's wall time, where the text names another zone. Whole days stay as they are."""
    named = next((each.data["zone"] for each in entities if each.kind == EntityKind.ZONE), None)
    if named is None or facility is None:
        return windows
    said = ZoneInfo(named)
    return tuple(
        _converted(each, said, facility) if each.grain in (Grain.TIME, Grain.PART) else each for each in windows
    )


def _converted(window: Window, said: ZoneInfo, facility: ZoneInfo) -> Window:
    def local(at: datetime | None) -> datetime | None:
        return None if at is None else at.replace(tzinfo=said).astimezone(facility).replace(tzinfo=None)

    start, end = local(window.start), local(window.end)
    if (start, end) == (window.start, window.end):
        return window
    return replace(window, start=start, end=end, assumed=(*window.assumed, CONVERTED))
