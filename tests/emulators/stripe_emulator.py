"""Stripe emulator: Checkout Sessions and refunds with memory, idempotency keys, a payment page, signed webhooks.

Every answer and event is checked against Stripe's description. A separate thread posts events one after the other, as
Stripe does: never inside the request that caused them.
"""

import json
import time
from collections import deque
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from queue import SimpleQueue
from threading import Condition, RLock, Thread
from typing import Any

import httpx
from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from tests.emulators.provider_schemas import descriptions
from tests.emulators.served import Served, caller, hang_up
from tests.emulators.stripe_objects import (
    StripeError,
    Thing,
    invalid,
    new_charge,
    new_intent,
    new_refund,
    new_session,
    page,
    read_form,
    signature,
)

_PAGE = """<!doctype html><meta charset="utf-8"><title>Checkout</title><h1>{amount}</h1>
<form method="post" action="{path}/pay"><button>Pay</button></form>
<form method="post" action="{path}/decline"><button>Pay with a card that is declined</button></form>"""


@dataclass(frozen=True)
class Delivered:
    """An event, and the status that our webhook answered; 0 when it did not answer."""

    event: Thing
    status: int


@dataclass
class _Memory:
    sessions: dict[str, Thing] = field(default_factory=dict)
    forms: dict[str, Thing] = field(default_factory=dict)
    intents: dict[str, Thing] = field(default_factory=dict)
    charges: dict[str, Thing] = field(default_factory=dict)
    refunds: dict[str, Thing] = field(default_factory=dict)
    answered: dict[str, tuple[object, int, Thing]] = field(default_factory=dict)
    refusals: deque[StripeError | None] = field(default_factory=deque)


class StripeEmulator:
    """One account, served at `url`. The official client takes `base_addresses={"api": url}`.

    Events go to `webhook` (None: nowhere), signed with `secret`. `clock` gives Unix seconds.
    `faults` lists what violated the description; it must stay empty.
    """

    api_key = "sk_test_emulated"
    secret = "whsec_emulated"

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.webhook: str | None = None
        self.delivered: list[Delivered] = []
        self.calls: list[tuple[str, str, Thing]] = []
        self.faults: list[str] = []
        self._memory, self._lock, self._numbers = _Memory(), RLock(), count(1)
        self._descriptions = descriptions("stripe")
        self._client = caller()
        self._events: SimpleQueue[Thing | None] = SimpleQueue()
        self._queued, self._idle = 0, Condition()
        self._poster = Thread(target=self._post_events, daemon=True)
        self._poster.start()
        self._served = Served(self._app())
        self.url = self._served.url

    def _app(self) -> Flask:
        app = Flask("stripe-emulator")
        app.add_url_rule("/v1/<path:path>", view_func=self._answer, methods=["GET", "POST"])
        app.add_url_rule("/c/pay/<session_id>", view_func=self._page)
        app.add_url_rule("/c/pay/<session_id>/<verb>", view_func=self._pressed, methods=["POST"])
        return app

    # Actions of people and of time. Each returns when our webhook has been notified.

    def pay(self, session_id: str) -> None:
        """Somebody pays on the page, with a card that works."""
        with self._lock:
            session = self._open(session_id)
            now = int(self.clock())
            intent = self._intent(session)
            intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
            charge = new_charge(intent, charge_id=self._id("ch"), now=now)
            self._memory.charges[charge["id"]] = charge
            session |= {"status": "complete", "payment_status": "paid", "payment_intent": intent["id"], "url": None}
            self._happens("checkout.session.completed", session)
        self.drain()

    def promise(self, session_id: str) -> None:
        """Somebody pays on the page by a method that takes days: the session is complete, but not yet paid."""
        with self._lock:
            session = self._open(session_id)
            intent = self._intent(session)
            session |= {"status": "complete", "payment_intent": intent["id"], "url": None}
            self._happens("checkout.session.completed", session)
        self.drain()

    def decline(self, session_id: str) -> None:
        """Somebody tries to pay with a card that is declined; the session stays open."""
        with self._lock:
            intent = self._intent(self._open(session_id))
            intent["last_payment_error"] = {
                "type": "card_error",
                "code": "card_declined",
                "decline_code": "generic_decline",
                "message": "Your card was declined.",
            }
            self._happens("payment_intent.payment_failed", intent)
        self.drain()

    def let_expire(self, session_id: str) -> None:
        """The session expires."""
        with self._lock:
            self._expire(session_id)
        self.drain()

    def settle_refund(self, refund_id: str, status: str) -> None:
        """A refund changes to `succeeded` or `failed` later."""
        with self._lock:
            refund = self._memory.refunds[refund_id]
            refund["status"] = status
            self._happens("refund.updated", refund)
        self.drain()

    def redeliver(self, kind: str, times: int = 1) -> None:
        """Post the newest event of this kind again, unchanged, as Stripe may at any time."""
        event = next(each.event for each in reversed(self.delivered) if each.event["type"] == kind)
        for _ in range(times):
            self._queue(event)
        self.drain()

    def drain(self, within: float = 120.0) -> None:
        """Wait until all events so far have been posted."""
        with self._idle:
            if not self._idle.wait_for(lambda: self._queued == 0, within):
                raise TimeoutError("our webhook does not answer Stripe's events")

    # Set and read by tests.

    def refuse(self, status: int = 500, message: str = "Something is wrong on our side.", times: int = 1) -> None:
        """Answer the next `times` POSTs to the API with this error, changing nothing."""
        self._memory.refusals.extend([StripeError(status, "api_error", message)] * times)

    def lose_answer(self, times: int = 1) -> None:
        """Carry out the next `times` POSTs, but lose their answers."""
        self._memory.refusals.extend([None] * times)

    def sessions(self) -> list[Thing]:
        """All sessions as they are now, oldest first."""
        return deepcopy(list(self._memory.sessions.values()))

    def refunds(self) -> list[Thing]:
        """All refunds as they are now, oldest first."""
        return deepcopy(list(self._memory.refunds.values()))

    def session_of(self, page_url: str) -> str:
        """The session id in the address of its page."""
        return page_url.rpartition("/")[2]

    def close(self) -> None:
        """Stop serving and posting."""
        self._served.close()
        self._events.put(None)
        self._poster.join(5)
        self._client.close()

    # The API.

    def _answer(self, path: str) -> Response:
        pairs = request.form.items(multi=True) if request.method == "POST" else request.args.items(multi=True)
        lost = False
        try:
            form = read_form(pairs)
            self.calls.append((request.method, path, form))
            lost = self._admit()
            with self._lock:
                status, told = self._once(path, form)
        except StripeError as no:
            status, told = no.status, no.body
        if lost:
            hang_up()
        return Response(json.dumps(told), status, content_type="application/json")

    def _once(self, path: str, form: Thing) -> tuple[int, Thing]:
        """Carry out a request, or repeat the answer given earlier to the same idempotency key."""
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        asked = (path, form)
        if key in self._memory.answered:
            before, status, told = self._memory.answered[key]
            if before != asked:
                words = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                raise StripeError(400, "idempotency_error", words)
            return status, told
        try:
            status, told = 200, self._carry_out(path.split("/"), form)
        except StripeError as no:
            status, told = no.status, no.body
        if key:
            self._memory.answered[key] = (asked, status, deepcopy(told))
        return status, deepcopy(told)

    def _carry_out(self, parts: list[str], form: Thing) -> Thing:
        match request.method, parts:
            case "POST", ["checkout", "sessions"]:
                return self._checked("checkout.session", self._new_session(form))
            case "GET", ["checkout", "sessions"]:
                return page(self._matching(self._memory.sessions, form), "/v1/checkout/sessions")
            case "GET", ["checkout", "sessions", session_id]:
                return self._checked(
                    "checkout.session", self._find(self._memory.sessions, session_id, "checkout.session")
                )
            case "POST", ["checkout", "sessions", session_id, "expire"]:
                return self._checked("checkout.session", self._expire(session_id))
            case "GET", ["payment_intents", intent_id]:
                return self._checked("payment_intent", self._find(self._memory.intents, intent_id, "payment_intent"))
            case "POST", ["refunds"]:
                return self._checked("refund", self._new_refund(form))
            case "GET", ["refunds"]:
                return page(self._matching(self._memory.refunds, form), "/v1/refunds")
            case "GET", ["refunds", refund_id]:
                return self._checked("refund", self._find(self._memory.refunds, refund_id, "refund"))
        raise StripeError(404, "invalid_request_error", f"Unrecognized request URL ({request.method}: {request.path}).")

    def _new_session(self, form: Thing) -> Thing:
        session_id = self._id("cs_test")
        url = f"{self.url}/c/pay/{session_id}"
        session = new_session(form, session_id=session_id, url=url, now=int(self.clock()))
        self._memory.sessions[session_id] = session
        self._memory.forms[session_id] = form
        return session

    def _new_refund(self, form: Thing) -> Thing:
        wanted = form.get("payment_intent"), form.get("charge")
        charges = self._memory.charges.values()
        charge = next(
            (each for each in charges if each["payment_intent"] == wanted[0] or each["id"] == wanted[1]), None
        )
        if charge is None:
            raise invalid(f"No such payment_intent: '{wanted[0]}'", code="resource_missing", param="payment_intent")
        refund = new_refund(form, charge, refund_id=self._id("re"), now=int(self.clock()))
        self._memory.refunds[refund["id"]] = refund
        charge["amount_refunded"] += refund["amount"]
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        charge["refunds"]["data"].insert(0, refund)
        self._happens("charge.refunded", charge)
        self._happens("refund.updated", refund)
        return refund

    def _expire(self, session_id: str) -> Thing:
        session = self._open(session_id)
        session |= {"status": "expired", "url": None}
        self._happens("checkout.session.expired", session)
        return session

    def _intent(self, session: Thing) -> Thing:
        """The PaymentIntent of a session, which the session shows only after it is paid."""
        intent_id = "pi_" + session["id"].rpartition("_")[2]
        if intent_id not in self._memory.intents:
            form = self._memory.forms[session["id"]]
            self._memory.intents[intent_id] = new_intent(session, form, intent_id=intent_id, now=int(self.clock()))
        return self._memory.intents[intent_id]

    def _open(self, session_id: str) -> Thing:
        session = self._find(self._memory.sessions, session_id, "checkout.session")
        if session["status"] != "open":
            raise invalid(f'Only Checkout Sessions with a status in ["open"] can do this; it is {session["status"]}.')
        return session

    def _find(self, things: dict[str, Thing], key: str, what: str) -> Thing:
        if key not in things:
            raise StripeError(404, "invalid_request_error", f"No such {what}: '{key}'", code="resource_missing")
        return things[key]

    def _matching(self, things: dict[str, Thing], form: Thing) -> list[Thing]:
        """A list, newest first. Each filter is a field that must be equal."""
        wanted = {name: form[name] for name in ("payment_intent", "charge", "status") if name in form}
        found = [each for each in things.values() if all(each[name] == value for name, value in wanted.items())]
        return [self._checked(each["object"], each) for each in reversed(found)][: int(form.get("limit", 10))]

    def _admit(self) -> bool:
        """Check the API key and raise the error that the test set; True when the answer must be lost."""
        if request.headers.get("Authorization") != f"Bearer {self.api_key}":
            raise StripeError(401, "invalid_request_error", "Invalid API Key provided.")
        if request.method != "POST" or not self._memory.refusals:
            return False
        arranged = self._memory.refusals.popleft()
        if arranged is not None:
            raise arranged
        return True

    def _id(self, kind: str) -> str:
        return f"{kind}_{next(self._numbers):024d}"

    def _checked(self, schema: str, value: Thing) -> Thing:
        try:
            for each in self._descriptions:
                each.check(schema, value)
        except AssertionError as fault:
            self.faults.append(f"{schema} {fault}")
            raise
        return value

    # The page and the events.

    def _page(self, session_id: str) -> str:
        session = self._memory.sessions[session_id]
        amount = f"{session['amount_total'] / 100:.2f} {session['currency'].upper()}"
        return _PAGE.format(amount=amount, path=f"/c/pay/{session_id}") if session["status"] == "open" else "Over."

    def _pressed(self, session_id: str, verb: str) -> AnyResponse:
        if verb == "decline":
            self.decline(session_id)
            return redirect(f"/c/pay/{session_id}", 303)
        self.pay(session_id)
        back: str = self._memory.sessions[session_id]["success_url"]
        return redirect(back.replace("{CHECKOUT_SESSION_ID}", session_id), 303)

    def _happens(self, kind: str, thing: Thing) -> None:
        self._checked(thing["object"], thing)
        event: Thing = {
            "id": self._id("evt"),
            "object": "event",
            "api_version": "2022-03-25",
            "created": int(self.clock()),
            "data": {"object": deepcopy(thing)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self._queue(self._checked("event", event))

    def _queue(self, event: Thing) -> None:
        with self._idle:
            self._queued += 1
        self._events.put(event)

    def _post_events(self) -> None:
        while (event := self._events.get()) is not None:
            status = self._post(event) if self.webhook else 0
            self.delivered.append(Delivered(event, status))
            with self._idle:
                self._queued -= 1
                self._idle.notify_all()

    def _post(self, event: Thing) -> int:
        body = json.dumps(event, indent=2).encode()
        # Signed with the real time, because the receiver compares it with the real time.
        headers: dict[str, Any] = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(body, self.secret, int(time.time())),
        }
        try:
            return self._client.post(str(self.webhook), content=body, headers=headers).status_code
        except httpx.HTTPError:
            return 0
