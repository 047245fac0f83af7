"""Delivery reports: each is applied once, in any order. A person who blocked us gets no more texts."""

from datetime import timedelta

from bot.channels.telegram_updates import TELEGRAM
from bot.channels.twilio import SMS
from bot.messages import Address, DeliveryStatus, ProviderId, Receipt
from handlers.messaging import delivery_receipts
from handlers.tables import receipts as table
from scheduling.people import chat_opt_outs
from tests.handlers.line import BOT, Line
from tests.scheduling.kit import OURS, TANYA


def word(line: Line, status: str, provider_id: str = "sms-1") -> bool:
    receipt = Receipt(SMS, ProviderId(provider_id), DeliveryStatus(status), at=line.now)
    return delivery_receipts.apply(line.deps, receipt, correlation="c")


def test_each_word_is_kept_once_whatever_their_order(any_line: Line) -> None:
    line = any_line
    line.says(TANYA, "help")
    assert word(line, "delivered")
    assert word(line, "sent")
    assert not word(line, "delivered")
    assert [row.status for row in line.record.rows(table)] == ["delivered", "sent"]


def test_a_report_about_a_text_that_is_not_recorded_yet_is_stored(line: Line) -> None:
    """A report can arrive before the job of the text is settled."""
    assert word(line, "delivered", "sms-unheard-of")
    assert len(line.record.rows(table)) == 1


def test_a_report_without_a_time_gets_ours(line: Line) -> None:
    delivery_receipts.apply(line.deps, Receipt(SMS, ProviderId("sms-1"), DeliveryStatus.SENT), correlation="c")
    assert line.record.rows(table)[0].at == line.now


def test_a_chat_that_blocked_us_gets_no_more_texts(line: Line) -> None:
    line.says(TANYA, "help")
    line.wait(timedelta(minutes=1).total_seconds() / 60)
    word(line, "blocked")
    with line.record.db.read() as tx:
        assert chat_opt_outs.opted_out(tx, "sms", TANYA, OURS)


def test_telegram_names_the_chat_that_blocked_us(line: Line) -> None:
    chat = Address(TELEGRAM, "77", BOT)
    receipt = Receipt(TELEGRAM, ProviderId("chat:77"), DeliveryStatus.BLOCKED, at=line.now, address=chat)
    assert delivery_receipts.apply(line.deps, receipt, correlation="c")
    with line.record.db.read() as tx:
        assert chat_opt_outs.opted_out(tx, "telegram", "77", BOT)


def test_failed_is_not_blocked(line: Line) -> None:
    line.says(TANYA, "help")
    word(line, "failed")
    with line.record.db.read() as tx:
        assert not chat_opt_outs.opted_out(tx, "sms", TANYA, OURS)
