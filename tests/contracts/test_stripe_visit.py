"""Payments by Stripe from the pay link to the refund: the real client, signed webhooks, one session for each visit."""

from datetime import timedelta

from scheduling.storage.tables import jobs, visits
from tests.cast import REED, TANYA
from tests.contracts.paying import Paying
from tests.contracts.visiting import CODE, REFERENCE, newest


def test_from_the_pay_link_to_confirmed(paying: Paying) -> None:
    assert paying.app_server.web.get(paying.page).status_code == 200
    assert paying.far.sessions() == []  # opening the link creates no session
    card_page = paying.presses().headers["location"]
    assert "2.70 USD" in paying.app_server.web.get(card_page).text
    back = paying.app_server.web.post(f"{card_page}/pay").headers["location"]
    paying.app_server.settle()
    assert back.startswith(f"{paying.page}?")
    assert paying.heard()[-1].startswith("Paid and booked: Marcus, Sat Nov 28, 1:45 PM Central, 30 min.")
    assert paying.state() == "confirmed"
    assert paying.money() == [("charge", 270, "done")]
    assert paying.app_server.outcomes("stripe") == [(200, "confirmed")]
    assert paying.back_to_the_page()
    assert len(paying.far.sessions()) == 1


def test_pressing_twice_gives_the_same_page(paying: Paying) -> None:
    assert paying.session() == paying.session()
    assert [session["amount_total"] for session in paying.far.sessions()] == [270]


def test_a_declined_card_gets_a_text_and_may_try_again(paying: Paying) -> None:
    session = paying.session()
    paying.far.decline(session)
    paying.app_server.settle()
    assert "card" in paying.heard()[-1]
    assert paying.page.rpartition("/p/")[0] in paying.heard()[-1]
    assert paying.state() == "approved"
    paying.pays(session)
    assert paying.heard()[-1].startswith("Paid and booked: ")


def test_a_session_that_stripe_ended_early_is_replaced(paying: Paying) -> None:
    first = paying.session()
    paying.far.let_expire(first)
    second = paying.session()
    assert second != first
    paying.pays(second)
    assert paying.state() == "confirmed"


def test_the_end_of_a_session_is_seen_though_its_event_never_came(paying: Paying) -> None:
    first = paying.session()
    paying.far.webhook = None
    paying.far.let_expire(first)
    second = paying.session()
    assert [session["status"] for session in paying.far.sessions()] == ["expired", "open"]
    assert paying.session() == second


def test_a_payment_is_seen_though_its_event_never_came(paying: Paying) -> None:
    session = paying.session()
    webhook, paying.far.webhook = paying.far.webhook, None
    paying.far.pay(session)
    assert paying.state() == "approved"
    assert paying.back_to_the_page()
    paying.app_server.settle()
    assert paying.heard()[-1].startswith("Paid and booked: ")
    paying.far.webhook = webhook
    paying.far.redeliver("checkout.session.completed")
    paying.app_server.settle()
    assert paying.money() == [("charge", 270, "done")]


def test_at_pay_by_the_session_is_closed(paying: Paying) -> None:
    session = paying.session()
    paying.app_server.clock.reach(paying.app_server.rows(visits)[0]["deadline"] + timedelta(seconds=1))
    paying.app_server.settle()
    assert paying.state() == "unpaid"
    assert [each["status"] for each in paying.far.sessions()] == ["expired"]
    assert ("POST", f"checkout/sessions/{session}/expire", {}) in paying.far.calls
    assert paying.back_to_the_page()
    assert len(paying.far.sessions()) == 1


def test_paid_at_the_last_moment_while_stripe_would_not_close_it(paying: Paying) -> None:
    session = paying.session()
    paying.app_server.clock.reach(paying.app_server.rows(visits)[0]["deadline"] + timedelta(seconds=1))
    paying.far.refuse()
    paying.app_server.settle()
    assert paying.state() == "unpaid"
    paying.pays(session)
    assert paying.money() == [("charge", 270, "done"), ("refund", 270, "done")]
    assert [refund["amount"] for refund in paying.far.refunds()] == [270]
    assert "$2.70" in paying.heard()[-1]
    paying.later(minutes=2)
    assert len(paying.far.refunds()) == 1


def moved_while_stripe_would_not_close(paying: Paying) -> str:
    """She moves the unpaid visit, and Stripe does not expire the session of the old time. Returns the reference."""
    reference = newest(REFERENCE, paying.heard())
    paying.phones.says(TANYA, f"move {reference} to sunday 2pm")
    paying.far.refuse(times=2)
    paying.phones.says(TANYA, "1")
    paying.later(seconds=5)  # new requests are gathered for a moment; Stripe is asked again
    paying.phones.says(REED, f"{newest(CODE, paying.phones.heard(REED))} ok")
    heard = paying.heard()
    assert heard[-1].startswith("Approved: Marcus, Sun Nov 29, 2:00 PM. Pay $2.70 by "), heard
    return reference


def test_a_second_payment_goes_back_at_once(paying: Paying) -> None:
    first = paying.session()
    moved_while_stripe_would_not_close(paying)
    second = paying.session()
    assert second != first
    paying.pays(second)
    assert paying.heard()[-1].startswith("Paid and booked: Marcus, Sun Nov 29, 2:00 PM Central")
    paying.pays(first)
    assert paying.money() == [("charge", 270, "done"), ("charge", 270, "done"), ("refund", 270, "done")]
    paid = {session["id"]: session["payment_intent"] for session in paying.far.sessions()}
    (refund,) = paying.far.refunds()
    assert refund["payment_intent"] == paid[first]
    assert paying.state() == "confirmed"
    assert "$2.70" in paying.heard()[-1]


def test_the_session_of_an_older_time_is_closed_when_stripe_answers_again(paying: Paying) -> None:
    first = paying.session()
    moved_while_stripe_would_not_close(paying)
    second = paying.session()
    paying.later(seconds=16)
    assert {each["id"]: each["status"] for each in paying.far.sessions()} == {first: "expired", second: "open"}


def test_cancelled_in_time_the_money_goes_back_once(paying: Paying) -> None:
    paying.pays(paying.session())
    reference = newest(REFERENCE, paying.heard())
    paying.far.lose_answer()
    paying.phones.says(TANYA, f"cancel visit {reference}")
    assert paying.heard()[-1].startswith("Cancelled, as you asked: Marcus, Sat Nov 28, 1:45 PM. $2.70 goes back")
    assert paying.app_server.rows(jobs, jobs.c.kind == "refund", jobs.c.state == "queued")
    paying.later(seconds=6)
    assert paying.app_server.rows(jobs, jobs.c.kind == "refund", jobs.c.state != "done") == []
    assert paying.money() == [("charge", 270, "done"), ("refund", 270, "done")]
    asked = [path for method, path, _ in paying.far.calls if (method, path) == ("POST", "refunds")]
    assert len(asked) == 1  # after that it is looked up
    assert [refund["amount"] for refund in paying.far.refunds()] == [270]


def test_a_refund_that_fails_after_all_is_known(paying: Paying) -> None:
    paying.pays(paying.session())
    paying.phones.says(TANYA, f"cancel visit {newest(REFERENCE, paying.heard())}")
    paying.app_server.settle()
    (refund,) = paying.far.refunds()
    paying.far.settle_refund(refund["id"], "failed")
    assert paying.money()[-1] == ("refund", 270, "failed")


def test_money_that_takes_days_is_not_asked_for_twice(paying: Paying) -> None:
    paying.far.promise(paying.session())
    paying.app_server.settle()
    assert paying.state() == "approved"
    answer = paying.presses()
    assert answer.headers["location"].endswith("?back=paid")
    assert len(paying.far.sessions()) == 1
    assert [row["state"] for row in paying.checkouts()] == ["open"]
