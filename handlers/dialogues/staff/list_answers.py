"""What is open, under one code; and the answers to it: "417 1-9 ok, 11 ok, 12 no b", "417 ok all"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from bot.understanding.staff import ItemAnswer, StaffCommand, StaffVerb
from handlers.dialogues.staff.common import actor, officer, own, sees, still_open, undecided, undo_words
from handlers.dialogues.turn import Say, Step, Turn
from handlers.staff import answer_codes, cards, decision_outcomes, request_lists
from handlers.staff.answer_codes import Listing
from scheduling import queries
from scheduling.people import people, person_addresses
from scheduling.policy.denials import DenialReason
from scheduling.policy.errors import Conflict, Refused
from scheduling.policy.visit_state import UNDECIDED
from scheduling.policy.vocabulary import Verdict
from scheduling.visits import decisions, pending_decision
from scheduling.visits.pending_decision import ProposedDecision
from scheduling.visits.visit import Visit, get

ONE_TEXT = 160
_DONE = {Verdict.OK: "approved", Verdict.NO: "denied"}
MAX_QUOTE_CHARS = 40


@dataclass(frozen=True, slots=True)
class Answer:
    """What an officer says of one line. `alone`: by its own number, not in a range or "all"."""

    number: int
    verb: Verdict
    letter: DenialReason | None
    alone: bool


def list_(turn: Turn, _command: StaffCommand) -> Step:
    """What waits for this officer: one as its card, several under one code."""
    mine = person_addresses.sharing_phone(turn.tx, officer(turn).id)
    waiting = [visit for visit in undecided(turn) if visit.visitor_id not in mine]
    if not waiting:
        return turn.stay(turn.say("staff_list_empty"))
    if len(waiting) == 1:
        return turn.stay(_card(turn, waiting[0]))
    shown = request_lists.make_list(turn.work, officer(turn), turn.address, waiting, turn.lang)
    return turn.stay(*[Say("staff_list", body=words) for words in shown.texts])


def _card(turn: Turn, visit: Visit) -> Say:
    """The card of a request as it is now, in this chat."""
    details, me = queries.details(turn.tx, visit), officer(turn)
    card = answer_codes.make_card(turn.tx, me.id, visit, turn.address, now=turn.now)
    words = cards.body(turn.work, details, me, card, turn.lang)
    return Say("card", body=words, buttons=cards.buttons(card, turn.lang), visit=visit.id)


def without_code(turn: Turn, command: StaffCommand) -> Step:
    """ "1-3 ok" without the code of a list decides nothing: say what to send, with the code of the newest list."""
    held = answer_codes.open_with_requests(turn.tx, officer(turn).id, now=turn.now)
    listing = next((each for each in held if isinstance(each, Listing)), None)
    if listing is None:
        return turn.stay(turn.say("list_no_code"))
    return turn.stay(turn.say("list_needs_code", code=listing.code, said=command.note[:MAX_QUOTE_CHARS]))


def answered(turn: Turn, command: StaffCommand, listing: Listing) -> Step:
    """An answer to a list, or a question about one line of it."""
    if not answer_codes.is_fresh(listing, turn.now):
        return turn.stay(turn.say("list_dead", code=listing.code))
    said = _said(command, len(listing.items))
    if said:
        return turn.stay(_carry_out(turn, listing, said))
    asks = command.verb in (StaffVerb.NONE, StaffVerb.TIME, StaffVerb.WHY)
    number = command.note.split()[0] if asks and command.note.split() else ""
    if number.isdigit() and 0 < int(number) <= len(listing.items):
        visit = get(turn.tx, listing.items[int(number) - 1].visit_id)
        if visit.state in UNDECIDED and sees(turn, visit):
            return turn.stay(_card(turn, visit))
    return turn.stay(turn.say("list_how", code=listing.code))


def _said(command: StaffCommand, count: int) -> list[Answer]:
    """Each line that is answered, once; what names a line alone counts before a range or "all"."""
    items = command.items
    if command.verb in (StaffVerb.OK, StaffVerb.NO) and count == 1 and not command.note.strip():
        items = (ItemAnswer(1, 1, command.verb, command.letter),)
    found: dict[int, Answer] = {}
    for first, last, verb, letter in sorted(items, key=lambda item: item[0] == item[1]):
        alone = first == last
        for number in range(first, min(last, max(count, first)) + 1):
            found[number] = Answer(number, Verdict(verb), DenialReason(letter) if letter else None, alone)
    return [found[number] for number in sorted(found)]


def _carry_out(turn: Turn, listing: Listing, said: Sequence[Answer]) -> Say:
    """Decide line by line, in the order of the visits: two lists that cross must not wait for each other."""
    missed: dict[int, str] = {each.number: turn.words("missed.unknown") for each in said if not _on(listing, each)}
    order = sorted((each for each in said if _on(listing, each)), key=lambda each: _visit_id(listing, each))
    done, seconds = dict.fromkeys(_DONE, 0), 0
    for each in order:
        why = _decide(turn, listing, each)
        if why is None:
            done[each.verb] += 1
        elif why:
            missed[each.number] = why
    for decision in decisions.pending_of(turn.tx, officer(turn).id, batch=listing.batch):
        seconds = max(seconds, round((decision.due - turn.now).total_seconds()))
    return _summary(turn, listing, done, missed, seconds)


def _on(listing: Listing, each: Answer) -> bool:
    return each.number <= len(listing.items)


def _visit_id(listing: Listing, each: Answer) -> int:
    return listing.items[each.number - 1].visit_id


def _decide(turn: Turn, listing: Listing, each: Answer) -> str | None:
    """Decide one line: None when it was; else why not, in words, or "" when they have decided it before."""
    item, me = listing.items[each.number - 1], officer(turn)
    visit = get(turn.tx, item.visit_id)
    there = decisions.pending(turn.tx, visit)
    if there is not None and there.person_id == me.id and not each.alone:
        return ""
    if (
        visit.state not in UNDECIDED
        or visit.revision != item.revision
        or (there is not None and there.person_id != me.id)
    ):
        return _why_over(turn, visit, item.revision)
    if each.verb is Verdict.NO and each.letter is None:
        return turn.words("missed.letter")
    if each.verb is Verdict.OK and not each.alone:
        details = queries.details(turn.tx, visit)
        if item.flagged or cards.flagged(turn.tx, details, turn.now):
            return turn.words("missed.flag", flags=cards.flag_words(turn.tx, details, turn.lang, turn.now))
    if own(turn, visit) or not sees(turn, visit):
        return turn.words("missed.not_his")
    will = ProposedDecision(each.verb, each.letter)
    try:
        pending_decision.schedule_decision(
            turn.tx, visit, will, revision=item.revision, actor=actor(turn), now=turn.now, batch=listing.batch
        )
    except Conflict:
        return _why_over(turn, get(turn.tx, visit.id), item.revision)
    except Refused as refused:
        return turn.words(f"why.{refused.codes[0]}")
    return None


def _why_over(turn: Turn, visit: Visit, revision: int) -> str:
    """Who decided it, or what else happened to it."""
    there = decisions.pending(turn.tx, visit)
    if there is not None:
        name = people.get(turn.tx, there.person_id).name
        return turn.words(f"outcome.{decision_outcomes.decided_as(there)}", officer=name)
    if visit.state in UNDECIDED and visit.revision != revision:
        return turn.words("missed.changed")
    return decision_outcomes.outcome(turn.tx, visit, turn.lang)


def _summary(turn: Turn, listing: Listing, done: dict[Verdict, int], missed: dict[int, str], seconds: int) -> Say:
    """One line back: what happened, what was not done and why, how many are left."""
    counted = [turn.words(f"list_done.{_DONE[verb]}", count=count) for verb, count in done.items() if count]
    undo = undo_words(turn, code=listing.code) if seconds and counted else None
    values: dict[str, object] = {"done": ", ".join(counted) or turn.words("list_done.none"), "open": still_open(turn)}
    values |= {"pause": seconds or None, "undo": undo}
    groups = [f"{numbers} ({why})" for numbers, why in _grouped(missed)]
    for kept in range(len(groups), -1, -1):
        more = [turn.words("missed.more", count=len(groups) - kept)] if kept < len(groups) else []
        said = turn.say("list_answered", values, missed=", ".join([*groups[:kept], *more]))
        if request_lists.septets_of(turn.words(said.key, **said.facts)) <= ONE_TEXT:
            break
    return said


def _grouped(missed: dict[int, str]) -> Iterator[tuple[str, str]]:
    """The numbers of one reason together, runs of them as ranges: "3, 5-7"."""
    by_reason: dict[str, list[int]] = {}
    for number, why in sorted(missed.items()):
        by_reason.setdefault(why, []).append(number)
    for why, numbers in by_reason.items():
        runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
        yield ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs), why
