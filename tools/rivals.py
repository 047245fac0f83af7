"""Other programs that read times, speaking the same lines as `visitline understand`, to be measured beside it.

    python tools/rivals.py dateparser|recognizers|ctparse|parsedatetime [--there]

Runs in an environment of its own (`make accuracy RIVALS=1` builds it); `--there` only says whether the program is.
"""

import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

Span = tuple[datetime | None, datetime | None]


def dateparser() -> Callable[[str, datetime, str], Span | None]:
    search = import_module("dateparser.search").search_dates

    def read(text: str, now: datetime, lang: str) -> Span | None:
        found = search(text, languages=[lang], settings={"RELATIVE_BASE": now, "PREFER_DATES_FROM": "future"})
        return _whole_day(found[0][1].replace(tzinfo=None), now) if found else None

    return read


def parsedatetime() -> Callable[[str, datetime, str], Span | None]:
    module = import_module("parsedatetime")
    calendar = module.Calendar(version=module.VERSION_CONTEXT_STYLE)

    def read(text: str, now: datetime, _lang: str) -> Span | None:
        found = calendar.nlp(text, sourceTime=now)
        return _whole_day(found[0][0], now) if found else None

    return read


def ctparse() -> Callable[[str, datetime, str], Span | None]:
    parse = import_module("ctparse").ctparse

    def read(text: str, now: datetime, _lang: str) -> Span | None:
        found = parse(text, ts=now, timeout=1)
        if found is None or found.resolution is None or not hasattr(found.resolution, "start"):
            return None
        first, last = found.resolution.start, found.resolution.end
        end = last.dt if last is not None else None
        dated = last is not None and getattr(last, "isDate", False)
        return first.dt if first is not None else None, end + timedelta(days=1) if dated and end else end

    return read


def recognizers() -> Callable[[str, datetime, str], Span | None]:
    module = import_module("recognizers_date_time")
    culture = import_module("recognizers_text").Culture

    def read(text: str, now: datetime, lang: str) -> Span | None:
        names = {"en": culture.English, "es": culture.Spanish}
        found = module.recognize_datetime(text, names.get(lang, culture.English), reference=now)
        values = [v for f in found if f.resolution for v in f.resolution.get("values") or ()]
        spans = [span for span in map(_resolved, values) if span is not None]
        coming = [s for s in spans if (s[1] or s[0] or now) >= now]
        return next(iter(coming or spans), None)

    return read


def _resolved(value: dict[str, str]) -> Span | None:
    try:
        if value.get("type") in ("duration", "set"):
            return None
        if "value" in value:
            at = datetime.fromisoformat(value["value"])
            return at, at + timedelta(days=1) if value["type"] == "date" else None
        ends = [datetime.fromisoformat(value[k]) if k in value else None for k in ("start", "end")]
    except (ValueError, KeyError, TypeError):
        return None
    return ends[0], ends[1]


def _whole_day(at: datetime, now: datetime) -> Span:
    """A moment with the clock of `now`, or of midnight, was only a day."""
    if (at.hour, at.minute) in ((0, 0), (now.hour, now.minute)):
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        return day, day + timedelta(days=1)
    return at.replace(second=0, microsecond=0), None


PROGRAMS = {"dateparser": dateparser, "recognizers": recognizers, "ctparse": ctparse, "parsedatetime": parsedatetime}


def main(name: str, only_there: bool) -> int:
    """Answer lines until they end. Returns 1 when the program is not installed."""
    try:
        read = PROGRAMS[name]()
    except ImportError:
        return 1
    for line in () if only_there else sys.stdin:
        asked: dict[str, Any] = json.loads(line)
        span = None
        try:
            span = read(asked["text"], datetime.fromisoformat(asked["now"]), asked["lang"])
        except Exception as error:  # noqa: BLE001 - a rival that fails on a line has no answer to it
            sys.stderr.write(f"{name}: {type(error).__name__}\n")
        windows = [{"start": _iso(span[0]), "end": _iso(span[1])}] if span else []
        sys.stdout.write(json.dumps({"id": asked["id"], "windows": windows}) + "\n")
        sys.stdout.flush()
    return 0


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.replace(tzinfo=None).isoformat(timespec="minutes")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--there" in sys.argv))
