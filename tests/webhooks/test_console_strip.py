"""What the console shows first: open flags, without names, and refunds that failed."""

from datetime import timedelta

from flask.testing import FlaskClient

from bot.channels.twilio import SMS
from bot.messages import Address
from handlers.staff import flags
from handlers.tables import FlagKind
from scheduling.facilities.store import everyone
from scheduling.people import people
from scheduling.policy.vocabulary import EntryState
from scheduling.storage.tables import ledger as rows
from scheduling.visits import ledger
from tests.cast import OURS, STRANGER
from tests.webhooks.app_server import AppServer, log_in

HERS = Address(SMS, STRANGER.phone, OURS)


def test_open_flags_are_on_top_with_a_masked_number_and_their_age(app_server: AppServer, web: FlaskClient) -> None:
    log_in(web)
    assert "open flag" not in web.get("/console/log").text
    with app_server.deps.db.begin() as tx:
        facility = everyone(tx)[0]
        for kind in (FlagKind.LOST, FlagKind.URGENT):
            flags.raise_flag(tx, facility, kind, HERS, now=app_server.now - timedelta(hours=3), said="he is in danger")
    page = web.get("/console/log").text
    assert "2 open flags: a person has to look" in page
    assert page.index("urgent, +1...8888, 3 h ago") < page.index("lost, +1...8888, 3 h ago")
    assert STRANGER.phone not in page
    assert "he is in danger" not in page


def test_flag_that_is_closed_is_not_on_top(app_server: AppServer, web: FlaskClient) -> None:
    log_in(web)
    with app_server.deps.db.begin() as tx:
        facility = everyone(tx)[0]
        flag = flags.raise_flag(tx, facility, FlagKind.LOST, HERS, now=app_server.now)
        officer = people.staff(tx, facility)[0]
        assert flags.close(tx, flag, officer, now=app_server.now)
        assert not flags.close(tx, flag, officer, now=app_server.now), "only the first closes it"
    assert "open flag" not in web.get("/console/log").text


OWED = "1 refund of the last 30 days could not go back to the card: the money is owed"


def test_a_refund_that_failed_is_on_top_of_the_log(app_server: AppServer, web: FlaskClient) -> None:
    log_in(web)
    visit = app_server.paid()
    with app_server.deps.db.begin() as tx:
        ledger.refund(tx, visit.id, 270, "cancelled", now=app_server.now)
    assert OWED not in web.get("/console/log").text
    with app_server.deps.db.begin() as tx:
        (back,) = tx.execute(rows.select().where(rows.c.kind == "refund")).all()
        ledger.refund_settled(tx, back.id, EntryState.FAILED, "re_1")
    page = web.get("/console/log").text
    assert OWED in page
    assert '<section class="strip bad"' in page
