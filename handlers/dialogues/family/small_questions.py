"""Small questions, each answered from what the line knows or from the facility's `[answers]`; what was open follows."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.understanding import Act
from bot.wording import Money, listed, short_time
from handlers.dialogues.family import open_question, visit_summary
from handlers.dialogues.turn import Say, Step, Turn, kind_of
from handlers.messaging import text_facts
from handlers.staff import flags
from handlers.tables import FlagKind
from scheduling import queries
from scheduling.policy.pricing import price
from scheduling.policy.visit_state import PAYABLE, UNDECIDED
from scheduling.policy.vocabulary import VisitKind
from scheduling.visits import ledger
from scheduling.visits.visit import Visit


def answer(turn: Turn) -> Step:
    """The answer to a small question, and the question that was open."""
    return open_question.after(turn, answer_alone(turn))


def answer_alone(turn: Turn) -> Say:
    """The answer to a small question, from the facility file where that has one; else a person to call."""
    act = turn.meaning.act
    own = turn.facility.answers.get(act.question or "")
    if own is not None and act not in _FIRST:
        return Say("answer", body=own.to(turn.lang))
    known = ANSWERS.get(act)
    found = None if known is None else known(turn)
    if found is not None:
        return found
    return turn.say("ask_a_person") if own is None else Say("answer", body=own.to(turn.lang))


def _price(turn: Turn) -> Say:
    minutes, kind = turn.facility.lengths[0], kind_of(turn.speakers[0])
    cost = Money(price(turn.facility, minutes, kind), turn.facility.currency)
    return turn.say("price_answer", minutes=minutes, price=cost)


def _hours(turn: Turn) -> Say | None:
    seen = [each for person in turn.speakers for each in turn.seen(person)]
    if not seen:
        return None
    named = {person.number for person in turn.meaning.residents}
    resident = next((each for each in seen if each.number in named), seen[0])
    hours = text_facts.hours(turn.facility, resident.unit, kind_of(turn.speakers[0]), turn.lang)
    return turn.say("hours_answer", resident=resident.first_name, hours=hours)


def _length(turn: Turn) -> Say:
    lengths = listed([str(minutes) for minutes in sorted(turn.facility.lengths)], turn.lang)
    return turn.say("question.length", lengths=lengths)


def _people(turn: Turn) -> Say:
    return turn.say("question.people", count=turn.facility.people_per_visit)


def _recorded(turn: Turn) -> Say:
    if kind_of(turn.speakers[0]) is VisitKind.LEGAL:
        return turn.say("question.recorded_legal")
    return turn.say("question.recorded_watched" if turn.facility.watching else "question.recorded")


def _join(turn: Turn) -> Say:
    return turn.say("question.join", within=_duration(turn, turn.facility.join_early))


def _data(turn: Turn) -> Say:
    minutes = turn.facility.lengths[0]
    both_ways = 2 * turn.facility.video_kbps / 8 / 1000 * 60 * minutes
    return turn.say("question.data", minutes=minutes, megabytes=round(both_ways, -1))


def _answer_time(turn: Turn) -> Say:
    asked = [visit for visit in turn.visits if visit.state in UNDECIDED]
    if asked:
        return visit_summary.told(turn, asked[0])
    within = _duration(turn, turn.facility.staff_answer_within)
    hours, today = turn.facility.staff_hours, turn.local(turn.now).date()
    first, last = (short_time(datetime.combine(today, each)) for each in (hours.from_, hours.to))
    return turn.say("question.answer_time", within=within, first=first, last=last)


def _refund_rules(turn: Turn) -> Say:
    return turn.say("question.refund_rules", within=_duration(turn, turn.facility.cancel_with_refund_until))


def _refund(turn: Turn) -> Say:
    """What happened to the money of their last visit."""
    last = _last(turn)
    if last is None:
        return turn.say("question.refund_none")
    if not last.live:
        _flag(turn, [last])
    return turn.say("question.refund", visit_summary.facts_of(turn, last) | {"money": _money(turn, last)})


def complain(turn: Turn) -> Step:
    """Trouble with a visit that is over: staff see it, and what happened to the money is said."""
    return open_question.after(turn, _complaint(turn))


def _complaint(turn: Turn) -> Say:
    """Staff see it under the person's name; a visit that is due or has just ended is named with its money."""
    last = _last(turn)
    _flag(turn, [] if last is None else [last])
    if last is None:
        return turn.say("question.complaint")
    return turn.say("question.complaint_visit", visit_summary.facts_of(turn, last) | {"money": _money(turn, last)})


def _flag(turn: Turn, about: Sequence[Visit]) -> None:
    """A person has to look at what they wrote."""
    flags.raise_flag(
        turn.tx, turn.facility_id, FlagKind.COMPLAINT, turn.address, now=turn.now, said=turn.text, who=turn.speakers,
        visits=about,
    )  # fmt: skip


def _last(turn: Turn) -> Visit | None:
    """The visit that a question about money or a complaint is about: the latest one here."""
    last = queries.latest_of(turn.tx, turn.speaker_ids)
    return last if last is not None and last.facility_id == turn.facility_id else None


def _money(turn: Turn, visit: Visit) -> str:
    """What was paid for a visit and what of it goes back, in a sentence."""
    paid, back = ledger.paid_total(turn.tx, visit.id), queries.refunds_total(turn.tx, visit.id)
    currency = visit.currency
    if not paid:
        return turn.words("question.money_unpaid")
    if back:
        return turn.words("question.money_back", paid=Money(paid, currency), back=Money(back, currency))
    return turn.words("question.money_paid", paid=Money(paid, currency))


def _payday(turn: Turn) -> Say:
    owed = [visit for visit in turn.visits if visit.state in PAYABLE]
    if owed:
        return visit_summary.told(turn, owed[0])
    return turn.say("question.payday", within=_duration(turn, turn.facility.pay_within))


def _share(turn: Turn) -> Say:
    return turn.say("question.share", count=turn.facility.family_devices)


def _just(key: str) -> Callable[[Turn], Say]:
    return lambda turn: turn.say(key)


def _duration(turn: Turn, length: timedelta) -> str:
    """A length of time in whole hours, else in minutes: rounded, it would promise what the rules do not keep."""
    hours, rest = divmod(length, timedelta(hours=1))
    if rest or not hours:
        return turn.words("duration.minutes", count=length // timedelta(minutes=1))
    return turn.words("duration.hour" if hours == 1 else "duration.hours", count=hours)


ANSWERS: dict[Act, Callable[[Turn], Say | None]] = {
    Act.QUESTION_PRICE: _price,
    Act.QUESTION_HOURS: _hours,
    Act.QUESTION_LENGTH: _length,
    Act.QUESTION_PEOPLE: _people,
    Act.QUESTION_RECORDED: _recorded,
    Act.QUESTION_APP: _just("question.app"),
    Act.QUESTION_DEVICE: _just("question.device"),
    Act.QUESTION_JOIN: _join,
    Act.QUESTION_DATA: _data,
    Act.QUESTION_ANSWER_TIME: _answer_time,
    Act.QUESTION_REFUND_RULES: _refund_rules,
    Act.QUESTION_REFUND: _refund,
    Act.QUESTION_CARD: _just("question.card"),
    Act.QUESTION_PAYDAY: _payday,
    Act.QUESTION_WHO_PAYS: _just("question.who_pays"),
    Act.QUESTION_SHARE: _share,
    Act.QUESTION_RECEIPT: _just("question.receipt"),
    Act.QUESTION_NEW_PHONE: _just("question.new_phone"),
    Act.QUESTION_LOCKDOWN: _just("question.lockdown"),
    Act.QUESTION_HEALTH: _just("question.health"),
    Act.QUESTION_COMPLAINT: _complaint,
}
"""How each question is answered. The others are the facility's to answer."""
_FIRST = frozenset({Act.QUESTION_PRICE, Act.QUESTION_HOURS, Act.QUESTION_REFUND, Act.QUESTION_COMPLAINT})
"""These are answered by the line also where the facility file has an answer of that name."""
