"""The visit of a link, with everything that its page says in the reader's language."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request

from bot.texts import Money, say
from handlers.deps import Deps
from handlers.messaging import text_facts
from handlers.payments import visit_receipt
from scheduling import queries
from scheduling.policy.vocabulary import LinkPurpose
from scheduling.queries import Event, VisitDetails
from webhooks.http.language import other_language, reader_language


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens. `facts` fill the texts; `now` is aware; `back` is the money being refunded to a card; `happened` and
    `receipt` are set after the visit."""

    whole: VisitDetails
    history: list[Event]
    language: str
    now: datetime
    facts: dict[str, Any]
    back: Money
    happened: str | None = None
    receipt: list[tuple[str, str]] = field(default_factory=list)

    def say(self, key: str, **more: object) -> str:
        """A text of ours in the reader's language, about this visit."""
        return say(key, self.language, **(self.facts | more))

    def frame(self) -> dict[str, Any]:
        """The values that every page about a visit needs."""
        start: datetime = self.facts["start"]
        return {
            "language": self.language,
            "other": other_language(self.language),
            "other_words": say("page.language", self.language),
            "facility": self.whole.facility.name,
            "visit_with": self.say("page.visit.with"),
            "day": self.say("page.visit.day"),
            "hours": self.say("page.visit.hours"),
            "start": start,
            "your_clock": self.say("page.your_clock"),
            "help": self.say("page.help"),
            "help_number": self.facts["help"],
        }


def open_link(deps: Deps, token: str, purpose: LinkPurpose) -> Opened | None:
    """What the link with this token opens; None when it is unknown, expired or revoked."""
    now = deps.now()
    with deps.db.read() as tx:
        view = queries.by_link(tx, token, purpose, now=now)
        if view is None or view.revoked:
            return None
        whole = view.details
        language = reader_language(text_facts.language(tx, whole))
        history = queries.history(tx, whole.visit.id)
        back = Money(queries.refunds_total(tx, whole.visit.id), whole.visit.currency)
        values = _facts(whole, language, now, purpose)
        happened, lines = visit_receipt.happened(tx, whole, language, values), visit_receipt.lines(tx, whole, language)
    return Opened(whole, history, language, now, values, back, happened, lines)


def _facts(whole: VisitDetails, language: str, now: datetime, purpose: LinkPurpose) -> dict[str, object]:
    found = text_facts.of_visit(whole, language, now)
    found["price"] = Money(whole.due or whole.visit.price, whole.visit.currency)
    if purpose is LinkPurpose.JOIN or not whole.due:  # the booked time, even while another one is requested
        visit, facility = whole.visit, whole.facility
        found |= {"start": text_facts.local(visit.starts, facility), "end": text_facts.local(visit.ends, facility)}
        found["minutes"] = visit.minutes
    return found


def chosen_language() -> dict[str, Any]:
    """The language that the reader chose on the page, as a query parameter for its addresses."""
    chosen = request.args.get("lang")
    return {"lang": chosen} if chosen else {}
