"""`visitline understand`: JSON lines in, JSON lines out, in order, each flushed; a playground on a terminal."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO
from zoneinfo import ZoneInfo

from bot.languages import LANGUAGES
from bot.understanding.meaning import KnownPerson, Meaning, Offer, TextContext, Window
from bot.understanding.pipeline import understand, warm_up


def main(argv: Sequence[str], clock: Callable[[], datetime] | None = None) -> int:
    """The command: one answer a line. Returns 0.

    With a `clock` (naive local time), a terminal and no arguments it is a playground that explains what it understands.
    """
    parser = argparse.ArgumentParser(prog="visitline understand", description=__doc__)
    parser.add_argument("--tz", default="UTC", help="zone for `now` with an offset (default UTC)")
    parser.add_argument("--no-dateparser", action="store_true", help="leave the dateparser fallback out")
    options = parser.parse_args(list(argv))
    if clock is not None and not argv and sys.stdin.isatty():
        return playground(sys.stdin, sys.stdout, clock)
    for stream in (sys.stdin, sys.stdout):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    warm_up()
    return answer_lines(sys.stdin, sys.stdout, ZoneInfo(options.tz), not options.no_dateparser)


def answer_lines(lines: TextIO, out: TextIO, zone: ZoneInfo, fallback: bool = True) -> int:
    """Answer every line, in order, flushing each. An unusable line gets {"id": null, "error": ...}."""
    for line in iter(lines.readline, ""):
        if line.strip():
            out.write(json.dumps(answer_line(line, zone, fallback), ensure_ascii=False) + "\n")
            out.flush()
    return 0


@dataclass(frozen=True)
class _Line:
    """One line of the input. `id` is handed back as it came."""

    id: object
    text: str
    now: datetime
    lang: str | None
    context: TextContext


def answer_line(line: str, zone: ZoneInfo, fallback: bool = True) -> dict[str, object]:
    """The answer to one line."""
    try:
        asked = _read_line(line, zone)
        lang = asked.lang
        languages = LANGUAGES if lang is None or lang in LANGUAGES else (lang, *LANGUAGES)
        meaning = understand(
            asked.text, now=asked.now, languages=languages, lang=lang, context=asked.context, fallback=fallback
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return {"id": None, "error": f"{type(error).__name__}: {error}"}
    return {"id": asked.id, **meaning_as_json(meaning)}


def _read_line(line: str, zone: ZoneInfo) -> _Line:
    """The line, read from JSON. Raises ValueError, KeyError, TypeError or AttributeError for an unusable one."""
    asked = json.loads(line)
    if not isinstance(asked, dict) or not isinstance(asked.get("text"), str):
        raise TypeError("a line is an object with a text")
    lang, said = asked.get("lang"), asked.get("context") or {}

    def offers(key: str) -> tuple[Offer, ...]:
        return tuple(
            Offer(_local(o["start"], zone), _local(o["end"], zone) if o.get("end") else None)
            for o in said.get(key) or ()
        )

    people = tuple(KnownPerson(p["name"], p.get("number"), p.get("relation")) for p in said.get("people") or ())
    return _Line(
        id=asked.get("id"),
        text=asked["text"],
        now=_moment(str(asked["now"]), zone),
        lang=lang if isinstance(lang, str) else None,
        context=TextContext(said.get("asked"), offers("offered"), offers("visiting_hours"), people),
    )


def _moment(written: str, zone: ZoneInfo) -> datetime:
    at = datetime.fromisoformat(written)
    return at if at.tzinfo is None else at.astimezone(zone)


def _local(written: str, zone: ZoneInfo) -> datetime:
    return _moment(written, zone).replace(tzinfo=None)


def meaning_as_json(meaning: Meaning) -> dict[str, object]:
    """A meaning as plain data, datetimes as local ISO text to the minute."""
    return {
        "intent": meaning.intent,
        "act": meaning.act,
        "intent_score": meaning.intent_score,
        "windows": [_window(w) for w in meaning.windows],
        "duration_min": meaning.duration_min,
        "residents": [{"name": p.name, "number": p.number} for p in meaning.residents],
        "visitors": [{"name": p.name} for p in meaning.visitors],
        "party": meaning.party,
        "reference": meaning.reference,
        "choice": meaning.choice,
        "lang": meaning.lang,
        "needs": list(meaning.needs),
    }


def _window(window: Window) -> dict[str, object]:
    return {
        "start": _iso(window.start),
        "end": _iso(window.end),
        "grain": window.grain,
        "open": window.open,
        "rank": window.rank,
        "role": window.role,
        "text": list(window.text),
        "assumed": list(window.assumed),
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="minutes")


def playground(lines: TextIO, out: TextIO, clock: Callable[[], datetime]) -> int:
    """Read a sentence, show what was understood and which rule said so, until the end of input."""
    out.write("Type what a family would text; an empty line ends.\n")
    for line in iter(lines.readline, ""):
        if not line.strip():
            break
        meaning = understand(line.rstrip("\n"), now=clock())
        out.write(json.dumps(meaning_as_json(meaning), ensure_ascii=False, indent=1) + "\n")
        out.writelines(f"  because of: {said}\n" for said in filter(None, meaning.why))
        out.writelines(f"  read from: {line[window.text[0] : window.text[1]]!r}\n" for window in meaning.windows)
        out.flush()
    return 0
