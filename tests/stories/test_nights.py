"""At night families are answered at once, officers get no texts, and no deadline passes before people wake up."""

from tests.cast import ANA, MOLINA, REED, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import booked
from tests.talk import Line


def test_card_waits_for_the_morning_and_the_family_knows_it(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    line.until("mon 22:30")
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("1) 1:00 PM")
    tanya.says("1")
    tanya.hears("Asked, not booked yet", "Staff answer by Tue 9 AM.")
    line.until("tue 6:59")
    reed.hears_nothing()
    molina.hears_nothing()
    line.until("tue 7:00")
    reed.hears_card("Decide by today 9 AM")
    molina.hears_card()


def test_two_officers_get_no_card_of_what_was_dropped_over_night(line: Line, tanya: Phone, reed: Phone) -> None:
    line.until("mon 22:30")
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    tanya.says(f"cancel visit {tanya.reference()}")
    tanya.hears("Cancelled, as you asked")
    line.until("tue 9:00")
    reed.hears_nothing()


def test_approved_late_in_the_evening_is_not_lost_in_her_sleep(line: Line, tanya: Phone, reed: Phone) -> None:
    line.until("thu 20:50")
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    card = reed.hears_card()
    line.until("thu 22:40")
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Approved: Marcus, Sat Nov 28, 1:00 PM. Pay $2.70 by Sat 8 AM")
    line.until("reminder to pay")
    assert 8 <= line.here.hour < 21
    tanya.hears("Still to pay")
    line.until("pay-by")
    assert 8 <= line.here.hour < 21
    tanya.hears("was not paid in time")


def test_counter_offer_does_not_end_at_night(line: Line, tanya: Phone, reed: Phone) -> None:
    line.until("mon 18:00")
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    card = reed.hears_card()
    reed.says(f"{card} sun 2pm")
    reed.hears("family answers by Tue 8 AM.")
    tanya.hears("kept for you until Tue 8 AM")
    line.until("tue 7:59")
    tanya.says("1", after=1)
    tanya.hears("Approved")


def test_day_before_reminder_waits_until_people_are_up(opened: Opened) -> None:
    line = opened(TANYA_ALONE, ('from = "09:00"\nto = "12:00"', 'from = "06:30"\nto = "12:00"'))
    ana, molina = line.phone(ANA), line.phone(MOLINA)
    ana.says("luis el sábado 6:30am")
    ana.hears("Responda 1")
    ana.says("1")
    ana.hears("Pedida")
    card = molina.hears_card()
    molina.says(f"{card} ok")
    ana.hears("Aprobada")
    ana.pays()
    ana.hears("Pagada")
    line.until("fri 7:59")
    ana.hears_nothing()
    line.until("fri 8:00")
    ana.hears("Mañana: Luis, sáb 28 nov, 6:30 AM")
    line.until("sat 6:15")
    ana.hears("en 15 minutos")


def test_staff_answer_time_counts_staff_hours(line: Line, tanya: Phone, reed: Phone) -> None:
    line.until("mon 20:00")
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Staff answer by Tue 8:01 AM.")
    reed.hears_card("Decide by Tue 8:01 AM")
    line.until("tue 8:00")
    tanya.hears_nothing()
    line.until("tue 8:02")
    tanya.hears("No answer from staff yet")


def test_booked_visit_is_silent_all_night(line: Line, tanya: Phone) -> None:
    booked(line)
    for night in ("mon", "tue", "wed", "thu"):
        line.until(f"{night} 21:00")
        tanya.hears_nothing()
        line.passes(hours=11)
        tanya.hears_nothing()
    assert line.phone(TANYA).texts
    assert line.phone(REED).texts


def test_still_waiting_is_not_told_at_night(line: Line, tanya: Phone) -> None:
    line.until("mon 19:30")
    tanya.says("can i see marcus saturday 1:45pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked", "Staff answer by Tue 7:31 AM")
    line.until("decide-by")
    line.until("tue 7:59")
    tanya.hears_nothing()
    line.until("tue 8:00")
    tanya.hears("No answer from staff yet")


def test_answer_at_seven_is_given_at_seven_and_not_followed_by_still_waiting(
    line: Line, tanya: Phone, reed: Phone
) -> None:
    line.until("mon 19:30")
    tanya.says("can i see marcus saturday 1:45pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    card = reed.hears_card()
    line.until("tue 7:40")
    reed.ignores_all_but(0)
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Approved: Marcus, Sat Nov 28, 1:45 PM")
    line.until("tue 9:00")
    tanya.hears_nothing()
