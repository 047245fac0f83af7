"""Twelve officers who all answer at once, and two hundred requests in ten minutes.

`make proof` runs it in full, on both databases; the tests run it with fewer requests.
"""

import os
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from bot import sms
from handlers.staff.briefing import MAX_PUSHES_PER_WINDOW, PUSH_WINDOW
from handlers.tables import cards, inbound
from scheduling.people import people, person_addresses
from scheduling.policy.ids import ResidentId
from scheduling.policy.visit_state import UNDECIDED, State
from scheduling.policy.vocabulary import AddressSource, PersonKind
from scheduling.storage.database import Tx, insert
from scheduling.storage.tables import jobs, relations, residents, terminals, visit_events, visits
from scheduling.visits.search import Wish
from tests.handlers.line import Line, open_line
from tests.scheduling.kit import MOLINA, REED, SATURDAY, Record, at_once

REQUESTS = int(os.environ.get("VISITLINE_REQUESTS", "8"))
ROUNDS = 10
OFFICERS = [REED, MOLINA, *(f"+155501092{n:02}" for n in range(10))]
DECIDED = {"approve", "approve_paid", "deny"}


def staffed(record: Record) -> list[tuple[Wish, datetime]]:
    """Ten more officers, five terminals, and enough families, each with a different request."""
    with record.db.begin() as tx:
        for n, phone in enumerate(OFFICERS[2:]):
            made = people.add(tx, record.facility, PersonKind.STAFF, f"Officer N{n}", role="approver")
            person_addresses.link(tx, made, "sms", phone, AddressSource.FILE)
        for n in range(5):
            insert(tx, terminals, facility_id=record.facility, name=f"B-9{n}", unit="B")
    days = [SATURDAY + timedelta(days=day) for day in (0, 1, 7, 8)]
    evenings = [SATURDAY + timedelta(days=day, hours=4) for day in (-3, -1, 2, 4, 6)]
    starts = [day + timedelta(minutes=45 * n) for day in days + evenings for n in range(4)]
    with record.db.begin() as tx:
        return [(_family(record, tx, n), starts[n % len(starts)]) for n in range(REQUESTS)]


def _family(record: Record, tx: Tx, n: int) -> Wish:
    fields: dict[str, Any] = {"number": f"7{n:04}", "name": f"Resident {n}", "unit": "B"}
    resident = ResidentId(insert(tx, residents, facility_id=record.facility, **fields))
    family = people.add(tx, record.facility, PersonKind.VISITOR, f"Family {n}")
    person_addresses.link(tx, family, "sms", f"+1555019{family:04}", AddressSource.FILE)
    tx.execute(sa.insert(relations).values(person_id=family, resident_id=resident, relation="friend"))
    return record.wish_in(tx, family, resident)


def answer_to(text: str, items: int) -> str | None:
    """What an officer replies: no to every fifth request, yes to the others."""
    listed, card = re.search(r"\b(\d{3}) OK ALL", text), re.search(r"\b(\d{3}) OK\b", text)
    if listed:
        each = [f"{n} no b" if n % 5 == 0 else f"{n} ok" for n in range(1, items + 1)]
        return f"{listed[1]} {', '.join(each)}"
    if card and "Decide by" in text:
        return f"{card[1]} ok"
    return "list" if "more waiting" in text or ("still open" in text and "None" not in text) else None


def items_of(line: Line, text: str, phone: str) -> int:
    code = re.search(r"\b(\d{3}) OK ALL", text)
    if code is None:
        return 0
    with line.record.db.read() as tx:
        mine = (cards.c.code == int(code[1])) & (cards.c.theirs == phone) & cards.c.visit_id.is_(None)
        return len(tx.execute(sa.select(cards.c["items"]).where(mine)).scalar_one())


def everybody_answers(line: Line, read: dict[str, int]) -> int:
    """All officers answer at the same moment, each the newest unread text with a request."""
    said = []
    for phone in OFFICERS:
        texts = line.sms.to(phone)
        unread, read[phone] = texts[read[phone] :], len(texts)
        answers = [answer_to(text, items_of(line, text, phone)) for text in unread]
        said += [(phone, words) for words in answers[::-1] if words][:1]
    for phone, words in said:
        line.receive(phone, words)
    if not said:
        return 0
    failed = [
        each for each in at_once(*[partial(line.handle, phone) for phone, _ in said]) if isinstance(each, Exception)
    ]
    assert failed == []
    return len(said)


def works(line: Line) -> None:
    """Run what is due on two workers until nothing is."""
    while any(at_once(line.work, line.work)):
        pass


def rush(record: Record) -> Line:
    line, wishes = open_line(record), staffed(record)
    read = dict.fromkeys(OFFICERS, 0)
    for n in range(ROUNDS):
        some = wishes[n::ROUNDS]
        with ThreadPoolExecutor(4) as families:
            list(families.map(lambda each: record.ask_at(each[1], each[0]), some))
        works(line)
        everybody_answers(line, read)
        works(line)
        record.set_clock(record.now + timedelta(seconds=60))
        works(line)
    for _ in range(40):  # three officers ask for the requests that are left
        if not open_requests(record):
            break
        for phone in OFFICERS[:3]:
            line.receive(phone, "list")
            line.handle(phone)
        works(line)
        everybody_answers(line, read)
        works(line)
        record.set_clock(record.now + timedelta(seconds=60))
        works(line)
    return line


def open_requests(record: Record) -> int:
    return sum(row.state in UNDECIDED for row in record.rows(visits))


def holds(line: Line) -> None:
    record = line.record
    decided = Counter(row.visit_id for row in record.rows(visit_events) if row.move in DECIDED)
    assert len(decided) == REQUESTS
    assert set(decided.values()) == {1}, "each request is decided exactly once"
    assert {row.state for row in record.rows(visits)} <= {State.APPROVED, State.DENIED}
    heard = Counter(row.theirs for row in record.rows(inbound))
    for phone in OFFICERS:
        mine = [row for row in record.rows(jobs) if row.kind == "send" and str(row.lane).endswith(f":{phone}")]
        pushed = sorted(row.due for row in mine if str(row.key).startswith("push:"))
        for first, at in enumerate(pushed):
            in_window = [each for each in pushed[first:] if each < at + PUSH_WINDOW]
            assert len(in_window) <= MAX_PUSHES_PER_WINDOW, phone
        assert len(mine) - len(pushed) <= 2 * heard[phone], "everything else replies to a text of theirs"
        assert all(sms.segments(sms.fold(text)) <= 2 for text in line.sms.to(phone))


def test_each_is_decided_once_and_nobody_is_flooded(record: Record) -> None:
    holds(rush(record))
