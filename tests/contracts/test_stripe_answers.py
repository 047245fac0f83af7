"""Idempotency keys and early events at Stripe: a new link after a lost answer, and a refund's event before its answer."""

import json
import socket
from datetime import timedelta

import pytest

from bot.messages import WebRequest
from handlers.gateways.payments import stripe
from handlers.gateways.payments.base import GatewayDown
from handlers.gateways.payments.stripe import StripeGateway
from scheduling.storage.outbox import LEASE_DURATION
from scheduling.storage.tables import ledger
from tests.cast import TANYA
from tests.contracts.paying import Paying
from tests.contracts.visiting import LINK, REFERENCE, newest


def test_another_link_after_a_lost_answer_opens_another_session(paying: Paying) -> None:
    paying.far.lose_answer(2)  # the official client retries once by itself
    assert paying.presses().status_code == 503
    paying.phones.says(TANYA, "pay")
    other = paying.app_server.url + newest(LINK, paying.heard())
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
    (row,) = [row for row in paying.app_server.rows(ledger) if row["kind"] == "refund"]
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
    (row,) = [row for row in paying.app_server.rows(ledger) if row["kind"] == "refund"]
    gateway = StripeGateway(paying.far.api_key, paying.far.secret, paying.far.url)
    assert gateway.find_refund(refund["payment_intent"], row["key"]) == (refund["id"], "done")
    assert gateway.find_refund(refund["payment_intent"], "refund-of-another-app_server") is None
    assert gateway.find_refund("pi_unknown", row["key"]) is None


def test_a_stripe_that_hangs_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two calls must fit into a lease, so the client may not retry a call."""
    monkeypatch.setattr(stripe, "TIMEOUT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as hangs:
        gateway = StripeGateway("sk_test_x", "whsec_x", f"http://127.0.0.1:{hangs.getsockname()[1]}")
        with pytest.raises(GatewayDown):
            gateway.refund("pi_1", 270, "refund-1", {})
        hangs.setblocking(False)
        hangs.accept()[0].close()
        with pytest.raises(BlockingIOError):  # the client connected once
            hangs.accept()


def test_two_calls_fit_into_a_lease() -> None:
    assert timedelta(seconds=2 * stripe.TIMEOUT_SECONDS) < LEASE_DURATION - LEASE_DURATION / 6
