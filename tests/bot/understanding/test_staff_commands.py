"""Officers' commands, exactly as officers type them."""

from datetime import datetime

import pytest

from bot.understanding.staff import StaffCommand, StaffVerb, parse_staff_command
from bot.understanding.staff.list_answer_parser import LAST_ITEM

NOW = datetime.fromisoformat("2026-11-23T10:00")


def read(text: str) -> StaffCommand | None:
    return parse_staff_command(text, now=NOW)


@pytest.mark.parametrize(
    "text", ["417 ok", "417 OK", "417 OK.", "ok 417", "Ok 417!", "417 👍", "417 yes", "417 approve", "417 si"]
)
def test_a_code_and_ok_approve(text: str) -> None:
    command = read(text)
    assert command is not None
    assert (command.verb, command.code) == ("ok", 417)


@pytest.mark.parametrize(
    ("text", "letter", "note"),
    [
        ("417 no", None, ""),
        ("417 NO", None, ""),
        ("417 no b", "b", ""),
        ("417 no b he is at court", "b", "he is at court"),
        ("417 NO C.", "c", ""),
        ("417 no he is in the hole til tues", None, "he is in the hole til tues"),
        ("417 no a lawyer is with him", None, "a lawyer is with him"),
        ("no 417 b", "b", ""),
        ("417 negar d", "d", ""),
    ],
)
def test_a_code_and_no_deny_with_letter_and_note(text: str, letter: str | None, note: str) -> None:
    command = read(text)
    assert command is not None
    assert (command.verb, command.code, command.letter, command.note) == ("no", 417, letter, note)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("417 sun 2pm", datetime.fromisoformat("2026-11-29T14:00")),
        ("417 domingo 2pm", datetime.fromisoformat("2026-11-29T14:00")),
        ("417 sun 230pm", datetime.fromisoformat("2026-11-29T14:30")),
        ("417 14:30", datetime.fromisoformat("2026-11-23T14:30")),
        ("417 tomorrow 3", datetime.fromisoformat("2026-11-24T15:00")),
        ("417 nov 28 1:45 pm", datetime.fromisoformat("2026-11-28T13:45")),
        ("417 mañana a las 3", datetime.fromisoformat("2026-11-24T15:00")),
    ],
)
def test_a_code_and_a_time_offer_that_time(text: str, start: datetime) -> None:
    command = read(text)
    assert command is not None
    assert command.window is not None
    assert (command.verb, command.code, command.window.start) == ("time", 417, start)


def test_the_span_of_an_offered_time_is_counted_in_the_whole_text() -> None:
    command = read("417 sun 2pm")
    assert command is not None
    assert command.window is not None
    assert "417 sun 2pm"[slice(*command.window.text)] == "sun 2pm"


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("list", "list"),
        ("LISTA", "list"),
        ("today", "today"),
        ("hoy", "today"),
        ("tomorrow", "tomorrow"),
        ("mañana", "tomorrow"),
        ("help", "help"),
        ("ayuda", "help"),
        ("ok", "ok"),
        ("no", "no"),
    ],
)
def test_one_word_commands(text: str, verb: str) -> None:
    assert read(text) == StaffCommand(StaffVerb(verb))


@pytest.mark.parametrize(
    ("text", "verb", "reference", "letter"),
    [
        ("visit V7K2", "visit", "V7K2", None),
        ("visita v 7 k 2", "visit", "V7K2", None),
        ("ok V7K2", "ok", "V7K2", None),
        ("V7K2 ok", "ok", "V7K2", None),
        ("no V7K2 b", "no", "V7K2", "b"),
        ("why V7k2.", "why", "V7K2", None),
    ],
)
def test_commands_that_name_a_reference(text: str, verb: str, reference: str, letter: str | None) -> None:
    command = read(text)
    assert command is not None
    assert (command.verb, command.reference, command.letter, command.code) == (verb, reference, letter, None)


@pytest.mark.parametrize(("text", "name"), [("invite ana diaz", "ana diaz"), ("Invitar Ana Díaz", "Ana Díaz")])
def test_invite_keeps_the_name_as_typed(text: str, name: str) -> None:
    assert read(text) == StaffCommand(StaffVerb.INVITE, name=name)


@pytest.mark.parametrize(
    "text",
    [
        "911",
        "988 ok",
        "can i see my brother",
        "can i see marcus saturday",
        "see 417 main st tomorrow",
        'Liked "417 OK"',
        "I'm driving, will reply later",
        "",
        "   ",
    ],
)
def test_what_is_no_command_is_none(text: str) -> None:
    assert read(text) is None


def test_a_code_alone_names_the_card_and_no_verb() -> None:
    assert read("417") == StaffCommand(StaffVerb.NONE, code=417)
    assert read("417 why") == StaffCommand(StaffVerb.WHY, code=417)
    assert read("417 motivo") == StaffCommand(StaffVerb.WHY, code=417)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("417 1-9 ok, 11 ok, 12 no b", ((1, 9, "ok", None), (11, 11, "ok", None), (12, 12, "no", "b"))),
        ("417 ok 1-9, no 12 b", ((1, 9, "ok", None), (12, 12, "no", "b"))),
        ("417 1,2,3 ok", ((1, 1, "ok", None), (2, 2, "ok", None), (3, 3, "ok", None))),
        ("417 1-3 5 ok; 4 no c he is at court, 6 ok",
         ((1, 3, "ok", None), (5, 5, "ok", None), (4, 4, "no", "c"), (6, 6, "ok", None))),
        ("417 1 a 5 si y 6 no d", ((1, 5, "ok", None), (6, 6, "no", "d"))),
        ("417 9-1 OK", ((1, 9, "ok", None),)),
        ("417 2 ok", ((2, 2, "ok", None),)),
        ("417 no 12 b", ((12, 12, "no", "b"),)),
        ("417 ok all", ((1, LAST_ITEM, "ok", None),)),
        ("417 all ok", ((1, LAST_ITEM, "ok", None),)),
        ("417 todas ok", ((1, LAST_ITEM, "ok", None),)),
    ],
)  # fmt: skip
def test_a_list_is_answered_by_numbers_and_ranges(
    text: str, items: tuple[tuple[int, int, str, str | None], ...]
) -> None:
    command = read(text)
    assert command is not None
    assert (command.verb, command.code, command.items) == ("items", 417, items)


@pytest.mark.parametrize("text", ["417 ok 1-9 but not 4", "417 ok 2 visitors max", "417 yes 300", "417 ok 1-9, 12"])
def test_numbers_that_cannot_be_read_never_approve_everything(text: str) -> None:
    command = read(text)
    assert command is not None
    assert command.verb != "ok"


@pytest.mark.parametrize(
    ("text", "verb", "unit"),
    [
        ("on", "on", None),
        ("OFF", "off", None),
        ("on duty", "on", None),
        ("on unit B", "on", "B"),
        ("off unit 3", "off", "3"),
        ("de turno", "on", None),
        ("fuera de turno", "off", None),
        ("lockdown", "lockdown", None),
        ("lockdown unit b", "lockdown", "B"),
        ("reopen unit B", "reopen", "B"),
        ("lift lockdown", "reopen", None),
        ("reabrir unidad b", "reopen", "B"),
    ],
)
def test_commands_about_duty_and_units(text: str, verb: str, unit: str | None) -> None:
    command = read(text)
    assert command is not None
    assert (command.verb, command.unit, command.code, command.window) == (verb, unit, None, None)


@pytest.mark.parametrize(
    ("text", "verb", "unit", "start", "end"),
    [
        ("lockdown unit B until 5pm", "lockdown", "B", None, "2026-11-23T17:00"),
        ("lock down all units until tomorrow 8am", "lockdown", "all", None, "2026-11-24T08:00"),
        ("encierro unidad B hasta las 5", "lockdown", "B", None, "2026-11-23T17:00"),
        ("close saturday", "close", None, "2026-11-28T00:00", "2026-11-29T00:00"),
        ("close unit B tomorrow from 2 to 4", "close", "B", "2026-11-24T14:00", "2026-11-24T16:00"),
        ("no visits saturday", "close", None, "2026-11-28T00:00", "2026-11-29T00:00"),
        ("cerrar el sábado", "close", None, "2026-11-28T00:00", "2026-11-29T00:00"),
    ],
)
def test_lockdown_and_closures_say_where_and_when(
    text: str, verb: str, unit: str | None, start: str | None, end: str
) -> None:
    command = read(text)
    assert command is not None
    assert command.window is not None
    assert (command.verb, command.unit) == (verb, unit)
    assert command.window.start == (datetime.fromisoformat(start) if start else None)
    assert command.window.end == datetime.fromisoformat(end)


@pytest.mark.parametrize(
    ("text", "verb", "name", "number", "unit"),
    [
        ("court 48213 thu 9am", "court", "", "48213", None),
        ("48213 court thursday 9-12", "court", "", "48213", None),
        ("marcus johnson at court tomorrow morning", "court", "marcus johnson", None, None),
        ("corte 48213 el jueves", "court", "", "48213", None),
        ("48213 refuses", "refuses", "", "48213", None),
        ("Marcus Johnson refuses the visit", "refuses", "Marcus Johnson", None, None),
        ("48213 no quiere", "refuses", "", "48213", None),
        ("48213 moved to unit C", "moved", "", "48213", "C"),
        ("marcus johnson moved to C", "moved", "marcus johnson", None, "C"),
        ("48213 trasladado a unidad C", "moved", "", "48213", "C"),
    ],
)
def test_commands_about_a_resident(text: str, verb: str, name: str, number: str | None, unit: str | None) -> None:
    command = read(text)
    assert command is not None
    assert (command.verb, command.name, command.number, command.unit) == (verb, name, number, unit)


def test_a_court_date_has_its_hours() -> None:
    command = read("48213 court thursday 9-12")
    assert command is not None
    assert command.window is not None
    assert command.window.start == datetime.fromisoformat("2026-11-26T09:00")
    assert command.window.end == datetime.fromisoformat("2026-11-26T12:00")


def test_undo_and_refuses_belong_to_a_code() -> None:
    assert read("417 undo") == StaffCommand(StaffVerb.UNDO, code=417)
    assert read("417 refuses") == StaffCommand(StaffVerb.REFUSES, code=417)
    assert read("undo") == StaffCommand(StaffVerb.UNDO)


@pytest.mark.parametrize(
    "text",
    [
        "on saturday i can see my brother",
        "is marcus in court thursday?",
        "my brother was moved where is he",
        "i want to go to court",
        "see you at court",
        "off saturday and sunday",
        "when does the lockdown end",
    ],
)
def test_a_relative_among_staff_gives_no_command(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "verb", "number"),
    [
        ("flags", "flags", None),
        ("Flags.", "flags", None),
        ("alertas", "flags", None),
        ("flag 3", "flag", "3"),
        ("flag 3 done", "flag_done", "3"),
        ("FLAG #3 DONE", "flag_done", "3"),
        ("done 3", "flag_done", "3"),
        ("close flag 3", "flag_done", "3"),
        ("flag 417 done", "flag_done", "417"),
        ("alerta 3 lista", "flag_done", "3"),
    ],
)
def test_flags_are_read_and_closed(text: str, verb: str, number: str | None) -> None:
    command = read(text)
    assert command is not None
    assert (command.verb, command.number, command.code) == (verb, number, None)


@pytest.mark.parametrize("text", ["417 done", "ok 417", "done 417", "lista", "3 ok", "close unit B"])
def test_a_text_that_resembles_a_flag_command_closes_no_flag(text: str) -> None:
    command = read(text)
    assert command is None or command.verb not in ("flag", "flag_done")


@pytest.mark.parametrize(
    ("text", "verb", "number", "name"),
    [
        ("calls", "calls", None, ""),
        ("Calls!", "calls", None, ""),
        ("llamadas", "calls", None, ""),
        ("ver las llamadas", "calls", None, ""),
        ("kiosk 123456 B-1", "kiosk", "123456", "B-1"),
        ("KIOSK 123456 b-1", "kiosk", "123456", "b-1"),
        ("pantalla 123456 B-1", "kiosk", "123456", "B-1"),
        ("kiosk B-1 123456", "kiosk", "123456", "B-1"),
        ("kiosk 123 456 b1", "kiosk", "123456", "b1"),
        ("kiosk b 1 123 456", "kiosk", "123456", "b 1"),
        ("kiosk code 123-456 terminal B-1.", "kiosk", "123456", "B-1"),
        ("kiosk 123456", "kiosk", "123456", ""),
        ("kiosk 123456 A", "kiosk", "123456", "A"),
        ("kiosk B-1", "kiosk", None, "B-1"),
        ("unpair B-1", "unpair", None, "B-1"),
        ("desvincular la pantalla b1", "unpair", None, "b1"),
        ("pin 48213", "pin", None, "48213"),
        ("pin 482", "pin", None, "482"),
        ("new pin for marcus johnson", "pin", None, "marcus johnson"),
        ("nuevo pin de luis", "pin", None, "luis"),
        ("pin", "pin", None, ""),
    ],
)
def test_kiosks_pins_and_calls_are_not_answer_codes(text: str, verb: str, number: str | None, name: str) -> None:
    command = read(text)
    assert command is not None
    assert (command.verb, command.number, command.name, command.code) == (verb, number, name, None)


@pytest.mark.parametrize(
    "text",
    ["the screen is black since noon today", "call me", "my calls keep dropping", "pinto", "417 ok", "calls? who"],
)
def test_a_text_that_resembles_a_call_command_is_none(text: str) -> None:
    command = read(text)
    assert command is None or command.verb not in ("calls", "kiosk", "unpair", "pin")
