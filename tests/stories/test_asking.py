"""Asking for a visit: by part of a day, by the hour, in fragments, on a full day, and too late."""

from datetime import datetime

import pytest

from tests.cast import ANA, CENTRAL, NO_KEEP_APART, ONE_TERMINAL_IN_B, REED, RUTH, RUTH_TOO, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.talk import Line


def test_exact_time_is_read_back_with_the_half_of_the_day_that_was_guessed(
    line: Line, tanya: Phone, reed: Phone
) -> None:
    tanya.says("see marcus saturday at 1")
    tanya.hears(
        "Video visit with Marcus Johnson, Sat Nov 28, 1:00 to 1:30 PM, $2.70 in all.",
        "as 1:00 PM. Shall I ask staff? Reply 1 to ask, or text what to change. Kept for you until 10:10 AM.",
    )
    reed.hears_nothing()
    tanya.says("1")
    tanya.hears("Asked, not booked yet: Marcus, Sat Nov 28, 1:00 PM")
    reed.hears_card("Sat Nov 28 1:00 PM")


def test_hora_exacta_se_lee_de_vuelta(line: Line, ana: Phone, molina: Phone) -> None:
    ana.says("quiero ver a luis el domingo a las 10")
    ana.hears(
        "Videovisita con Luis Ortega, dom 29 nov, de 10:00 a 10:30 AM, $2.70 en total.", "como las 10:00 AM",
        "¿La pido? Responda 1 para pedirla, o escriba qué cambiar. Guardada hasta las 10:10 AM.",
    )  # fmt: skip
    ana.says("sí")
    ana.hears("Pedida, todavía no confirmada: Luis, dom 29 nov, 10:00 AM")
    molina.hears_card("Sun Nov 29 10:00 AM")


def test_nothing_guessed_nothing_said_about_guessing(tanya: Phone) -> None:
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Sat Nov 28, 1:00 to 1:30 PM", but_not=["I took"])


def test_bare_hour_means_the_one_inside_visiting_hours(tanya: Phone) -> None:
    tanya.says("marcus friday at 8")
    tanya.hears("Fri Nov 27, 8:00 to 8:30 PM", "as 8:00 PM")


def test_ok_asks_as_well_as_the_number(tanya: Phone, reed: Phone) -> None:
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("OK")
    tanya.hears("Asked, not booked yet")
    reed.hears_card("1:00 PM")


def test_no_to_the_read_back_frees_the_place(tanya: Phone, reed: Phone) -> None:
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("no")
    tanya.hears("nothing was asked and the place is open to others again")
    tanya.says("1")
    tanya.hears("There is no open question for that.")
    reed.hears_nothing()


def test_another_time_instead_of_the_list(tanya: Phone) -> None:
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("1) 1:00 PM")
    tanya.says("sunday 3pm")
    tanya.hears("Video visit with Marcus Johnson, Sun Nov 29, 3:00 to 3:30 PM")


@pytest.mark.parametrize("said", ["another day", "something earlier", "later", "none of those"])
def test_other_times_than_those_listed(tanya: Phone, said: str) -> None:
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("1) 1:00 PM")
    tanya.says(said)
    tanya.hears("When would you like to see Marcus?")


def test_shorter_visit_at_its_price(tanya: Phone) -> None:
    tanya.says("20 min with marcus saturday 1pm")
    tanya.hears("Sat Nov 28, 1:00 to 1:20 PM, $1.80 in all")


def test_length_that_is_not_given_is_said(tanya: Phone) -> None:
    tanya.says("45 min with marcus saturday 1pm")
    tanya.hears("A visit here is 30 or 20 min.")


def test_who_is_missing_is_asked_after_saying_what_was_understood(tanya: Phone) -> None:
    tanya.says("saturday 2pm")
    tanya.hears(
        "I have Saturday Nov 28 at 2:00 PM. Who would you like to see?\n1) Marcus Johnson\n2) Darnell Price\n"
        "Reply 1 or 2, or text the name."
    )
    tanya.says("marcus")
    tanya.hears("Video visit with Marcus Johnson, Sat Nov 28, 2:00 to 2:30 PM")


def test_relation_says_who(tanya: Phone) -> None:
    tanya.says("wanna see my son")
    tanya.hears("You want to see Marcus. Which day and time?")
    tanya.says("sat")
    tanya.hears("Marcus, Sat Nov 28, 30 min", "1) 1:00 PM")


def test_fragments_add_up(tanya: Phone) -> None:
    tanya.says("hi")
    tanya.hears("Who would you like to see?\n1) Marcus Johnson\n2) Darnell Price")
    tanya.says("my son")
    tanya.hears("You want to see Marcus. Which day and time?")
    tanya.says("sat")
    tanya.hears("Sat Nov 28", "1) 1:00 PM")
    tanya.says("after 3")
    tanya.hears("Sat Nov 28", "1) 3:00 PM", but_not=["1:00 PM\n", "2:30 PM"])


def test_cuando_falta_se_pregunta(ana: Phone) -> None:
    ana.says("quiero ver a mi hermano")
    ana.hears("Entendí que quiere ver a Luis. ¿Qué día y a qué hora?", "Escriba un día u hora")
    ana.says("el domingo")
    ana.hears("Luis, dom 29 nov, 30 min", "1) 9:00 AM")


def test_day_without_visits_gives_the_nearest_three(tanya: Phone) -> None:
    tanya.says("marcus on thursday")
    tanya.hears(
        "There are no visits with Marcus on Thursdays. Visits: Mon Wed Fri 5 PM-8:30 PM, Sat Sun 1 PM-4:30 PM. Nearest",
        "\n1) ", "\n2) ", "\n3) ", "Reply 1, 2 or 3, or text another day or time.",
    )  # fmt: skip


def test_hours_without_visits_are_not_called_full(tanya: Phone) -> None:
    tanya.says("marcus saturday morning")
    tanya.hears("There are no visits with Marcus at that time. Visits: Mon Wed Fri", "1) ", but_not=["No place"])


def test_dia_sin_lugar_da_los_tres_mas_cercanos(ana: Phone) -> None:
    ana.says("luis el viernes en la tarde")
    ana.hears("Los viernes no hay visitas con Luis. Visitas: mar jue sáb dom 9 AM-12 PM. Lo más cercano:\n1) ",
              "\n2) ", "\n3) ", "Responda 1, 2 o 3")  # fmt: skip


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("see marcus today 1pm", "too soon"),
        ("see marcus on december 20", "too far ahead"),
        ("see marcus saturday 1:07pm", "Visits don't start at that minute."),
        ("see marcus saturday 9am", "There are no visits with Marcus at that time."),
        ("see marcus december 25 6pm", "too far ahead"),
    ],
)
def test_reason_somebody_can_do_something_about_is_said(tanya: Phone, said: str, heard: str) -> None:
    tanya.says(said)
    tanya.hears(heard, "1) ")


def test_closure_is_said_with_its_reason(opened: Opened) -> None:
    line = opened(TANYA_ALONE, ('from = "2026-12-25T00:00"', 'from = "2026-11-27T00:00"'),
                  ('to = "2026-12-26T00:00"', 'to = "2026-11-28T00:00"'))  # fmt: skip
    tanya = line.phone(TANYA)
    tanya.says("see marcus friday 6pm")
    tanya.hears("There are no visits then (holiday).", "Nearest open:\n1) ")


def test_a_kept_place_that_lapses_is_told_and_a_late_1_still_asks(line: Line, tanya: Phone, reed: Phone) -> None:
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Kept for you until 10:10 AM")
    line.passes(minutes=11)
    tanya.hears("Sat Nov 28, 1:00 PM with Marcus is no longer kept for you, and nothing was asked.")
    tanya.says("1")
    tanya.hears("Asked, not booked yet: Marcus, Sat Nov 28, 1:00 PM")
    reed.hears_card("1:00 PM")


def test_late_1_for_a_place_that_went_to_others_gets_the_nearest(opened: Opened) -> None:
    line = opened(TANYA_ALONE, RUTH_TOO, NO_KEEP_APART, ONE_TERMINAL_IN_B)
    tanya, ruth = line.phone(TANYA), line.phone(RUTH)
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Kept for you until 10:10 AM")
    ruth.says("see darnell saturday 1pm")
    ruth.hears("No place Saturday Nov 28 at 1:00 PM for Darnell", but_not=["Marcus"])
    line.passes(minutes=11)
    ruth.says("saturday 1pm")
    ruth.hears("Video visit with Darnell Price")
    ruth.says("1")
    ruth.hears("Asked")
    tanya.hears("Sat Nov 28, 1:00 PM with Marcus is no longer kept for you")
    tanya.says("1")
    tanya.hears("Sat Nov 28, 1:00 PM is no longer open for Marcus. Nearest open:\n1) ", but_not=["Darnell"])


def test_chosen_time_that_has_just_gone_gets_the_nearest(opened: Opened) -> None:
    line = opened(TANYA_ALONE, RUTH_TOO, NO_KEEP_APART, ONE_TERMINAL_IN_B)
    tanya, ruth = line.phone(TANYA), line.phone(RUTH)
    for phone, name in ((tanya, "marcus"), (ruth, "darnell")):
        phone.says(f"{name} saturday afternoon")
        phone.hears("1) 1:00 PM")
    ruth.says("1")
    ruth.hears("Asked")
    tanya.says("1")
    tanya.hears("1:00 PM is no longer open for Marcus. Nearest open:\n1) ", but_not=["Darnell"])
    tanya.says("1")
    tanya.hears("Asked, not booked yet: Marcus, Sat Nov 28")


def test_third_open_request_is_refused_with_what_to_do(opened: Opened) -> None:
    line = opened(TANYA_ALONE)
    tanya = line.phone(TANYA)
    for day in ("saturday", "sunday"):
        tanya.says(f"marcus {day} 1pm")
        tanya.hears("Reply 1 to ask")
        tanya.says("1")
        tanya.hears("Asked")
    tanya.says("marcus wednesday 6pm")
    tanya.hears("You have 2 requests waiting for staff, the most at one time.", "VISITS")
    assert len(line.phone(REED).texts) == 2


def test_number_that_is_on_no_list(tanya: Phone) -> None:
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("3) 2:30 PM")
    tanya.says("7")
    tanya.hears("There is no 7 on the list:\n1) 1:00 PM\n2) 1:45 PM\n3) 2:30 PM")


def test_nonsense_ends_after_three_answers(tanya: Phone) -> None:
    for said, heard in (
        ("zzz qqq", "I did not get that."),
        ("qqq zzz", "I still don't follow."),
        ("yyy", "A person at the jail will see your texts"),
    ):
        tanya.says(said)
        assert "+1 555 123 4500" in tanya.hears(heard)
    tanya.says("zzz qqq")
    tanya.hears_nothing()
    tanya.says("marcus saturday afternoon")
    tanya.hears("1) 1:00 PM")


@pytest.mark.parametrize(
    "text",
    ["Liked “1) 1:00 PM\n2) 1:45 PM”", "I'm driving right now, I'll reply later", "Me gusta “1) 1:00 PM”"],
)
def test_reactions_and_automatic_replies_choose_nothing(tanya: Phone, reed: Phone, text: str) -> None:
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("1) 1:00 PM")
    tanya.says(text)
    tanya.hears_nothing()
    reed.hears_nothing()
    tanya.says("1")
    tanya.hears("Asked, not booked yet: Marcus, Sat Nov 28, 1:00 PM")
    reed.hears_card()


@pytest.mark.parametrize("text", ["he has no insulin", "they are beating him"])
def test_danger_is_never_answered_with_a_question_and_the_supervisor_is_alerted(
    tanya: Phone, molina: Phone, text: str
) -> None:
    tanya.says(text)
    tanya.hears(
        "I'm an automatic line and cannot act on this. In danger now: call 911.",
        "+1 555 123 4911",
        "988",
        but_not=["Which", "When"],
    )
    molina.hears("URGENT text from Tanya Johnson", f'"{text}"', "Call them now.")


def test_who_looks_at_another_time_keeps_only_that_one(opened: Opened) -> None:
    line = opened(TANYA_ALONE, RUTH_TOO, NO_KEEP_APART, ONE_TERMINAL_IN_B)
    tanya, ruth = line.phone(TANYA), line.phone(RUTH)
    tanya.says("see marcus saturday 1pm")
    tanya.hears("Kept for you")
    tanya.says("sunday 1pm")
    tanya.hears("Sun Nov 29, 1:00 to 1:30 PM", "Kept for you")
    ruth.says("see darnell saturday 1pm")
    ruth.hears("Video visit with Darnell Price, Sat Nov 28, 1:00 to 1:30 PM")


def test_more_people_than_may_come_are_told_how_many_may(line: Line, tanya: Phone) -> None:
    tanya.says("can i see marcus saturday 1pm, 6 people")
    tanya.hears("At most 4 people can be on a visit", "text the day and time again")
    tanya.says("saturday 1pm")
    tanya.hears("Reply 1 to ask")


def test_mas_personas_de_las_que_caben(line: Line, ana: Phone) -> None:
    ana.says("quiero ver a luis el sábado a las 10, somos 6")
    ana.hears("caben 4 personas como máximo")


def test_as_many_people_as_may_come_are_not_refused(line: Line, tanya: Phone) -> None:
    tanya.says("can i see marcus saturday 1pm, 4 of us")
    tanya.hears("Reply 1 to ask")


ON_A_THURSDAY = ('from = "2026-12-25T00:00"', 'from = "2026-12-24T00:00"')


@pytest.mark.parametrize("wish", ["dec 25 6pm", "on dec 25", "friday dec 25 in the evening"])
def test_a_day_that_is_closed_says_why(opened: Opened, wish: str) -> None:
    line = opened(TANYA_ALONE, start=datetime(2026, 12, 18, 10, 0, tzinfo=CENTRAL))
    tanya = line.phone(TANYA)
    tanya.says(f"can i see marcus {wish}")
    tanya.hears("There are no visits then (holiday). Nearest open:\n1) ")


def test_un_dia_cerrado_dice_por_que(opened: Opened) -> None:
    line = opened(TANYA_ALONE, ON_A_THURSDAY, start=datetime(2026, 12, 18, 10, 0, tzinfo=CENTRAL))
    ana = line.phone(ANA)
    ana.says("quiero ver a luis el jueves 24 de diciembre")
    ana.hears("Para entonces no hay visitas (día festivo). Lo más cercano:\n1) ")
