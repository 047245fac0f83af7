"""Pushes new requests to officers, as a card or a list, and limits how many texts an officer gets."""

import logging
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.messages import Address
from bot.texts import say
from handlers.deps import Deps
from handlers.messaging import text_facts
from handlers.messaging.sending import OutboundText, queue
from handlers.staff import answer_codes, cards, request_lists
from handlers.staff.answer_codes import Card
from handlers.tables import inbound
from handlers.work import Work
from scheduling import queries
from scheduling.facilities import store
from scheduling.people import people, person_addresses
from scheduling.people.people import Person
from scheduling.policy.deadlines import cutoff, next_staff_time
from scheduling.policy.ids import PersonId
from scheduling.policy.job_payloads import BriefJob, JobKind
from scheduling.policy.json_values import from_plain
from scheduling.policy.visit_state import UNDECIDED
from scheduling.policy.vocabulary import JobState, StaffRole
from scheduling.queries import VisitDetails
from scheduling.storage import outbox
from scheduling.storage.database import Tx
from scheduling.storage.outbox import Job, Priority
from scheduling.storage.tables import jobs
from scheduling.visits.visit import Visit

GATHER_INTERVAL = timedelta(seconds=5)
PUSH_WINDOW = timedelta(minutes=10)
MAX_PUSHES_PER_WINDOW = 10
"""At most this many texts are pushed to one officer in PUSH_WINDOW. Replies to the officer's own texts do not count."""
MAX_NOTICES_PER_WINDOW = 5
"""At most this many of them may be notices that need no answer; the others are reserved for requests."""
MAX_UNDECIDED_SMS = 3

log = logging.getLogger(__name__)


def send_cards(work: Work, details: VisitDetails) -> None:
    """Brief everybody who may decide a request. Does nothing when it is decided."""
    if details.visit.state not in UNDECIDED:
        return
    officers = cards.who_decides(work, details)
    if not officers:
        log.error(
            "nobody can be asked about visit %s: staff are opted out, or it is their own", details.visit.reference
        )
    brief_all(work, officers)


def run_brief(work: Work, job: Job) -> None:
    """The job of a briefing that had to wait."""
    wanted = job.read(BriefJob)
    officer = people.get(work.tx, wanted.person)
    if officer.active:
        brief(work, officer, quiet=wanted.quiet)


def brief_all(work: Work, officers: list[Person]) -> None:
    """Brief these officers, except those whose briefing is queued already.

    The order is always the same, so that there is no deadlock: each is locked while their texts are counted.
    """
    soon = (jobs.c.kind == JobKind.BRIEF) & (jobs.c.state == JobState.QUEUED) & (jobs.c.due > work.now)
    payloads = work.tx.execute(sa.select(jobs.c.payload).where(soon)).scalars()
    coming: list[BriefJob] = [from_plain(BriefJob, payload) for payload in payloads]
    waits = {each.person for each in coming if not each.quiet}
    for officer in sorted(officers, key=lambda each: each.id):
        if officer.id not in waits:
            brief(work, officer)


def brief(work: Work, officer: Person, *, quiet: bool = False) -> None:
    """Send an officer the requests that they have not been shown yet: one as a card, several as a list under one code.

    By SMS an officer holds at most MAX_UNDECIDED_SMS undecided cards and lists. Beyond that they are told once how many
    more wait (not when `quiet`), and are briefed again later: colleagues may have decided some by then.
    """
    address, now = cards.address_of(work, officer), work.now
    if address is None:
        return
    answer_codes.lock_officer(work.tx, officer.id)
    recent = _recent_pushes(work.tx, officer.id, address, now)
    wait = max([now, *(at + GATHER_INTERVAL for at in recent[:1])])
    if len(recent) >= MAX_PUSHES_PER_WINDOW - 1:  # a list may be two texts
        wait = max(wait, recent[MAX_PUSHES_PER_WINDOW - 2] + PUSH_WINDOW)
    if wait > now:
        _schedule_brief(work.tx, officer.id, wait, now=now, correlation=work.correlation)
        return
    waiting = unseen(work, officer)
    if not waiting:
        return
    if (
        not work.deps.capabilities(address.channel).edits
        and _count_unread(work.tx, officer.id, now) >= MAX_UNDECIDED_SMS
    ):
        if not quiet:
            _send_waiting_count(work, officer, address, len(waiting))
        _schedule_brief(work.tx, officer.id, now + PUSH_WINDOW, now=now, correlation=work.correlation, quiet=True)
    elif len(waiting) == 1:
        again = waiting[0].asked_count > 1
        cards.send_card(
            work, queries.details(work.tx, waiting[0]), officer, push_prefix=push_key_prefix(officer), again=again
        )
    else:
        _send_list(work, officer, address, waiting)


def _schedule_brief(
    tx: Tx, person_id: PersonId, when: datetime, *, now: datetime, correlation: str | None, quiet: bool = False
) -> None:
    outbox.enqueue(
        tx, JobKind.BRIEF, BriefJob(person_id, quiet), now=now, due=when,
        key=f"{JobKind.BRIEF}:{person_id}:{quiet:d}:{when.timestamp()}", priority=Priority.ANSWER, correlation=correlation,
    )  # fmt: skip


def push_key_prefix(officer: Person) -> str:
    """The prefix of the outbox keys of all texts that are pushed to an officer. They are counted by it."""
    return f"push:{officer.id}:"


def _recent_pushes(tx: Tx, person_id: PersonId, address: Address, now: datetime) -> list[datetime]:
    """When texts were pushed to this officer in the last PUSH_WINDOW, the newest first."""
    mine = (jobs.c.lane == address.lane) & jobs.c.key.startswith(f"push:{person_id}:")
    query = sa.select(jobs.c.due).where(mine & (jobs.c.due > now - PUSH_WINDOW)).order_by(jobs.c.due.desc())
    return list(tx.execute(query).scalars())


def unseen(work: Work, officer: Person) -> list[Visit]:
    """The requests that this officer may decide now and has not been shown, oldest first."""
    now, facility = work.now, store.rules(work.tx, officer.facility_id)
    shown = answer_codes.shown_requests(work.tx, officer.id, now=now)
    opens = next_staff_time(now, facility)
    deciders: dict[str, set[PersonId]] = {}
    own, found = person_addresses.sharing_phone(work.tx, officer.id), []
    for visit in queries.undecided(work.tx, officer.facility_id, officer.units):
        asleep = now < opens < cutoff(visit.first_start)
        if asleep or visit.visitor_id in own or (visit.id, visit.revision, visit.asked_count) in shown:
            continue
        unit = people.resident(work.tx, visit.resident_id).unit
        if unit not in deciders:
            deciders[unit] = {who.id for who in people.deciders(work.tx, officer.facility_id, unit)}
        if _is_for(work, officer, visit, deciders[unit]):
            found.append(visit)
    return found


def _is_for(work: Work, officer: Person, visit: Visit, deciders: set[PersonId]) -> bool:
    if officer.id in deciders:
        return True
    if officer.role != StaffRole.SUPERVISOR:
        return False
    return officer.id in {who.id for who in cards.who_decides(work, queries.details(work.tx, visit))}


def _count_unread(tx: Tx, person_id: PersonId, now: datetime) -> int:
    """The number of cards and lists with an undecided request that no newer one of the officer shows, too."""
    newer: set[tuple[int, int]] = set()
    count = 0
    for held in answer_codes.open_with_requests(tx, person_id, now=now):
        about = answer_codes.requests_of(held)
        count += not newer.issuperset(about)
        newer |= set(about)
    return count


def _send_list(work: Work, officer: Person, address: Address, waiting: list[Visit]) -> None:
    lang = text_facts.known(officer.language, store.rules(work.tx, officer.facility_id))
    shown = request_lists.make_list(work, officer, address, waiting, lang, new=True)
    for part, words in enumerate(shown.texts):
        text = OutboundText(address, "staff_new", words, officer=officer.id)
        key = f"{push_key_prefix(officer)}list:{shown.listing.id}:{part}"
        queue(work, text, key=key)


def _send_waiting_count(work: Work, officer: Person, address: Address, count: int) -> None:
    """Tell the officer how many requests wait. At most once in PUSH_WINDOW, unless the officer has texted since."""
    now, begins = work.now, f"{push_key_prefix(officer)}more:"
    told = sa.select(sa.func.max(jobs.c.created_at)).where(
        (jobs.c.lane == address.lane) & jobs.c.key.startswith(begins)
    )
    last = work.tx.execute(told).scalar()
    if last is not None and last > now - PUSH_WINDOW and not _wrote_since(work.tx, address, last):
        return
    lang = text_facts.known(officer.language, store.rules(work.tx, officer.facility_id))
    text = OutboundText(address, "staff_more", say("staff_more", lang, count=count), officer=officer.id)
    queue(work, text, key=f"{begins}{now.timestamp()}")


def _wrote_since(tx: Tx, address: Address, moment: datetime) -> bool:
    here = (inbound.c.channel == address.channel) & (inbound.c.theirs == address.theirs)
    mine = here & (inbound.c.ours == address.ours) & (inbound.c.received_at > moment)
    return tx.execute(sa.select(inbound.c.id).where(mine).limit(1)).first() is not None


def push_notice(
    work: Work,
    officer: Person,
    text: OutboundText,
    key: str,
    *,
    priority: Priority,
    capped: bool = True,
) -> bool:
    """Push a text that needs no answer. False when it is not queued.

    With `capped` it is not queued once MAX_NOTICES_PER_WINDOW texts were pushed: the others are reserved for requests.
    """
    answer_codes.lock_officer(work.tx, officer.id)
    if capped and len(_recent_pushes(work.tx, officer.id, text.address, work.now)) >= MAX_NOTICES_PER_WINDOW:
        return False
    return queue(work, text, priority=priority, key=f"{push_key_prefix(officer)}{key}")


def held_without_edits(deps: Deps, card: Card, now: datetime) -> bool:
    """Whether this card is fresh and in a channel that cannot edit it."""
    return not deps.capabilities(card.address.channel).edits and answer_codes.is_fresh(card, now)
