"""A family cannot connect, or wants its link again: the link, what we can see of the call, and staff hear of it."""

import re
from datetime import timedelta

from handlers.dialogues.family import small_questions, visit_summary
from handlers.dialogues.family.menu import MOST_TOLD, RECENT, visits
from handlers.dialogues.turn import Say, Step, Turn
from handlers.staff import alerts
from scheduling import call_status, queries
from scheduling.call_status import CallStatus
from scheduling.calls import call_record
from scheduling.policy.visit_state import PAYABLE, STANDING
from scheduling.policy.vocabulary import LinkPurpose
from scheduling.visits.visit import Visit

TROUBLE_AGAIN = timedelta(minutes=10)
"""How often staff hear that the family of one visit cannot connect."""
_ASKS_LINK = re.compile(
    r"\W*(?:please |por favor )?(?:(?:re)?send|lost|m[aá]nd\w+|env[ií]\w+|perd[ií])?"
    r"(?: (?:me|us|my|the|a|new|el|un|mi|nuevo))*\W*(?:link|enlace)(?: (?:again|please|otra vez|de nuevo|por favor))*\W*",
    re.IGNORECASE,
)
"""Nothing is wrong: they only want the link once more."""


def connect(turn: Turn) -> Step:
    """ "Send me the link", "can't connect": the link of what comes first, once more, and those of all that is to be paid.

    While that may be joined, also what is to be seen of its call, and staff hear of it.
    """
    mine = visit_summary.mine(turn)
    coming = [visit for visit in mine if visit.state in STANDING][:1]
    coming += [visit for visit in mine if visit.state in PAYABLE and visit not in coming]
    if not any(_is_due(turn, visit) for visit in coming) and not _ASKS_LINK.fullmatch(turn.text):
        last = queries.latest_of(turn.tx, turn.speaker_ids)
        if last is not None and last.ended_at is not None and last.ended_at > turn.now - RECENT:
            return small_questions.complain(turn)
    if not coming:
        return visits(turn)
    return turn.stay(*(_linked(turn, visit) for visit in coming[:MOST_TOLD]))


def _is_due(turn: Turn, visit: Visit) -> bool:
    """Whether its call may be joined now."""
    return visit.state in STANDING and visit.starts - turn.facility.join_early <= turn.now < visit.ends


def _linked(turn: Turn, visit: Visit) -> Say:
    if not _is_due(turn, visit):
        return visit_summary.told(turn, visit)
    seen, values = call_status.of(turn.tx, visit, now=turn.now), visit_summary.facts_of(turn, visit)
    before = seen.call.trouble_told_at
    complains = not _ASKS_LINK.fullmatch(turn.text)
    if complains:
        call_record.set_once(turn.tx, visit, "complained_at", now=turn.now)
    told = complains and _staff_told(turn, visit, seen)
    again = told and before is not None and turn.now - before < TROUBLE_AGAIN
    words = turn.words("connect_told_at", at=turn.local(before)) if again and before else turn.words("connect_told")
    sees = turn.words(f"connect.{_sees(turn, visit, seen)}", **values)
    values |= {"link": visit_summary.link(turn, visit, LinkPurpose.JOIN), "told": words if told else None}
    return turn.say("cannot_connect", values, visit=visit.id, sees=sees)


def _sees(turn: Turn, visit: Visit, seen: CallStatus) -> str:
    """What of all that is to be seen helps the family most: their own phone first, then the other side."""
    phone, screen = call_status.phone_status(seen, turn.now), call_status.screen_status(seen, turn.now)
    if phone == "left":
        return "was" if seen.seconds else "left"
    if phone not in ("waiting", "connecting", "connected", "trouble"):
        return phone
    if screen in ("unpaired", "off"):
        return "screen_off"
    if turn.now < visit.starts:
        return "early"
    if screen == "asks":
        return "asks"
    if screen in ("idle", "rings", "let_in", "left"):
        return "not_there"
    return "connected" if seen.connected else "trouble"


def _staff_told(turn: Turn, visit: Visit, seen: CallStatus) -> bool:
    """Whether staff on duty hear of it now, or did within ten minutes."""
    last = seen.call.trouble_told_at
    if last is not None and turn.now - last < TROUBLE_AGAIN:
        return True
    pieces = {
        "phone_says": f"live.phone.{call_status.phone_status(seen, turn.now)}",
        "screen_says": f"live.screen.{call_status.screen_status(seen, turn.now)}",
    }
    details = queries.details(turn.tx, visit)
    told = alerts.notify_duty(turn.work, details, "staff_cannot_connect", pieces=pieces)
    if told:
        call_record.update(turn.tx, visit, trouble_told_at=turn.now)
    return told
