"""The first visit with a Twilio emulator by other authors: npm emulate signs and posts texts, and stores what we send."""

import pytest

from bot.channels.twilio import TwilioSms
from handlers import tables
from tests.cast import TANYA, Member
from tests.contracts.conftest import Opened
from tests.contracts.standing import Standing
from tests.contracts.visiting import approved
from tests.emulators.emulate import EmulateTwilio


class ByEmulate:
    """Phones of npm emulate."""

    def __init__(self, app_server: Standing, far: EmulateTwilio) -> None:
        self.app_server, self.far = app_server, far
        far.answer_at(f"{app_server.url}/webhooks/twilio/messages")
        app_server.join([TwilioSms(far.account_sid, far.auth_token, app_server.url, far.url)])

    def says(self, who: Member, words: str) -> None:
        self.far.text(who.phone, words)
        self.app_server.settle()

    def heard(self, who: Member) -> list[str]:
        return self.far.heard_by(who.phone)


@pytest.fixture
def line(opened: Opened, twilio_emulate: EmulateTwilio) -> ByEmulate:
    return ByEmulate(opened(('phone = "+15551234567"', f'phone = "{twilio_emulate.ours}"')), twilio_emulate)


def test_the_first_visit_and_the_receipts_of_its_texts(line: ByEmulate) -> None:
    path = approved(line)
    app_server = line.app_server
    card_page = app_server.web.post(app_server.url + path).headers["location"]
    app_server.web.post(f"{card_page}/pay")
    app_server.settle()
    assert line.heard(TANYA)[-1].startswith("Paid and booked: Marcus, Sat Nov 28, 1:45 PM Central, 30 min.")
    assert [said for _, said in app_server.outcomes("twilio")].count("handled") == 3

    sent = app_server.rows(tables.messages)
    assert {row["status"] for row in sent} == {"sent"}
    assert [(row["provider_id"], "queued") for row in sent] == app_server.receipts()
    last = sent[-1]["provider_id"]
    line.far.tell_status(last, "delivered")
    line.far.tell_status(last, "delivered")
    assert app_server.receipts()[-1] == (last, "delivered")
    assert app_server.outcomes("twilio")[-2:] == [(200, "delivered"), (200, "repeated")]


def test_another_accounts_signature_opens_nothing(line: ByEmulate) -> None:
    app_server = line.app_server
    app_server.join([TwilioSms(line.far.account_sid, "another-token", app_server.url, line.far.url)])
    line.says(TANYA, "visits")
    assert app_server.outcomes("twilio") == [(403, "forged")]
    assert app_server.rows(tables.inbound) == []
    assert line.heard(TANYA) == []
