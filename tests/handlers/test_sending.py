"""Sending a text: what follows from a provider's answer, and which texts are not sent."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.base import Later, Permanent, Unknown
from bot.channels.twilio import SMS
from handlers.jobs.worker import run_due
from handlers.messaging.sending import TEXT_LIFETIME, OutboundText, masked, queue
from handlers.tables import messages
from scheduling.people import chat_opt_outs
from scheduling.storage.tables import jobs
from tests.handlers.line import Line, address, telegram
from tests.scheduling.kit import ANA, OURS, TANYA, minutes

LINK = "Pay: http://127.0.0.1:8000/p/AbCdEfGhIjKlMnOpQrStUv by 6 PM"


def send(line: Line, words: str = "hello", who: str = TANYA, **more: Any) -> bool:
    fields = {name: more.pop(name) for name in ("visit", "revision", "card") if name in more}
    text = OutboundText(address(who), "help", words, **fields)
    correlation = more.pop("correlation", None)
    return line.run(lambda work: queue(work, text, **more), correlation)


def last(line: Line) -> Any:
    return line.record.rows(messages)[-1]


def job(line: Line) -> Any:
    return line.record.rows(jobs)[-1]


def test_a_text_goes_out_once_and_leaves_its_row(any_line: Line) -> None:
    line = any_line
    send(line, correlation="c-1")
    line.work()
    line.work()
    assert line.sms.to(TANYA) == ["hello"]
    row = last(line)
    assert (row.status, row.provider_id, row.about, row.correlation, row.segments) == (
        "sent", "sms-1", "help", "c-1", 1,
    )  # fmt: skip
    assert (job(line).state, job(line).attempts) == ("done", 1)


def test_the_texts_of_a_chat_go_out_in_their_order(line: Line) -> None:
    for words in ("one", "two", "three"):
        send(line, words)
    line.sms.answers = [Later("busy", retry_after=7)]
    line.work()
    assert line.sms.sent == []
    line.wait(7 / 60)
    line.work()
    assert line.sms.to(TANYA) == ["one", "two", "three"]


def test_what_is_refused_for_good_is_not_tried_again(line: Line) -> None:
    line.sms.answers = [Permanent("21211", "no such number")]
    send(line)
    line.work()
    line.wait(600)
    line.work()
    assert line.sms.sent == []
    assert (last(line).status, last(line).error) == ("failed", "21211")
    assert job(line).state == "dead"
    with line.record.db.read() as tx:
        assert not chat_opt_outs.opted_out(tx, "sms", TANYA, OURS)


def test_who_blocked_us_gets_no_more_texts(any_line: Line) -> None:
    line = any_line
    line.sms.answers = [Permanent("21610", "blocked", opted_out=True)]
    send(line)
    line.work()
    assert last(line).status == "blocked"
    assert not send(line, "more")
    assert send(line, "to somebody else", ANA)
    line.work()
    assert [each.address.theirs for each in line.sms.sent] == [ANA]


def test_later_means_when_the_provider_says(line: Line) -> None:
    line.sms.answers = [Later("slow down", retry_after=42)]
    send(line)
    line.work()
    assert (job(line).due - line.now).total_seconds() == 42
    assert line.record.rows(messages) == []
    line.wait(41 / 60)
    line.work()
    assert line.sms.sent == []
    line.wait(1 / 60)
    line.work()
    assert line.sms.to(TANYA) == ["hello"]
    assert last(line).attempts == 2
    assert line.sms.asked == []  # the provider refused it clearly, so there is nothing to look up


def test_an_answer_that_was_lost_is_looked_for_before_it_is_sent_again(any_line: Line) -> None:
    line = any_line
    line.sms.answers = [Unknown("time-out")]
    send(line)
    line.work()
    line.wait(1)
    line.work()
    assert line.sms.asked == [job(line).created_at]
    assert line.sms.to(TANYA) == ["hello"]


def test_what_the_provider_has_is_not_sent_again(line: Line) -> None:
    send(line)
    line.sms.answers = [Unknown("time-out")]
    line.sms.has = ["hello"]
    line.work()
    line.wait(1)
    line.work()
    assert line.sms.sent == []
    assert (last(line).status, last(line).provider_id, job(line).state) == ("sent", "found", "done")


def test_a_provider_that_cannot_be_asked_is_asked_again(line: Line) -> None:
    send(line)
    line.sms.answers = [Unknown("time-out"), Unknown("time-out")]
    line.work()
    line.wait(1)
    line.work()
    line.wait(1)
    line.work()
    assert len(line.sms.asked) == 2
    assert line.sms.to(TANYA) == ["hello"]


def test_given_up_when_no_try_comes_in_time_any_more_it_can_be_seen(line: Line) -> None:
    send(line, until=line.now + minutes(60))
    line.sms.answers = [Later("down")] * 20
    for _ in range(7):
        line.wait(10)
        line.work()
    assert (job(line).state, job(line).error) == ("dead", "later: down")
    assert (last(line).status, last(line).error, last(line).attempts) == ("failed", "later: down", job(line).attempts)
    assert line.sms.sent == []


def test_a_chat_that_stopped_in_between_gets_nothing(line: Line) -> None:
    send(line)
    with line.record.db.begin() as tx:
        chat_opt_outs.opt_out(tx, "sms", TANYA, OURS, now=line.now, how="text")
    line.work()
    assert line.sms.sent == []
    assert (last(line).status, last(line).error, job(line).state) == ("dropped", "opted out", "dropped")


def test_what_is_no_longer_true_is_not_said(line: Line) -> None:
    visit = line.record.asked()
    send(line, "your request is open", visit=visit.id, revision=visit.revision, key="told")
    line.record.give_up(visit)
    line.work()
    assert "your request is open" not in line.sms.to(TANYA)
    dropped = [row for row in line.record.rows(messages) if row.status == "dropped"]
    assert "no longer true" in {row.error for row in dropped}


def test_what_is_still_true_is_said(line: Line) -> None:
    visit = line.record.asked()
    send(line, "your request is open", visit=visit.id, revision=visit.revision)
    line.work()
    assert "your request is open" in line.sms.to(TANYA)


def test_a_text_that_is_too_late_is_dropped(line: Line) -> None:
    send(line, until=line.now + minutes(10))
    send(line, "whenever")
    line.wait(10.1)
    line.work()
    assert line.sms.to(TANYA) == ["whenever"]
    assert [row.error for row in line.record.rows(messages) if row.status == "dropped"] == ["too late"]


def test_an_answer_is_stale_after_six_hours(line: Line) -> None:
    send(line)
    assert job(line).until == line.now + TEXT_LIFETIME == line.now + timedelta(hours=6)


def test_the_provider_is_told_how_long_it_may_try(line: Line) -> None:
    send(line, until=line.now + minutes(10))
    send(line, "short", until=line.now + minutes(0.5))
    line.work()
    assert [each.valid_for for each in line.sms.sent] == [600, 60]
    assert line.sms.sent[0].status_url == "http://127.0.0.1:8000/webhooks/status"


def test_links_are_masked_where_texts_are_kept_and_whole_where_they_are_sent(line: Line) -> None:
    send(line, LINK)
    line.work()
    assert line.sms.to(TANYA) == [LINK]
    assert last(line).body == "Pay: http://127.0.0.1:8000/p/... by 6 PM"
    assert not re.search(r"/[pj]/[A-Za-z0-9_-]{22}", str(line.record.rows(messages)))


@pytest.mark.parametrize("words", ["no link", "/p/short", "/x/AbCdEfGhIjKlMnOpQrStUv"])
def test_what_is_not_our_link_is_not_masked(words: str) -> None:
    assert masked(words) == words


def test_a_key_is_queued_once(line: Line) -> None:
    assert send(line, key="told:1")
    assert not send(line, "again", key="told:1")
    line.work()
    assert line.sms.to(TANYA) == ["hello"]


def test_segments_are_counted_as_they_are_sent(line: Line) -> None:
    send(line, "x" * 161)
    send(line, "á" * 160, ANA)  # folded to GSM-7 letters: one segment
    line.work()
    assert [row.segments for row in line.record.rows(messages)] == [2, 1]


def test_a_channel_that_is_not_set_up_is_said_to_operators(line: Line) -> None:
    text = OutboundText(telegram("77"), "help", "hello")
    line.run(lambda work: queue(work, text))
    run_due(replace(line.deps, channels={SMS: line.sms}))
    assert (last(line).status, last(line).error) == ("dropped", "no channel telegram")
