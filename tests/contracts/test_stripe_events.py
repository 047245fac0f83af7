"""Stripe's events are only hints: forged, repeated, out of order, or about others. Answers of calls may be lost."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from bot.channels.base import Forged
from bot.messages import WebRequest
from handlers import tables
from handlers.gateways.payments.stripe import StripeGateway
from tests.contracts.paying import Paying
from tests.emulators.local_stripe import LocalStripe
from tests.emulators.stripe_emulator import StripeEmulator
from tests.emulators.webhook_catcher import Hook
from tests.waiting import eventually

SECRET = StripeEmulator.secret


@pytest.fixture
def hook() -> Iterator[Hook]:
    far = Hook()
    yield far
    far.close()


def told(paying: Paying, kind: str) -> dict[str, Any]:
    """The newest event of this kind that Stripe tried to post."""
    return next(each.event for each in reversed(paying.far.delivered) if each.event["type"] == kind)


def test_only_stripes_own_signature_of_now_counts(paying: Paying) -> None:
    session = paying.session()
    paying.far.webhook, address = None, paying.far.webhook
    paying.far.pay(session)
    paying.far.webhook = address
    event = told(paying, "checkout.session.completed")
    assert paying.post(event, secret="whsec_guessed") == 403
    assert paying.post(event, at=time.time() - 3600) == 403
    assert paying.app_server.web.post(str(address), json=event).status_code == 403
    assert paying.state() == "approved"
    assert paying.app_server.outcomes("stripe") == [(403, "forged")] * 3
    assert paying.post(event) == 200
    assert paying.state() == "confirmed"


def test_events_repeated_and_out_of_order(paying: Paying) -> None:
    session = paying.session()
    paying.far.webhook, address = None, paying.far.webhook
    paying.far.decline(session)
    paying.far.pay(session)
    paying.far.webhook = address
    paying.far.redeliver("checkout.session.completed", times=3)
    paying.far.redeliver("payment_intent.payment_failed")
    paying.settle()
    assert paying.app_server.outcomes("stripe") == [
        (200, "confirmed"), (200, "repeated"), (200, "repeated"), (200, "declined"),
    ]  # fmt: skip
    assert paying.money() == [("charge", 270, "done")]
    assert paying.heard()[-1].startswith("Paid and booked: ")
    assert len([text for text in paying.heard() if "declined" in text]) == 0


def test_the_end_of_a_session_told_after_its_payment_changes_nothing(paying: Paying) -> None:
    session = paying.session()
    paying.pays(session)
    expired = told(paying, "checkout.session.completed") | {"id": "evt_late", "type": "checkout.session.expired"}
    assert paying.post(expired) == 200
    paying.settle()
    assert paying.state() == "confirmed"
    assert [row["state"] for row in paying.checkouts()] == ["paid"]


def test_what_is_not_ours_is_taken_and_left_alone(paying: Paying) -> None:
    session = paying.session()
    paying.pays(session)
    foreign = told(paying, "checkout.session.completed") | {"id": "evt_foreign"}
    foreign["data"] = {"object": foreign["data"]["object"] | {"id": "cs_of_the_shop_next_door"}}
    assert paying.post(foreign) == 200
    assert paying.post({"id": "evt_odd", "object": "event", "type": "customer.created", "data": {"object": {}}}) == 200
    assert paying.post({"not": "an event"}) == 200
    assert [outcome for _, outcome in paying.app_server.outcomes("stripe")] == [
        "confirmed",
        "unknown",
        "ignored",
        "ignored",
    ]


def test_a_lost_answer_opens_no_second_session(paying: Paying) -> None:
    paying.far.lose_answer(2)  # the official client retries once by itself
    assert paying.presses().status_code == 503
    assert [row["state"] for row in paying.checkouts()] == ["opening"]
    session = paying.session()
    assert [each["id"] for each in paying.far.sessions()] == [session]


def test_one_lost_answer_is_not_even_noticed(paying: Paying) -> None:
    paying.far.lose_answer()
    session = paying.session()
    assert [each["id"] for each in paying.far.sessions()] == [session]


def test_while_stripe_is_down_the_page_says_so_and_nothing_is_lost(paying: Paying) -> None:
    paying.far.refuse(times=2)
    assert paying.presses().status_code == 503
    paying.pays(paying.session())
    assert paying.state() == "confirmed"


def test_an_event_that_could_not_be_applied_is_asked_for_again(paying: Paying) -> None:
    session = paying.session()
    paying.far.webhook, address = None, paying.far.webhook
    paying.far.pay(session)
    paying.far.webhook = address
    with paying.app_server.without(tables.payment_events):
        paying.far.redeliver("checkout.session.completed")
    assert [each.status for each in paying.far.delivered][-1] >= 500
    paying.far.redeliver("checkout.session.completed")
    assert paying.far.delivered[-1].status == 200
    assert paying.state() == "confirmed"


def test_a_signature_that_others_made_is_accepted(local_stripe: LocalStripe, hook: Hook) -> None:
    local_stripe.post_events_to(f"{hook.url}/webhooks/stripe", SECRET)
    local_stripe.cause_event()
    caught = eventually(lambda: hook.caught)[0]
    request = WebRequest("/webhooks/stripe", caught.headers, caught.body)
    StripeGateway("sk_test", SECRET).verify(request)
    assert StripeGateway("sk_test", SECRET).read(request) == []
    with pytest.raises(Forged):
        StripeGateway("sk_test", "whsec_another").verify(request)
