"""A text is sent once, whatever fails. Its links and invitations are not retained once it is sent or given up."""

import json
import re
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.base import Later, Permanent, Unknown
from handlers.jobs.worker import Worker
from handlers.messaging import sending
from handlers.messaging.sending import OutboundText, masked, queue
from handlers.send_rate import SendRate
from handlers.tables import messages
from scheduling.people import person_addresses
from scheduling.storage.tables import jobs
from tests.handlers.line import Line, address, open_line
from tests.scheduling.kit import REED, TANYA, Record, minutes

LINK = "Pay: http://127.0.0.1:8000/p/AbCdEfGhIjKlMnOpQrStUv by 6 PM"


class Slow(SendRate):
    """A send rate that lets everything pass except the second request."""

    asked = 0

    def wait_for(self, sender: str, weight: int = 1) -> float:
        self.asked += 1
        return 60.0 if self.asked == 2 else 0.0


def send(line: Line, words: str = "hello", who: str = TANYA, about: str = "help", **more: Any) -> None:
    line.run(lambda work: queue(work, OutboundText(address(who), about, words), **more))


def sends(line: Line) -> list[Any]:
    return [row for row in line.record.rows(jobs) if row.kind == "send"]


def test_a_text_that_waits_for_its_pace_stays_unsure(sqlite_record: Record) -> None:
    """The answer was lost, and then the rate was used up. The text is still looked up before it is sent again."""
    line = open_line(sqlite_record, pace=Slow())
    send(line)
    line.sms.answers = [Unknown("time-out")]
    line.sms.has = ["hello"]
    line.work()
    line.wait(1)
    line.work()
    assert [(row.state, row.unsure) for row in sends(line)] == [("queued", True)]
    line.wait(2)
    line.work()
    assert (len(line.sms.asked), line.sms.sent) == (1, [])
    assert [row.state for row in sends(line)] == ["done"]


def test_a_text_that_could_not_be_settled_is_looked_for(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider accepted the text, and then our database failed. It must not be sent twice."""
    settles, failures = sending._close, [sa.exc.OperationalError("", {}, Exception("server closed the connection"))]

    def close(*given: Any, **more: Any) -> None:
        if failures:
            raise failures.pop()
        settles(*given, **more)

    monkeypatch.setattr(sending, "_close", close)
    send(line)
    line.work()
    assert line.sms.to(TANYA) == ["hello"]
    assert [(row.state, row.unsure) for row in sends(line)] == [("queued", True)]
    line.sms.has = ["hello"]
    line.wait(1)
    line.work()
    assert line.sms.to(TANYA) == ["hello"]
    assert [row.status for row in line.record.rows(messages)] == ["sent"]


@pytest.mark.parametrize("end", ["sent", "refused", "too late", "given up", "raised"])
def test_no_link_is_kept_in_a_job_that_is_over(line: Line, end: str) -> None:
    send(line, LINK, until=line.now + minutes(0.05 if end == "raised" else 10))
    answers: dict[str, list[Exception | None]] = {
        "sent": [], "refused": [Permanent("1", "no")], "too late": [], "given up": [Later("no", retry_after=700)],
        "raised": [RuntimeError("no")],
    }  # fmt: skip
    line.sms.answers = answers[end]
    if end == "too late":
        line.wait(11)
    line.work()
    (job,) = sends(line)
    assert job.state == {"sent": "done", "too late": "dropped"}.get(end, "dead")
    assert job.payload["body"] == "Pay: http://127.0.0.1:8000/p/... by 6 PM"
    assert not re.search(r"/[pj]/[A-Za-z0-9_-]{22}", json.dumps(job.payload))


def test_a_text_that_still_waits_keeps_its_link(line: Line) -> None:
    send(line, LINK)
    line.sms.answers = [Later("busy")]
    line.work()
    assert sends(line)[0].payload["body"] == LINK
    line.wait(1)
    line.work()
    assert line.sms.to(TANYA) == [LINK]


def test_an_invitation_is_not_kept_and_works_once_it_is_read(line: Line) -> None:
    (told,) = line.says(REED, "invite Tanya Johnson")
    found = re.search(r"START ([A-Z0-9]{10})\b", told)
    assert found
    code = found[1]
    everything = json.dumps([row.payload for row in sends(line)] + [row.body for row in line.record.rows(messages)])
    assert code not in everything
    assert "START ..." in everything
    with line.record.db.begin() as tx:
        assert person_addresses.redeem(tx, code, "telegram", "77", now=line.now) is not None


def test_only_an_invitation_has_such_codes() -> None:
    assert masked("WAREHOUSES START ABCDEFGHJK", "help") == "WAREHOUSES START ABCDEFGHJK"
    assert masked("For Ana: send START ABCDEFGHJK.", "staff_invited") == "For Ana: send START ...."


def test_a_worker_rests_while_a_text_waits_with_others_behind_it(line: Line) -> None:
    send(line, "one")
    send(line, "two")
    line.sms.answers = [Later("down", retry_after=600)]
    line.work()
    assert Worker(line.deps)._nap() == 1.0
    line.wait(10)
    assert Worker(line.deps)._nap() == 0.05
