"""Trouble at Telegram: rate limits, a block, a lost answer, a forged update, and an update that is posted twice."""

import sqlalchemy as sa

from handlers import tables
from scheduling.storage.tables import jobs
from tests.cast import TANYA
from tests.contracts.chats import SECRET, TANYA_THERE, Chats
from tests.emulators.telegram_emulator import SECRET_HEADER


def unsettled(chats: Chats) -> list[sa.RowMapping]:
    return chats.app_server.rows(jobs, jobs.c.kind == "send", jobs.c.state.in_(("queued", "leased")))


def sends(chats: Chats) -> int:
    return len([method for method, _ in chats.far.calls if method == "sendMessage"])


def linked(chats: Chats) -> None:
    chats.by_webhook()
    chats.shares(TANYA_THERE, TANYA.phone)


def test_told_to_slow_down_it_waits_as_long_as_asked(chats: Chats) -> None:
    linked(chats)
    before = len(chats.heard(TANYA_THERE))
    chats.far.slow_down(40)
    chats.says(TANYA_THERE, "visits")
    (waiting,) = unsettled(chats)
    assert 35 < (waiting["due"] - chats.app_server.clock()).total_seconds() <= 40
    chats.app_server.clock.pass_by(seconds=30)
    chats.app_server.settle()
    assert len(chats.heard(TANYA_THERE)) == before
    chats.app_server.clock.pass_by(seconds=11)
    chats.app_server.settle()
    assert len(chats.heard(TANYA_THERE)) == before + 1
    assert unsettled(chats) == []


def test_who_blocks_the_bot_gets_nothing_more_until_they_write_again(chats: Chats) -> None:
    linked(chats)
    before = len(chats.heard(TANYA_THERE))
    chats.far.text(TANYA_THERE, "visits")
    chats.far.block(TANYA_THERE)
    chats.app_server.settle()
    assert len(chats.heard(TANYA_THERE)) == before
    assert chats.app_server.rows(tables.messages)[-1]["status"] == "blocked"
    tried = sends(chats)
    chats.app_server.clock.pass_by(days=1)
    chats.app_server.settle()
    assert sends(chats) == tried
    chats.far.start(TANYA_THERE)
    chats.app_server.settle()
    assert len(chats.heard(TANYA_THERE)) == before + 1


def test_after_a_lost_answer_rather_twice_than_never(chats: Chats) -> None:
    linked(chats)
    chats.far.lose_answer()
    chats.says(TANYA_THERE, "visits")
    assert len(unsettled(chats)) == 1
    chats.app_server.clock.pass_by(seconds=6)
    chats.app_server.settle()
    assert unsettled(chats) == []
    last = chats.heard(TANYA_THERE)
    assert last[-1] == last[-2]
    assert len(chats.app_server.rows(tables.messages, tables.messages.c.about == "visits_none")) == 1


def test_an_update_without_the_secret_is_forged(chats: Chats) -> None:
    chats.by_webhook(secret="guessed")
    assert chats.says(TANYA_THERE, "visits") == 403
    address = f"{chats.app_server.url}/webhooks/telegram"
    assert chats.app_server.web.post(address, json={"update_id": 1}).status_code == 403
    assert chats.app_server.outcomes("telegram") == [(403, "forged")] * 2
    assert chats.app_server.rows(tables.inbound) == []
    chats.by_webhook()
    assert chats.far.redeliver() == [200]
    assert [row["message"]["text"] for row in chats.app_server.rows(tables.inbound)] == ["visits"]


def test_the_same_update_twice_is_answered_once(chats: Chats) -> None:
    linked(chats)
    before = len(chats.heard(TANYA_THERE))
    update = {
        "update_id": 9, "message": {
            "message_id": 900, "date": 1, "text": "visits", "chat": TANYA_THERE.as_chat(), "from": TANYA_THERE.as_user(),
        },
    }  # fmt: skip
    for _ in range(2):
        answer = chats.app_server.web.post(
            f"{chats.app_server.url}/webhooks/telegram", json=update, headers={SECRET_HEADER: SECRET}
        )
        assert answer.status_code == 200
    chats.app_server.settle()
    assert len(chats.heard(TANYA_THERE)) == before + 1
    assert chats.app_server.outcomes("telegram")[-2:] == [(200, "handled"), (200, "repeated")]
