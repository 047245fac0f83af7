"""The console's log: all requests in and messages out, and everything that one of them led to. Reads only."""

from datetime import date
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from handlers import adapters
from handlers.deps import Deps
from handlers.operations import health, log_story, logbook
from handlers.operations.health import WaitingText
from handlers.operations.logbook import Cursor, LogEntry, LogFilter, LogSide
from handlers.staff import flags
from webhooks.console import words

PROVIDERS = (*adapters.providers(), "page", "console")
OUTCOMES = (
    ("trouble", "Trouble"),
    ("waiting", "Waiting"),
    ("delivered", "Delivered"),
    ("sent", "Sent"),
    ("undelivered", "Undelivered"),
    ("failed", "Failed"),
    ("blocked", "Blocked"),
    ("dropped", "Dropped"),
    ("handled", "Handled"),
    ("repeated", "Repeated"),
    ("ignored", "Ignored"),
    ("forged", "Forged"),
)


def log(deps: Deps, routes: Blueprint) -> None:
    """The list of entries, and one entry with everything that has its correlation id."""

    @routes.context_processor
    def tools() -> dict[str, object]:
        zone = logbook.zone(deps)
        return {
            "local": lambda moment: words.local(moment, zone),
            "zone": zone,
            "tone": words.tone,
            "age": words.age,
            "spelled": words.spelled,
            "about": words.about,
        }

    @routes.get("/")
    def home() -> ResponseReturnValue:
        return redirect(url_for(".log"))

    @routes.get("/log")
    def log() -> str:
        wanted, before = _wanted(), Cursor.read(request.args.get("before", ""))
        if before is None and request.args.get("before"):
            abort(400)
        entries, further = logbook.entries(deps, wanted, before)
        trouble, newest = health.trouble(deps), "before" not in request.args
        given = {"provider": wanted.provider, "outcome": wanted.outcome, "search": wanted.search}
        kept: dict[str, Any] = {name: value for name, value in given.items() if value}
        return render_template(
            "console/log.html",
            days=_by_day(deps, entries),
            further=further and url_for(".log", before=str(further), **kept),
            newest=newest,
            wanted=wanted,
            providers=PROVIDERS,
            outcomes=OUTCOMES,
            trouble=trouble,
            flags=flags.for_console(deps),
            verdict=words.verdict(trouble),
            waiting=_waiting(deps, wanted) if trouble.waiting and newest else [],
        )

    @routes.get("/log/<any('in', 'out'):side>/<int:entry_id>")
    def entry(side: str, entry_id: int) -> str:
        story = log_story.story(deps, LogSide(side), entry_id) if entry_id <= logbook.MAX_ID else None
        if story is None:
            abort(404)
        return render_template("console/entry.html", story=story, entry=story.entry)


def _waiting(deps: Deps, wanted: LogFilter) -> list[WaitingText]:
    """The texts that wait and match the filter. Their numbers are masked, so a number is searched by its last four digits."""
    if wanted.outcome not in ("", "trouble", "waiting"):
        return []
    found = [each for each in health.waiting(deps) if wanted.provider in ("", adapters.provider_of(each.channel))]
    if not wanted.search:
        return found
    if wanted.search.isdecimal():
        return [each for each in found if each.who.endswith(wanted.search[-4:])]
    return [each for each in found if each.reference == wanted.search.upper()]


def _by_day(deps: Deps, entries: list[LogEntry]) -> list[tuple[date, list[LogEntry]]]:
    zone = logbook.zone(deps)
    return [(day, list(group)) for day, group in groupby(entries, lambda each: words.local(each.at, zone).date())]


def _wanted() -> LogFilter:
    given = {name: request.args.get(name, "").strip() for name in ("provider", "outcome", "search")}
    return LogFilter(given["provider"], given["outcome"], given["search"].lstrip("+")[:40])
