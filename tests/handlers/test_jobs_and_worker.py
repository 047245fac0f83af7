"""Jobs: settled in the same transaction as their work, tried again when they fail, run by any number of workers."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from bot.messages import DeliveryStatus, Outgoing, ProviderId, Sent
from handlers.deps import wall_clock
from handlers.gateways.payments.base import GatewayRefused
from handlers.jobs import worker
from handlers.jobs.registry import JOBS
from handlers.jobs.worker import Worker, run_batch, run_one
from handlers.messaging.sending import OutboundText, queue
from handlers.tables import messages
from handlers.wakeups import Wakeups
from scheduling.policy.visit_state import State
from scheduling.storage import outbox
from scheduling.storage.tables import checkouts, jobs, ledger
from tests.handlers.line import DOWN, Line, address, open_line
from tests.scheduling.kit import ANA, CHICAGO, MONDAY, SATURDAY, TANYA, Record, at_once, minutes
from tests.waiting import eventually

pytestmark = pytest.mark.both_databases


def waiting(line: Line, kind: str) -> list[Any]:
    return [row for row in line.record.rows(jobs) if row.kind == kind]


def put(line: Line, kind: str, payload: dict[str, Any], **more: Any) -> None:
    line.record.run(lambda tx: outbox.enqueue(tx, kind, payload, now=line.now, **more))


def test_every_kind_has_one_way_to_be_done() -> None:
    assert [kind for kind, how in JOBS.items() if (how.in_transaction is None) == (how.with_provider is None)] == []


def test_an_unknown_kind_is_given_up_and_stays_visible(line: Line) -> None:
    put(line, "dance", {})
    line.work()
    assert [(row.state, row.error) for row in waiting(line, "dance")] == [("dead", "unknown kind")]


def test_what_raises_is_tried_again_and_leaves_its_reason_and_owed_money_is_never_given_up(line: Line) -> None:
    for kind in ("tell_unpaid", "settle_money"):
        put(line, kind, {"visit": 4711, "revision": 1, "starts": "2026-11-27T18:00:00+00:00"})
    line.work()
    (row,) = waiting(line, "tell_unpaid")
    assert (row.state, row.error, row.attempts) == ("queued", "LookupError", 1)
    assert row.due > line.now
    for _ in range(12):
        line.wait(31)
        line.work()
    (row,) = waiting(line, "tell_unpaid")
    assert (row.state, row.attempts) == ("dead", 12)
    (row,) = waiting(line, "settle_money")
    assert (row.state, row.attempts) == ("queued", 13)


def test_what_is_too_late_is_dropped(line: Line) -> None:
    visit = line.record.confirmed()
    (reminder,) = waiting(line, "remind_soon")
    assert reminder.until == visit.starts
    line.at(visit.starts + timedelta(seconds=1))
    line.work()
    assert [(row.state, row.error) for row in waiting(line, "remind_soon")] == [("dropped", "too late")]
    assert not [text for text in line.sms.to(TANYA) if "minutes" in text]


def test_a_lost_lease_undoes_the_work(any_line: Line) -> None:
    line = any_line
    line.record.set_clock(line.record.approved().deadline or MONDAY)
    (job,) = line.record.run(lambda tx: outbox.claim(tx, now=line.now, kinds=["expire_payment"]))
    line.wait(1)
    line.record.run(lambda tx: outbox.claim(tx, now=line.now, kinds=["expire_payment"]))
    before = line.record.everything()
    run_one(line.deps, job)
    assert line.record.everything() == before


def test_a_text_about_a_visit_is_queued_only_while_it_is_true(line: Line) -> None:
    approved = line.record.approved()
    line.record.give_up(approved)
    line.work()
    assert line.sms.to(TANYA) == []
    assert {row.state for row in waiting(line, "tell_approved")} == {"done"}


def test_timers_do_what_is_due_and_nothing_twice(line: Line) -> None:
    visit = line.asked()
    while line.record.fresh(visit).state is State.REQUESTED:
        with line.record.db.read() as tx:
            due = outbox.next_due(tx)
        assert due is not None
        line.at(max(due[0], line.now))
        line.work()
    assert line.now == visit.starts - minutes(30)
    assert line.record.fresh(visit).state is State.UNANSWERED
    told = [(row.at.astimezone(CHICAGO).date(), row.about) for row in line.record.rows(messages) if row.theirs == TANYA]
    assert Counter(told).most_common(1)[0][1] == 1  # at most one a day
    assert [about for _, about in told] == ["still_waiting"] * (len(told) - 1) + ["unanswered"]
    line.wait(600)
    line.work()
    assert len(line.sms.to(TANYA)) == len(told)


def test_money_is_given_back_once_with_the_ledgers_key(any_line: Line) -> None:
    line = any_line
    gone = line.record.give_up(line.record.confirmed())
    line.work()
    (back,) = (row for row in line.record.rows(ledger) if row.kind == "refund")
    assert line.bank.refunds == [("pi_1", 270, back.key)]
    assert (back.state, back.provider_id) == ("done", f"re_{back.key}")
    assert line.record.net(gone) == 0


def test_a_bank_that_is_down_is_asked_again_with_the_same_key(line: Line) -> None:
    line.record.give_up(line.record.confirmed())
    line.bank.down = DOWN
    line.work()
    assert [row.state for row in waiting(line, "refund")] == ["queued"]
    line.bank.down = None
    line.wait(1)
    line.work()
    assert len(line.bank.refunds) == 1


def test_a_refund_that_is_refused_is_dead_and_can_be_seen(line: Line) -> None:
    gone = line.record.give_up(line.record.confirmed())
    line.bank.down = GatewayRefused("charge is disputed")
    line.work()
    assert [(row.state, row.error) for row in waiting(line, "refund")] == [("dead", "charge is disputed")]
    assert [row.state for row in line.record.rows(ledger) if row.kind == "refund"] == ["failed"]
    assert line.record.net(gone) == 270


def test_pay_by_closes_the_checkout_at_the_bank(any_line: Line) -> None:
    line = any_line
    visit = line.record.approved()
    checkout = line.record.checkout(visit)
    line.at(visit.deadline or MONDAY)
    line.work()
    assert line.record.fresh(visit).state is State.UNPAID
    assert line.bank.expired == [checkout.provider_id]
    assert [row.state for row in line.record.rows(checkouts)] == ["expired"]


def test_many_workers_do_each_job_once(record: Record) -> None:
    """The threads of two processes on one database send every text once, and those of a chat in order."""
    lines = [open_line(record, now=wall_clock, wakeups=Wakeups()) for _ in range(2)]
    carrier = lines[0].sms
    for line in lines:
        line.deps.channels["sms"] = carrier  # type: ignore[index]
    record.set_clock(wall_clock())
    for number in range(6):
        for who in (TANYA, ANA):
            text = OutboundText(address(who), "help", f"text {number}")
            lines[0].run(lambda work, text=text: queue(work, text))  # type: ignore[misc]
    workers = [Worker(line.deps, threads=2) for line in lines]
    for each in workers:
        each.start()
    eventually(lambda: len(carrier.sent) >= 12)
    for each in workers:
        each.stop()
    assert carrier.to(TANYA) == carrier.to(ANA) == [f"text {number}" for number in range(6)]
    assert len(record.rows(messages)) == 12


def test_a_worker_stops_without_waiting_for_its_next_poll(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "IDLE_SECONDS", 600.0)
    working = Worker(line.deps, threads=2)
    working.start()
    working.stop()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("worker-")]


def test_a_job_that_enqueues_itself_is_noticed(line: Line) -> None:
    for number in range(30):
        put(line, "dance", {"number": number})
    with pytest.raises(RuntimeError, match="enqueues itself"):
        worker.run_due(line.deps, limit=20)


def test_two_workers_on_one_visit_settle_it_once(record: Record) -> None:
    line = open_line(record)
    visit = record.confirmed()
    record.screen_on(visit)
    record.set_clock(SATURDAY + minutes(30))
    outcomes = at_once(line.work, line.work)
    assert not [each for each in outcomes if isinstance(each, Exception)]
    line.work()
    assert record.fresh(visit).state is State.VISITOR_NO_SHOW
    assert [event.move for event in record.events(visit)].count("no_show") == 1


def test_a_visit_ends_however_late_the_clock_of_its_move_is(line: Line) -> None:
    visit = line.record.ask_move_to(line.record.confirmed())
    line.work()
    line.record.screen_on(visit)
    line.at(visit.ends)  # no worker ran until now; then the job that ends the visit runs first
    batch = line.record.run(lambda tx: outbox.claim(tx, now=line.now))
    for job in sorted(batch, key=lambda job: job.kind != "finish"):
        run_one(line.deps, job)
    line.work()
    assert line.record.fresh(visit).state is State.VISITOR_NO_SHOW
    assert line.record.held(visit) == set()
    assert line.sms.to(TANYA)[-1].startswith("We did not see you join")


def test_an_unsure_text_begins_with_time_for_two_calls_of_its_provider(line: Line) -> None:
    """Such a text is looked up before it is sent. The texts before it in its batch were slow."""
    left: list[timedelta] = []

    def slowly(outgoing: Outgoing) -> Sent:
        (mine,) = (row for row in waiting(line, "send") if row.payload["body"] == outgoing.text)
        left.append(mine.lease_until - line.now)
        line.wait(9.5 / 60)
        return Sent(ProviderId(f"SM{len(left)}"), DeliveryStatus.QUEUED)

    line.sms.send = slowly  # type: ignore[method-assign]
    for who in (TANYA, ANA, "+15550100005"):
        text = OutboundText(address(who), "help", f"for {who}")
        line.run(lambda work, text=text: queue(work, text))  # type: ignore[misc]
    run_batch(line.deps, line.record.run(lambda tx: outbox.claim(tx, now=line.now)))
    assert len(left) == 3
    assert min(left) > timedelta(seconds=24)
