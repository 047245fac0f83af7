"""The reminders a day and 15 minutes before, joining, and how a visit ends."""

import pytest

from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, TANYAS, Family, booked
from tests.talk import Line


@pytest.mark.parametrize(
    ("family", "day", "soon", "no_show"),
    [
        (TANYAS, "Tomorrow: Marcus, Sat Nov 28, 1:45 PM Central", "Marcus at 1:45 PM, in 15 minutes.",
         "We did not see you join the visit with Marcus, Sat Nov 28, 1:45 PM. $2.70 is not returned."),
        (ANAS, "Mañana: Luis, sáb 28 nov, 9:45 AM hora Central", "Luis a las 9:45 AM, en 15 minutos.",
         "No le vimos entrar a la visita con Luis, sáb 28 nov, 9:45 AM."),
    ],
    ids=["en", "es"],
)  # fmt: skip
def test_both_reminders_then_nobody_joins(line: Line, family: Family, day: str, soon: str, no_show: str) -> None:
    card, phone = booked(line, family), line.phone(family.member)
    line.screen_is_on(card.reference)
    line.until("day before")
    phone.hears(day, "/j/")
    line.until("15 minutes before")
    phone.hears(soon, "/j/")
    line.until("end")
    phone.hears(no_show)
    assert line.money() == [("charge", 270, "done")]
    officer = line.phone(family.officer)
    officer.says(f"visit {card.reference}")
    officer.hears("visitor did not join")
    phone.says("visits" if family is TANYAS else "visitas")
    phone.hears("We did not see you join" if family is TANYAS else "No le vimos entrar")


def test_soon_is_one_segment(line: Line, tanya: Phone) -> None:
    from bot import sms

    booked(line)
    line.until("15 minutes before")
    tanya.hears("Tomorrow")
    assert sms.segments(sms.fold(tanya.hears("in 15 minutes"))) == 1


def test_no_button_before_its_time_and_none_after(line: Line, tanya: Phone) -> None:
    line.screen_is_on(booked(line).reference)
    line.until("sat 13:34")
    tanya.ignores_all_but(0)
    assert "data-join" not in line.web.get(tanya.link("j")).text
    tanya.presses_join()
    line.until("sat 14:16")
    tanya.ignores_all_but(1)
    tanya.hears("We did not see you join")
    tanya.presses_join()
    line.passes(hours=1)
    tanya.hears_nothing()


def test_last_minute_join_counts(line: Line, tanya: Phone, reed: Phone) -> None:
    card = booked(line)
    line.until("sat 14:14")
    tanya.ignores_all_but(0)
    tanya.presses_join()
    line.meet(card.reference)
    line.until("sat 15:00")
    tanya.hears("Your visit with Marcus is over.")
    reed.says(f"visit {card.reference}")
    reed.hears("took place")


def test_opening_the_join_page_is_not_joining(line: Line, tanya: Phone) -> None:
    line.screen_is_on(booked(line).reference)
    line.until("sat 13:50")
    tanya.ignores_all_but(0)
    assert line.web.get(tanya.link("j")).status_code == 200
    line.until("sat 14:15")
    tanya.hears("We did not see you join")


def test_late_is_told_until_when_it_stays_open(line: Line, tanya: Phone) -> None:
    booked(line)
    line.until("sat 13:50")
    tanya.ignores_all_but(0)
    tanya.says("im late hold it")
    tanya.hears("No hurry: your visit with Marcus stays open until 2:15 PM. Just open the link: http://")
    tanya.presses_join()


def test_cancelled_visit_is_not_reminded_of(line: Line, tanya: Phone) -> None:
    card = booked(line)
    tanya.says(f"cancel visit {card.reference}")
    tanya.hears("goes back")
    line.until("sun 9:00")
    tanya.hears_nothing()


def test_visits_lists_them_with_what_to_do(line: Line, tanya: Phone, reed: Phone) -> None:
    card = booked(line)
    tanya.says("darnell sunday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    other = reed.hears_card()
    tanya.says("visits")
    tanya.hears(
        f"Your visits:\n{card.reference} Marcus Sat Nov 28 1:45 PM, booked\n"
        f"{other.reference} Darnell Sun Nov 29 1:00 PM, asked\n",
        f"To change one: MOVE {card.reference}, or CANCEL VISIT {card.reference}.",
    )


def test_sus_visitas(line: Line, ana: Phone) -> None:
    card = booked(line, ANAS)
    ana.says("visitas")
    ana.hears("Luis, sáb 28 nov, 9:45 AM", f"CANCELAR VISITA {card.reference}")


def test_a_dark_screen_is_no_fault_of_the_family(line: Line, tanya: Phone) -> None:
    booked(line)
    line.until("end")
    tanya.ignores_all_but(1)
    tanya.hears("did not work", "$2.70")
    assert line.money() == [("charge", 270, "done"), ("refund", 270, "done")]


def test_who_wrote_that_it_does_not_work_did_not_fail_to_come(line: Line, tanya: Phone, reed: Phone) -> None:
    card = booked(line)
    line.screen_is_on(card.reference)
    line.until("sat 13:50")
    tanya.ignores_all_but(0)
    tanya.says("link dont work")
    tanya.hears("/j/")
    reed.hears(card.reference)
    line.until("end")
    tanya.hears("We cannot tell if your call with Marcus", but_not=["We did not see you join"])
    assert line.money() == [("charge", 270, "done")]


def test_a_complaint_counts_also_where_no_officer_could_be_told(
    line: Line, tanya: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.screen_is_on(booked(line).reference)
    line.until("sat 13:50")
    tanya.ignores_all_but(0)
    monkeypatch.setattr("handlers.dialogues.family.connect.alerts.notify_duty", lambda *_, **__: False)
    tanya.says("its not working")
    tanya.hears("/j/")
    line.until("end")
    tanya.hears("We cannot tell if your call with Marcus")
