"""What the page of calls shows: each call as a card, and the questions before a call is ended or a visit decided."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import render_template, request, url_for

from bot.texts import LANGUAGES, say
from handlers.calls import supervision
from handlers.calls.call_list import CallView, Desk
from handlers.calls.supervision import ActionResult
from webhooks.http.language import other_language

_REFERENCE = re.compile("[A-Z0-9]{4}")


class DoubtVerdict(StrEnum):
    """What an officer decides about a visit in doubt: that it took place, or that the family is refunded."""

    TOOK_PLACE = "took_place"
    GIVE_BACK = "give_back"


@dataclass(frozen=True, slots=True)
class OpenedCalls:
    """The page that an officer opened: the officer, the language, and the token of its link."""

    desk: Desk
    language: str
    token: str

    def say(self, key: str, **facts: object) -> str:
        """A text of ours in the language of the page."""
        return say(key, self.language, **facts)

    def address(self, endpoint: str, **parts: Any) -> str:
        """An address under this link, in the language that was chosen on the page."""
        if (chosen := request.args.get("lang")) in LANGUAGES:
            parts["lang"] = chosen
        return url_for(f".{endpoint}", token=self.token, **parts)


@dataclass(frozen=True, slots=True)
class CallCard:
    """One call as its card says it. `tags` are (tone, words); `actions` maps what the officer can do to its address."""

    ref: str
    who: str
    where: str
    when: str
    tags: list[tuple[str, str]]
    lines: list[str]
    actions: dict[str, str]
    admit: str
    words: str


def page(opened: OpenedCalls, views: list[CallView]) -> str:
    """The page, or with `?part` only its list of calls."""
    labels = ("notice", "notice_button", "reason", "choose", "end", "took_place", "give_back", "watch")
    return render_template(
        "calls/list.html" if "part" in request.args else "calls/page.html",
        **frame(opened),
        title=opened.say("live.title"),
        calls=[_card(opened, view) for view in views],
        nothing=opened.say("live.none"),
        done=_done(opened),
        stale=opened.say("live.stale"),
        part_url=opened.address("calls_page", part=1),
        longest=supervision.MAX_NOTICE_CHARACTERS,
        labels={name: opened.say(f"live.{name}") for name in labels},
        reasons=[(each, opened.say(f"live.reason.{each}")) for each in supervision.REASONS],
    )


def frame(opened: OpenedCalls) -> dict[str, Any]:
    """The values that every page of the link needs."""
    other = other_language(opened.language)
    return {
        "language": opened.language,
        "other": other,
        "other_words": say("page.language", opened.language),
        "facility": opened.desk.facility.name,
    }


def _done(opened: OpenedCalls) -> str | None:
    """The outcome of the button that was pressed: only our own sentences about a reference, whatever the address says."""
    done, ref = request.args.get("done", ""), request.args.get("ref", "")
    return opened.say(f"live.done.{done}", ref=ref) if done in set(ActionResult) and _REFERENCE.fullmatch(ref) else None


def confirm_end(opened: OpenedCalls, view: CallView, reason: str) -> str:
    """Ask whether the officer is sure to end the call. Nothing has happened yet."""
    why = opened.say(f"live.reason.{reason}")
    ask = opened.say("live.sure", ref=view.ref, resident=view.resident, why=why)
    return _confirm(opened, ask, "live.end", "live.sure_button", opened.address("end", ref=view.ref), "reason", reason)


def confirm_verdict(opened: OpenedCalls, view: CallView, verdict: DoubtVerdict) -> str:
    """Ask whether the officer is sure of a verdict, which moves money. What the family said is repeated."""
    said = opened.say("live.said_no") if view.said_no else None
    ask = opened.say(
        f"live.sure_{verdict}", ref=view.ref, visitor=view.visitor, said=said, count=view.minutes_connected
    )
    action = opened.address("decide", ref=view.ref)
    return _confirm(opened, ask, f"live.{verdict}", f"live.{verdict}", action, "verdict", verdict)


def _confirm(opened: OpenedCalls, ask: str, title: str, button: str, action: str, what: str, value: str) -> str:
    return render_template(
        "calls/sure.html",
        **frame(opened) | {"other": None},
        title=opened.say(title),
        ask=ask,
        button=opened.say(button),
        action=action,
        what=what,
        value=value,
        back=opened.say("live.back"),
        back_url=opened.address("calls_page"),
    )


def _card(opened: OpenedCalls, view: CallView) -> CallCard:
    can = {"admit": view.admitted is None, "notice": True, "end": True}
    if view.doubt:
        can = {"decide": True}
    if view.own:
        can = {}
    actions = {name: opened.address(name, ref=view.ref) for name, yes in can.items() if yes}
    if view.watchable:
        actions["watch"] = opened.address("watch_page", ref=view.ref)
    return CallCard(
        ref=view.ref,
        who=opened.say("live.who", visitor=view.visitor, name=view.resident, number=view.number),
        where=opened.say("live.where", ref=view.ref, terminal=view.terminal, unit=view.unit),
        when=_when(opened, view),
        tags=_tags(opened, view),
        lines=_lines(opened, view),
        actions=actions,
        admit=opened.say("live.admit", resident=view.resident),
        words=view.notice or "",
    )


def _when(opened: OpenedCalls, view: CallView) -> str:
    if view.doubt:
        return opened.say("live.was", start=view.starts, end=view.ends)
    if view.begun:
        return opened.say("live.left", end=view.ends, count=view.minutes_left)
    return opened.say("live.begins", start=view.starts, count=view.minutes_left)


def _tags(opened: OpenedCalls, view: CallView) -> list[tuple[str, str]]:
    """The condition of a call at a glance. No colour says anything that the words do not."""
    if view.doubt:
        found = [("wait", "doubt"), *([("bad", "said_no")] if view.said_no else [])]
    else:
        connected = ("ok", "connected") if view.connected else ("bad" if view.begun else "", "not_connected")
        screen = ("", "screen_on") if view.screen_on else ("bad", "screen_off")
        found = [connected, screen, *([("wait", "watched")] if view.watched else [])]
    found += [("", "legal")] if view.legal else []
    found += [("wait", "own")] if view.own else []
    found += [("bad", "trouble")] if view.trouble_at is not None and not view.doubt else []
    waits = view.asked and not view.doubt
    asks = [("bad", opened.say("live.asks", terminal=view.terminal))] if waits else []
    said = {"at": view.trouble_at}
    return [*asks, *((tone, opened.say(f"live.{key}", **said)) for tone, key in found)]


def _lines(opened: OpenedCalls, view: CallView) -> list[str]:
    let_in = opened.say("live.not_let_in" if view.admitted is None else f"live.let_in.{view.admitted}")
    phone, screen = opened.say(f"live.phone.{view.phone}"), opened.say(f"live.screen.{view.screen}")
    lines = [let_in, opened.say("live.says", phone_says=phone, screen_says=screen)]
    if view.doubt:
        return [opened.say("live.minutes", count=view.minutes_connected), *lines]
    here = [opened.say("live.phones", count=view.phones)]
    here += [opened.say("live.resident_in")] if view.kiosk_in else []
    notice = [opened.say("live.notice_now", said=view.notice)] if view.notice else []
    return [", ".join(here), *lines, *notice]
