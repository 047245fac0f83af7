"""Stripe's keys and its haste: another link after a lost answer, and a refund's event before the refund's answer."""

import json

from bot.messages import WebRequest
from handlers.gateways.stripe import StripeGateway
from scheduling.models import ledger
from tests.cast import TANYA
from tests.contracts.paying import Paying
from tests.contracts.visiting import LINK, REFERENCE, newest


def test_another_link_after_a_lost_answer_opens_another_session(paying: Paying) -> None:
    paying.far.lose_answer(2)  # the official client tries once more by itself
    assert paying.presses().status_code == 503
    paying.phones.says(TANYA, "pay")
    other = paying.house.url + newest(LINK, paying.heard())
    assert other != paying.page
    paying.page = other
    paying.pays(paying.session())
    assert paying.state() == "confirmed"
    assert [(row["number"], row["state"]) for row in paying.checkouts()] == [(1, "expired"), (2, "paid")]


def test_a_refunds_event_names_our_own_row_of_it(paying: Paying) -> None:
    paying.pays(paying.session())
    paying.phones.says(TANYA, f"cancel visit {newest(REFERENCE, paying.heard())}")
    paying.settle()
    (refund,) = paying.far.refunds()
    (row,) = [row for row in paying.house.rows(ledger) if row["kind"] == "refund"]
    event = next(each.event for each in paying.far.delivered if each.event["type"] == "refund.updated")
    request = WebRequest("/webhooks/stripe", {}, json.dumps(event).encode())
    (read,) = StripeGateway("sk_test", paying.far.secret).read(request)
    assert (read.kind, read.refund, read.payment, read.ledger) == (
        "refund_done", refund["id"], refund["payment_intent"], row["id"],
    )  # fmt: skip


def test_a_refund_of_somebody_else_names_no_row() -> None:
    thing = {"id": "re_1", "status": "failed", "metadata": {"ledger": "7; drop"}}
    event = {"id": "evt_1", "type": "refund.failed", "data": {"object": thing}}
    (read,) = StripeGateway("sk_test", "whsec").read(WebRequest("", {}, json.dumps(event).encode()))
    assert (read.kind, read.refund, read.payment, read.ledger) == ("refund_failed", "re_1", None, None)


def test_a_refund_is_found_again_by_its_key(paying: Paying) -> None:
    paying.pays(paying.session())
    paying.phones.says(TANYA, f"cancel visit {newest(REFERENCE, paying.heard())}")
    paying.settle()
    (refund,) = paying.far.refunds()
    (row,) = [row for row in paying.house.rows(ledger) if row["kind"] == "refund"]
    gateway = StripeGateway(paying.far.api_key, paying.far.secret, paying.far.url)
    assert gateway.find_refund(refund["payment_intent"], row["key"]) == (refund["id"], "done")
    assert gateway.find_refund(refund["payment_intent"], "refund-of-another-house") is None
    assert gateway.find_refund("pi_unknown", row["key"]) is None
