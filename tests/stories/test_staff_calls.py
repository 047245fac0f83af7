"""Officers, kiosks, PINs and the link to the calls; and families who cannot connect."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from scheduling.storage.database import metadata
from scheduling.storage.tables import call_devices
from tests.cast import MOLINA, MOLINA_IN_SPANISH, REED, REED_HAS_FAMILY, STRANGER, TANYA, TANYA_ALONE
from tests.stories.carrier import URL
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import ANAS, asked, booked
from tests.talk import Line
from webhooks.app import create_app

CALLS = re.compile(rf"{URL}(/calls/[\w-]{{22}})(?![\w-])")


class Screen:
    """A kiosk: a browser that only ever asks what to show."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.web: FlaskClient = create_app(line.deps).test_client()
        self.now = self.asks()

    def asks(self) -> dict[str, object]:
        answer = self.web.post("/kiosk/poll", json={})
        assert answer.status_code == 200, answer.text
        self.now = answer.get_json()
        self.line.settle()
        return self.now

    @property
    def code(self) -> str:
        return str(self.now["code"])


def paired(line: Line, officer: Phone, terminal: str = "B-1") -> Screen:
    screen = Screen(line)
    officer.says(f"kiosk {screen.code} {terminal}")
    officer.hears(terminal)
    screen.asks()
    return screen


# The link to the calls


def test_calls_answers_with_a_link_for_twelve_hours(line: Line, reed: Phone) -> None:
    reed.says("calls")
    said = reed.hears("No calls just now.", "/calls/", "Good until 10:00 PM. Do not pass it on.")
    link = CALLS.findall(said)[0]
    assert line.web.get(link).status_code == 200
    line.passes(hours=12)
    assert line.web.get(link).status_code == 404


def test_calls_counts_what_may_be_joined_now_in_his_units(line: Line, reed: Phone, molina: Phone, tanya: Phone) -> None:
    booked(line)
    line.until("sat 13:36")
    for each in (reed, molina, tanya):
        each.ignores_all_but(0)
    for each in (reed, molina):
        each.says("calls")
        each.hears("Calls now: 1.", "/calls/")


def test_calls_tells_of_what_is_in_doubt(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    booked(line)
    at_the_visit(line, 2)
    entry = line.web.post(f"{tanya.link('j')}/enter", json={"as": ""}).get_json()
    assert line.web.post(f"/call/{entry['key']}/not-them").status_code == 200
    line.settle()
    for each in (reed, molina, tanya):
        each.ignores_all_but(0)
    reed.says("calls")
    link = CALLS.findall(reed.hears("No calls just now. In doubt: 1.", "/calls/"))[0]
    assert "The family said: this is not him" in line.web.get(link).text


def test_calls_in_spanish(opened: Opened) -> None:
    molina = opened(TANYA_ALONE, MOLINA_IN_SPANISH).phone(MOLINA)
    molina.language = "es"
    molina.says("llamadas")
    molina.hears("Ahora no hay llamadas.", "/calls/", "No lo comparta.")


# Pairing


def test_a_screen_is_paired_and_the_other_supervisors_hear_of_it(line: Line, reed: Phone, molina: Phone) -> None:
    screen = Screen(line)
    reed.says(f"kiosk {screen.code[:3]} {screen.code[3:]} b1")
    reed.hears(f"code {screen.code} is now B-1, unit B.", "The other supervisors are told. To undo: UNPAIR B-1")
    molina.hears("Officer Reed by text: a new screen is now B-1", "UNPAIR B-1")
    assert screen.asks()["state"] == "idle"
    assert screen.now["terminal"] == "B-1"
    molina.says("unpair b1")
    molina.hears("B-1 has no screen now.")
    assert screen.asks()["state"] == "pairing"
    reed.hears_nothing()


def test_paired_by_the_only_supervisor_nobody_else_is_said_to_be_told(line: Line, molina: Phone) -> None:
    screen = Screen(line)
    molina.says(f"kiosk A-1 {screen.code}")
    said = molina.hears("is now A-1, unit A.", "To undo: UNPAIR A-1")
    assert "told" not in said


def test_another_screen_takes_the_place_of_the_first(line: Line, reed: Phone, molina: Phone) -> None:
    first = paired(line, reed)
    second = Screen(line)
    reed.says(f"kiosk {second.code} B-1")
    reed.hears("is now B-1", "The screen B-1 had before is off.")
    assert first.asks()["state"] == "pairing"
    assert second.asks()["state"] == "idle"
    molina.ignores(2)


def test_in_spanish(opened: Opened) -> None:
    line = opened(TANYA_ALONE, MOLINA_IN_SPANISH)
    molina = line.phone(MOLINA)
    molina.language = "es"
    screen = Screen(line)
    molina.says(f"pantalla {screen.code} b-1")
    molina.hears("ahora es B-1, unidad B.", "DESVINCULAR B-1")
    molina.says("desvincular B-1")
    molina.hears("B-1 ya no tiene pantalla.")
    molina.says("desvincular B-1")
    molina.hears("B-1 no tenía pantalla; no cambió nada.")
    molina.says("pin luis ortega")
    molina.hears("PIN de Luis Ortega 51877: ")


def test_a_code_that_has_run_out_or_is_of_nobody_pairs_nothing(line: Line, reed: Phone, molina: Phone) -> None:
    screen = Screen(line)
    old = screen.code
    line.passes(minutes=10)
    reed.says(f"kiosk {old} B-1")
    reed.hears(f"No screen shows the code {old} now, so nothing was changed.")
    assert screen.asks()["state"] == "pairing"
    assert screen.code != old
    reed.says(f"kiosk {screen.code} B-1")
    reed.hears("is now B-1")
    molina.ignores(1)


def test_only_terminals_of_his_units(line: Line, reed: Phone, molina: Phone) -> None:
    screen = Screen(line)
    reed.says(f"kiosk {screen.code} A-1")
    reed.hears(f"You have no terminal A-1, so nothing was changed. Yours: B-1, B-2. Text KIOSK {screen.code} B-1")
    reed.says(f"kiosk {screen.code}")
    reed.hears(f"Which terminal is it: B-1, B-2? Text it with the code, like KIOSK {screen.code} B-1")
    reed.says(f"kiosk {screen.code} B")
    reed.hears("Which terminal is it: B-1, B-2?")
    reed.says("kiosk B-1")
    reed.hears("To pair a screen text the six digits it shows")
    reed.says("unpair A-1")
    reed.hears("Which terminal: B-1, B-2?")
    assert screen.asks()["state"] == "pairing"
    molina.says(f"kiosk {screen.code} unit A")
    molina.hears("is now A-1")
    reed.hears_nothing()


def test_six_digits_are_no_answer_code(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    card = asked(line)
    reed.says(f"kiosk {card}456 B-1")
    reed.hears("No screen shows the code")
    reed.says(f"pin {card}")
    reed.hears(f"No resident {card} in your units")
    reed.says("list")
    reed.hears(card.reference)


@pytest.mark.parametrize("text", ["kiosk 123456 B-1", "unpair B-1", "pin 48213", "calls", "llamadas"])
def test_whoever_is_not_staff_hears_nothing_of_it(line: Line, text: str) -> None:
    for member in (STRANGER, TANYA):
        phone = line.phone(member)
        phone.says(text)
        phone.ignores_all_but(0)
        for got in phone.texts:
            assert not re.search(r"/calls/|PIN for|KIOSK|UNPAIR|screen", got.text)


def test_a_suspended_officer_can_do_none_of_it(line: Line, reed: Phone, molina: Phone) -> None:
    reed.says("calls")
    link = CALLS.findall(reed.hears("/calls/"))[0]
    molina.says("off reed")
    molina.hears("Reed")
    screen = Screen(line)
    for text in ("calls", f"kiosk {screen.code} B-1", "pin 48213", "unpair B-1"):
        reed.says(text)
    reed.ignores_all_but(0)
    assert screen.asks()["state"] == "pairing"
    assert line.web.get(link).status_code == 404


# PINs


def test_a_new_pin_for_a_resident_of_his_units(line: Line, reed: Phone) -> None:
    reed.says("pin 48213")
    said = reed.hears("PIN for Marcus Johnson 48213: ", "Give it to him alone. The old one no longer works.")
    assert re.search(r": \d{4}\. Give", said)
    reed.says("pin marcus johnson")
    reed.hears("PIN for Marcus Johnson 48213: ")
    reed.says("pin marcus")
    reed.hears("PIN for Marcus Johnson 48213: ")
    for other in ("pin 51877", "pin luis ortega", "pin 99999", "pin"):
        reed.says(other)
        reed.hears("No resident", "in your units, so nothing was changed.")


def test_a_name_of_several_is_asked_back(opened: Opened) -> None:
    line = opened(TANYA_ALONE, ('name = "Darnell Price"', 'name = "Darnell Johnson"'))
    reed = line.phone(REED)
    reed.says("pin johnson")
    reed.hears("Which one? Text PIN and the number:", "48213 Marcus Johnson", "50333 Darnell Johnson")


def test_no_pin_and_no_link_can_be_read_in_the_console_or_the_database(line: Line, reed: Phone) -> None:
    reed.says("pin 48213")
    pin = re.findall(r": (\d{4})\. ", reed.hears("PIN for Marcus"))[0]
    reed.says("calls")
    token = CALLS.findall(reed.hears("/calls/"))[0].removeprefix("/calls/")
    web = line.web
    csrf = re.findall(r'name="csrf" value="([^"]+)"', web.get("/console/login").text)[0]
    assert web.post("/console/login", data={"csrf": csrf, "password": "for stories only"}).status_code == 303
    pages = [web.get("/console/log").text]
    pages += [web.get(path).text for path in set(re.findall(r'href="(/console/log/\w+/\d+)', pages[0]))]
    assert any("PIN for Marcus Johnson" in page for page in pages)
    for page in pages:
        assert f": {pin}." not in page
        assert token not in page
    with line.deps.db.read() as tx:
        rows = repr([tx.execute(sa.select(table)).all() for table in metadata.sorted_tables])
    assert token not in rows
    assert f"48213: {pin}" not in rows


# From a ringing screen to an unpaired one


def test_an_officer_lets_him_in_and_an_unpaired_screen_is_out_of_the_call_at_once(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    card = booked(line)
    screen = paired(line, reed)
    at_the_visit(line)
    assert screen.asks()["state"] == "ring"
    assert screen.web.post("/kiosk/enter", json={}).get_json()["error"] == "officer"
    line.settle()
    link = CALLS.findall(reed.hears("B-1: Marcus Johnson 48213 has no PIN. Is it him?", "/calls/"))[0]
    molina.hears("has no PIN")
    assert "Waits at B-1 for an officer" in line.web.get(link).text
    assert line.web.post(f"{link}/{card.reference}/admit").status_code == 303
    assert screen.asks()["state"] == "call"
    entry = screen.web.post("/kiosk/enter", json={}).get_json()
    assert entry["side"] == "kiosk"
    with line.deps.db.read() as tx:
        called = tx.execute(sa.select(call_devices.c.visit_id)).scalar_one()
    before = line.deps.wakeups.version(f"call:{called}")
    molina.says("unpair b-1")
    molina.hears("B-1 has no screen now.")
    assert line.deps.wakeups.version(f"call:{called}") > before
    beat = screen.web.post(f"/call/{entry['key']}/beat", json={"seen": False, "heard": False, "report": {}})
    assert beat.get_json()["phase"] == "over"
    assert screen.asks()["state"] == "pairing"
    assert screen.web.post("/kiosk/enter", json={}).status_code == 410
    tanya.ignores_all_but(0)


# A family that cannot connect


def at_the_visit(line: Line, minutes: float = 0) -> None:
    """Saturday, this many minutes after the start at 1:45 PM. Everybody has read their texts."""
    line.until("sat 13:35")
    line.until(line.clock + timedelta(minutes=10 + minutes))
    for member in (TANYA, REED, MOLINA):
        line.phone(member).ignores_all_but(0)


def test_before_it_opens_there_is_only_the_link(line: Line, tanya: Phone) -> None:
    booked(line)
    for member in (TANYA, REED, MOLINA):
        line.phone(member).ignores_all_but(0)
    line.until("sat 13:00")
    tanya.ignores_all_but(0)
    tanya.says("can't connect")
    tanya.hears("/j/", but_not=["Staff have been told"])


def test_who_has_not_opened_the_page_is_told_so_and_staff_hear_of_it_once_in_ten_minutes(
    line: Line, tanya: Phone, reed: Phone, molina: Phone
) -> None:
    card = booked(line)
    at_the_visit(line)
    tanya.says("can't connect")
    tanya.hears("Your phone has not opened the visit yet", "Staff have been told.", "/j/", "+1 555 123 4500")
    reed.hears(f"{card.reference}, 1:45 PM, B-1: Tanya Johnson cannot connect to Marcus Johnson 48213.",
               "Phone: has not opened the page. Screen: none is paired.", "/calls/")  # fmt: skip
    molina.hears("cannot connect")
    tanya.says("it wont let me in")
    tanya.hears("Your phone has not opened the visit yet", "Staff were told at 1:45 PM.")
    tanya.says("it wont let me in", after=10)  # our own answer asks to send it again, so a repeat is answered
    tanya.hears("Staff were told at 1:45 PM.")
    reed.hears_nothing()
    tanya.says("still not working, can't connect", after=600)
    tanya.hears("Staff have been told.")
    reed.hears("cannot connect")
    molina.ignores(1)


def test_whoever_only_wants_the_link_alarms_nobody(line: Line, tanya: Phone, reed: Phone) -> None:
    booked(line)
    at_the_visit(line)
    tanya.says("send me the link")
    tanya.hears("/j/", but_not=["Staff"])
    reed.hears_nothing()


def test_after_the_end_staff_are_not_told(line: Line, tanya: Phone, reed: Phone) -> None:
    booked(line)
    at_the_visit(line, 31)
    tanya.says("can't connect")
    tanya.ignores_all_but(0)
    reed.hears_nothing()


def test_in_spanish_it_reads_the_same(line: Line, ana: Phone, molina: Phone) -> None:
    booked(line, ANAS)
    line.until("sat 9:50")
    ana.ignores_all_but(0)
    molina.ignores_all_but(0)
    ana.says("no conecta")
    ana.hears("Su teléfono todavía no abrió la visita", "El personal ya fue avisado.", "/j/")
    molina.hears("Ana Diaz cannot connect to Luis Ortega 51877.")


def test_his_own_familys_trouble_is_told_to_a_colleague(opened: Opened) -> None:
    line = opened(TANYA_ALONE, REED_HAS_FAMILY)
    reed, molina = line.phone(REED), line.phone(MOLINA)
    reed.says("can i see marcus saturday 1pm")
    reed.ignores_all_but(0)
    reed.says("1")
    reed.ignores_all_but(0)
    card = molina.hears_card("Paul Reed")
    molina.says(f"{card} ok")
    molina.ignores_all_but(0)
    line.passes(minutes=1)
    reed.pays()
    line.until("sat 13:01")
    reed.ignores_all_but(0)
    molina.ignores_all_but(0)
    reed.says("i can't connect")
    reed.hears("Your phone has not opened the visit yet")
    reed.hears_nothing()
    molina.hears("Paul Reed cannot connect to Marcus Johnson")
