"""Money that could not go back is on top of the console."""

from flask.testing import FlaskClient

from scheduling.policy.vocabulary import EntryState
from scheduling.storage.tables import ledger as rows
from scheduling.visits import ledger
from tests.webhooks.house import House, log_in

OWED = "1 refund of the last 30 days could not go back to the card: the money is owed"


def test_a_refund_that_failed_is_on_top_of_the_log(house: House, web: FlaskClient) -> None:
    log_in(web)
    visit = house.paid()
    with house.deps.db.begin() as tx:
        ledger.refund(tx, visit.id, 270, "cancelled", now=house.now)
    assert OWED not in web.get("/console/log").text
    with house.deps.db.begin() as tx:
        (back,) = tx.execute(rows.select().where(rows.c.kind == "refund")).all()
        ledger.refund_settled(tx, back.id, EntryState.FAILED, "re_1")
    page = web.get("/console/log").text
    assert OWED in page
    assert '<section class="strip bad"' in page
