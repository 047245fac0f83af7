"""The official Stripe client works with both Stripe emulators' signatures and with our Stripe emulator."""

import time
from collections.abc import Iterator

import pytest
import stripe
from stripe.params.checkout import SessionCreateParams

from tests.emulators.local_stripe import LocalStripe
from tests.emulators.served import caller
from tests.emulators.stripe_emulator import StripeEmulator
from tests.emulators.webhook_catcher import Hook
from tests.waiting import eventually


@pytest.fixture
def hook() -> Iterator[Hook]:
    far = Hook()
    yield far
    far.close()


def client(far: StripeEmulator) -> stripe.StripeClient:
    return stripe.StripeClient(far.api_key, base_addresses={"api": far.url}, max_network_retries=0)


def order(amount: int = 270, **more: object) -> SessionCreateParams:
    line = {"price_data": {"currency": "usd", "unit_amount": amount, "product_data": {"name": "Visit"}}, "quantity": 1}
    urls = {"success_url": "http://127.0.0.1/done", "cancel_url": "http://127.0.0.1/back"}
    params: SessionCreateParams = {"mode": "payment", "line_items": [line], **urls, **more}
    return params


def read(hook: Hook, index: int = -1) -> stripe.Event:
    caught = hook.caught[index]
    return stripe.Webhook.construct_event(caught.body, caught.headers["stripe-signature"], StripeEmulator.secret)  # type: ignore[no-any-return]


def test_a_session_is_paid_and_told(stripe_emulator: StripeEmulator, hook: Hook) -> None:
    stripe_emulator.webhook = f"{hook.url}/webhooks/stripe"
    ours = client(stripe_emulator)
    session = ours.v1.checkout.sessions.create(order(metadata={"visit": "V7K2"}))
    assert session.url is not None
    stripe_emulator.pay(stripe_emulator.session_of(session.url))
    event = read(hook)
    assert event.type == "checkout.session.completed"
    assert event.data.object["metadata"]["visit"] == "V7K2"
    paid = ours.v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status, paid.amount_total) == ("complete", "paid", 270)
    found = ours.v1.checkout.sessions.list({"payment_intent": str(paid.payment_intent)})
    assert [each.id for each in found.data] == [session.id]


def test_the_page_declines_and_takes_money(stripe_emulator: StripeEmulator, hook: Hook) -> None:
    stripe_emulator.webhook = f"{hook.url}/webhooks/stripe"
    session = client(stripe_emulator).v1.checkout.sessions.create(order())
    with caller() as browser:
        assert "2.70 USD" in browser.get(str(session.url)).text
        browser.post(f"{session.url}/decline")
        assert browser.post(f"{session.url}/pay").headers["location"] == "http://127.0.0.1/done"
    kinds = [read(hook, index).type for index in range(2)]
    assert kinds == ["payment_intent.payment_failed", "checkout.session.completed"]


def test_refunds_are_made_once_and_listed(stripe_emulator: StripeEmulator, hook: Hook) -> None:
    stripe_emulator.webhook = f"{hook.url}/webhooks/stripe"
    ours = client(stripe_emulator)
    session = ours.v1.checkout.sessions.create(order())
    stripe_emulator.pay(session.id)
    intent = str(ours.v1.checkout.sessions.retrieve(session.id).payment_intent)
    first = ours.v1.refunds.create({"payment_intent": intent}, {"idempotency_key": "visit-7"})
    again = ours.v1.refunds.create({"payment_intent": intent}, {"idempotency_key": "visit-7"})
    assert first.id == again.id
    with pytest.raises(stripe.IdempotencyError):
        ours.v1.refunds.create({"payment_intent": intent, "amount": 1}, {"idempotency_key": "visit-7"})
    with pytest.raises(stripe.InvalidRequestError) as twice:
        ours.v1.refunds.create({"payment_intent": intent})
    assert twice.value.code == "charge_already_refunded"
    assert [each.id for each in ours.v1.refunds.list({"payment_intent": intent}).data] == [first.id]
    stripe_emulator.drain()
    assert [read(hook, index).type for index in range(3)][1:] == ["charge.refunded", "refund.updated"]
    stripe_emulator.settle_refund(first.id, "failed")
    assert read(hook).data.object["status"] == "failed"


def test_an_open_session_expires_once(stripe_emulator: StripeEmulator, hook: Hook) -> None:
    stripe_emulator.webhook = f"{hook.url}/webhooks/stripe"
    ours = client(stripe_emulator)
    session = ours.v1.checkout.sessions.create(order())
    assert ours.v1.checkout.sessions.expire(session.id).status == "expired"
    stripe_emulator.drain()
    assert read(hook).type == "checkout.session.expired"
    with pytest.raises(stripe.InvalidRequestError):
        ours.v1.checkout.sessions.expire(session.id)


def test_a_lost_answer_is_found_again_by_its_key(stripe_emulator: StripeEmulator) -> None:
    ours = client(stripe_emulator)
    stripe_emulator.lose_answer()
    with pytest.raises(stripe.APIConnectionError):
        ours.v1.checkout.sessions.create(order(), {"idempotency_key": "once"})
    session = ours.v1.checkout.sessions.create(order(), {"idempotency_key": "once"})
    assert [each["id"] for each in stripe_emulator.sessions()] == [session.id]


def test_what_stripe_would_refuse_is_refused(stripe_emulator: StripeEmulator) -> None:
    ours = client(stripe_emulator)
    with pytest.raises(stripe.InvalidRequestError) as early:
        ours.v1.checkout.sessions.create(order(expires_at=int(time.time()) + 60))
    assert early.value.param == "expires_at"
    stripe_emulator.refuse()
    with pytest.raises(stripe.APIError):
        ours.v1.checkout.sessions.create(order())
    with pytest.raises(stripe.AuthenticationError):
        stripe.StripeClient("sk_test_wrong", base_addresses={"api": stripe_emulator.url}).v1.refunds.list()


def test_localstripe_signs_what_the_official_verifier_takes(local_stripe: LocalStripe, hook: Hook) -> None:
    local_stripe.post_events_to(f"{hook.url}/webhooks/stripe", StripeEmulator.secret)
    local_stripe.cause_event()
    eventually(lambda: hook.caught)
    assert read(hook).type == "customer.created"
