"""Staff offer another time: the family takes it, looks for others, drops it, or does not answer."""

import pytest

from bot.channels.base import Later
from bot.messages import Outgoing
from handlers.inbound import inbox
from tests.cast import TANYA
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, approved, asked
from tests.talk import Line


def down(outgoing: Outgoing) -> None:
    raise Later("the carrier is down")


def test_taken_by_a_digit(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} sun 2pm")
    reed.hears(f"{card.reference}: Sun Nov 29 2:00 PM offered and kept, family answers by Tue 8 AM.")
    tanya.hears(
        "Staff can't do the visit with Marcus on Sat Nov 28, 1:45 PM but offer Sun Nov 29, 2:00 PM.",
        "It is kept for you until Tue 8 AM.",
        "Reply 1 to take it, 2 to see other times, 3 to drop the request.",
    )
    tanya.says("1")
    tanya.hears("Approved: Marcus, Sun Nov 29, 2:00 PM. Pay $2.70")
    tanya.pays()
    tanya.hears("Paid and booked: Marcus, Sun Nov 29, 2:00 PM")


def test_ok_takes_it_too(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} sun 230pm")
    reed.hears("Sun Nov 29 2:30 PM offered and kept")
    tanya.hears("offer Sun Nov 29, 2:30 PM")
    tanya.says("ok")
    tanya.hears("Approved")


def test_aceptada_con_un_numero(line: Line, ana: Phone, molina: Phone) -> None:
    card = asked(line, ANAS)
    molina.says(f"{card} domingo 11am")
    molina.hears(f"{card.reference}: Sun Nov 29 11:00 AM offered and kept, family answers by Tue 8 AM.")
    ana.hears(
        "No es posible la visita con Luis el sáb 28 nov, 9:45 AM, pero le ofrecen el dom 29 nov, 11:00 AM.",
        "Se la guardamos hasta el mar 8 AM.", "Responda 1 para aceptar, 2 para ver otras horas, 3 para dejarlo.",
    )  # fmt: skip
    ana.says("1")
    ana.hears("Aprobada: Luis, dom 29 nov, 11:00 AM. Pague $2.70")
    molina.says("list")
    molina.hears("Nothing waits for your answer.")


def test_other_times_continue_the_numbers_and_the_offer_stays_until_one_is_chosen(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    card = asked(line)
    reed.says(f"{card} sun 2pm")
    reed.hears("offered and kept")
    tanya.hears("2 to see other times")
    tanya.says("2")
    tanya.hears(
        "Still kept until Tue 8 AM: 1) Take Sun Nov 29 2:00 PM, 3) Drop the request. Marcus, 30 min. Open:\n", "4) ",
        but_not=["Sat Nov 28 1:45 PM", "Sat Nov 28 2:00 PM", "Sat Nov 28 1:30 PM"],
    )  # fmt: skip
    tanya.says("1")
    tanya.hears("Approved")
    molina.hears("needs no answer now: another time offered by Officer Reed")
    molina.hears_nothing()


def test_other_time_chosen_is_asked_for_and_the_offer_is_let_go(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    card = asked(line)
    reed.says(f"{card} sun 2pm")
    reed.hears("offered and kept")
    tanya.hears("2 to see other times")
    tanya.says("2")
    tanya.hears("4) ", "5) ")
    tanya.says("4")
    tanya.hears("Asked, not booked yet: Marcus")
    reed.hears(card.reference, "cancelled by the family")
    fresh = reed.hears_card("Tanya Johnson")
    assert fresh.reference != card.reference
    molina.hears("needs no answer now: another time offered by Officer Reed")
    molina.ignores(2)
    tanya.says("1")
    tanya.hears("That question has closed, and nothing was changed.")


def test_dropped(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} sun 2pm")
    reed.hears("offered and kept")
    tanya.hears("3 to drop the request")
    tanya.says("3")
    tanya.hears("Dropped: your request for Marcus. Nothing is owed")
    reed.hears(card.reference, "cancelled by the family")
    tanya.says("visits")
    tanya.hears("dropped")


def test_not_answered_in_time_it_lapses_and_nothing_is_owed(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} sun 2pm")
    reed.hears("offered and kept")
    tanya.hears("kept for you until Tue 8 AM")
    line.until("offer lapses")
    tanya.hears(
        "The time offered for Marcus, Sun Nov 29, 2:00 PM, was kept until now and is open to others again. You owe nothing."
    )
    tanya.says("1")
    tanya.hears("That question has closed, and nothing was changed.")


def test_oferta_sin_respuesta_se_libera(line: Line, ana: Phone, molina: Phone) -> None:
    card = asked(line, ANAS)
    molina.says(f"{card} sun 11am")
    molina.hears("offered and kept")
    ana.hears("Responda 1 para aceptar")
    line.until("offer lapses")
    ana.hears("La hora ofrecida para Luis, dom 29 nov, 11:00 AM, se guardó hasta ahora y quedó libre. No debe nada.")


def test_time_that_is_not_free_is_not_offered_and_the_officer_sees_what_is(
    line: Line, tanya: Phone, reed: Phone
) -> None:
    card = asked(line)
    reed.says(f"{card} sun 10am")
    reed.hears("Sun Nov 29 10:00 AM is not free for", "nothing was changed. Free near it:\n", f"like {card} SAT 1PM")
    tanya.hears_nothing()


def test_what_is_no_time_is_asked_again(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} whenever he is back")
    assert "approved" not in reed.hears()
    tanya.hears_nothing()


def test_status_tells_the_offer_and_its_numbers(line: Line, tanya: Phone, reed: Phone) -> None:
    card = asked(line)
    reed.says(f"{card} sun 2pm")
    reed.hears("offered")
    tanya.hears("Reply 1 to take it")
    tanya.says("did they say yes")
    tanya.hears("Staff offer Marcus, Sun Nov 29, 2:00 PM, kept for you until Tue 8 AM.\n1) Take Sun Nov 29 2:00 PM")


def test_offer_while_another_list_is_open_continues_its_numbers(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    card = asked(line)
    tanya.says("can i see darnell sunday afternoon")
    tanya.hears("Darnell, Sun Nov 29", "1) 1:00 PM\n2) 1:45 PM\n3) 2:30 PM")
    reed.says(f"{card} sat 3pm")
    reed.hears("Sat Nov 28 3:00 PM offered and kept")
    tanya.hears("offer Sat Nov 28, 3:00 PM", "Reply 4 to take it, 5 to see other times, 6 to drop the request.")
    tanya.says("ok", after=60)
    tanya.hears('Your "ok" could mean two things. Which one?\n')
    tanya.says("nothing", after=60)
    tanya.ignores(1)
    tanya.says("4", after=60)
    tanya.hears("Approved: Marcus, Sat Nov 28, 3:00 PM")
    molina.hears("needs no answer now: another time offered by Officer Reed")
    molina.hears_nothing()


def test_offer_and_list_each_keep_their_own_two(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    card = asked(line)
    tanya.says("can i see darnell sunday afternoon")
    tanya.hears("2) 1:45 PM")
    reed.says(f"{card} sat 3pm")
    reed.hears("offered and kept")
    tanya.hears("Reply 4 to take it")
    tanya.says("2", after=60)
    tanya.hears("Asked, not booked yet: Darnell, Sun Nov 29, 1:45 PM")
    reed.hears_card("Darnell Price")
    molina.hears("needs no answer now: another time offered by Officer Reed")
    molina.ignores(1)
    tanya.says("4", after=60)
    tanya.hears("Approved: Marcus")


def test_number_that_crosses_a_new_list_is_asked_back(tanya: Phone, reed: Phone) -> None:
    tanya.says("marcus saturday")
    tanya.hears("Sat Nov 28", "2) 1:45 PM")
    tanya.says("no wait sunday", after=15)
    tanya.hears("Sun Nov 29", "2) 1:45 PM")
    tanya.says("2", after=3)
    tanya.hears('Your "2" could mean two things. Which one?\n1) ', "\n2) ")
    reed.hears_nothing()
    tanya.says("1", after=60)
    tanya.hears("Asked, not booked yet: Marcus")
    reed.hears_card()


def test_approved_visit_has_no_offer_left_to_take(line: Line, tanya: Phone) -> None:
    approved(line)
    tanya.says("1")
    tanya.hears("There is no open question for that.")


def test_digit_for_a_question_that_closed_chooses_nothing_on_the_list_that_came_after(
    line: Line, tanya: Phone, reed: Phone
) -> None:
    """The times offered with a denial are numbered after those of an offer that has just expired."""
    card = asked(line)
    reed.says(f"{card} sun 2pm")
    reed.hears("offered and kept")
    tanya.hears("Reply 1 to take it, 2 to see other times, 3 to drop the request.")
    tanya.says("can i see darnell tuesday 9am")
    tanya.ignores(1)
    line.until("offer lapses")
    tanya.hears("was kept until now")
    tanya.says("1", after=1)
    tanya.hears("That question has closed, and nothing was changed.")


def test_number_sent_before_a_list_went_out_does_not_choose_from_it(line: Line, tanya: Phone, reed: Phone) -> None:
    """The carrier is down while she changes her mind: her "2" is asked back, and the list is not sent."""
    tanya.says("marcus saturday afternoon")
    tanya.hears("Sat Nov 28", "2) 1:45 PM")
    line.carrier.failing = down
    with line.trouble():
        tanya.says("no wait sunday afternoon")
        tanya.says("2", after=60)
        line.carrier.failing = None
        line.passes(minutes=5)
    tanya.hears('Your "2" could mean two things. Which one?\n1) Sat Nov 28 1:45 PM\n2) Sun Nov 29 1:45 PM')
    reed.hears_nothing()


def test_late_handled_number_means_what_was_on_the_screen_when_it_was_sent(
    line: Line, tanya: Phone, reed: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that received the text dies. A job handles it after another list has been on the phone for a while."""
    tanya.says("marcus saturday")
    tanya.hears("Sat Nov 28", "2) 1:45 PM")
    tanya.says("no wait sunday", after=15)
    tanya.hears("Sun Nov 29", "2) 1:45 PM")
    with line.trouble():
        with monkeypatch.context() as away:
            away.setattr(inbox, "handle", lambda *_: False)
            tanya.says("2", after=3)
        line.passes(seconds=60)
    tanya.hears('Your "2" could mean two things. Which one?\n1) ', "\n2) ")
    reed.hears_nothing()


def test_question_that_was_answered_in_words_is_not_meant_by_a_number(opened: Opened) -> None:
    line = opened()
    phone = line.phone(TANYA)
    phone.says("i want to book a visit, its tanya")
    phone.hears("1) Marcus Johnson\n2) Darnell Price")
    phone.says("marcus saturday afternoon")
    phone.hears("2) 1:45 PM")
    phone.says("2", after=5)
    phone.hears("Asked, not booked yet: Marcus, Sat Nov 28, 1:45 PM")


def test_two_things_asked_back_are_answered_at_once(tanya: Phone) -> None:
    tanya.says("see marcus monday evening")
    tanya.hears("2) 5:45 PM")
    tanya.says("tuesday week, or wednesday evening", after=15)
    tanya.hears("Wed Nov 25", "1) ")
    tanya.says("1", after=3)
    tanya.hears("could mean two things. Which one?\n1) ", "\n2) ")
    tanya.says("1", after=3)
    tanya.hears("Asked, not booked yet: Marcus")
