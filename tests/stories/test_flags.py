"""Flags stay open until a person closes them, and nobody is told of one twelve times."""

import io
import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from handlers import logs
from tests.cast import ANA, MOLINA, MOLINA_IN_SPANISH, STRANGER, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import asked
from tests.talk import Line
from tests.webhooks.app_server import log_in


def number_in(text: str) -> str:
    """The number of the flag that a text to staff names."""
    found = re.search(r"\b(?:FLAG|ALERTA) (\d+)", text)
    assert found, text
    return found[1]


def test_urgent_text_stays_a_flag_until_somebody_closes_it(line: Line, tanya: Phone, molina: Phone) -> None:
    tanya.says("they are beating him he has no insulin")
    tanya.hears("automatic line", "911", "Staff have been alerted", "988")
    alert = molina.hears("URGENT text from Tanya Johnson, +15550100002", "they are beating him he has no insulin")
    number = number_in(alert)
    line.passes(minutes=12)
    molina.says("flags")
    molina.hears("Open flags:", f"{number} URGENT, 12 min: Tanya Johnson +15550100002", "they are beating him", "FLAG")
    molina.says(f"flag {number} done")
    molina.hears(f"Flag {number} (URGENT) is closed. No other flag is open.")
    molina.says("flags")
    molina.hears("No flag is open")


def test_twelve_times_emergency_is_one_flag_and_one_alert_in_an_hour(line: Line, molina: Phone) -> None:
    stranger = line.phone(STRANGER)
    for _ in range(12):
        stranger.says("emergency")
    for got in stranger.unread():
        assert "Staff have been alerted" in got.text, "one of them was told, and still looks at it"
    stranger.ignores(12)
    molina.hears("URGENT text from an unknown phone, +15550188888")
    molina.hears_nothing()
    molina.says("flags")
    molina.hears("URGENT, 6 min, 12 times: unknown phone +15550188888")
    line.passes(hours=1)
    stranger.says("emergency")
    stranger.ignores(1)
    molina.hears("URGENT text from an unknown phone")


def test_closed_and_urgent_again_is_a_new_flag_and_alerts_at_once(line: Line, tanya: Phone, molina: Phone) -> None:
    tanya.says("he is in danger")
    tanya.ignores(1)
    first = number_in(molina.hears("URGENT text"))
    molina.says(f"done {first}")
    molina.hears("is closed")
    tanya.says("he is in danger")
    tanya.hears("Staff have been alerted")
    assert number_in(molina.hears("URGENT text")) != first


def test_who_is_second_hears_who_closed_it(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    tanya.says("marcus cant breathe")
    tanya.ignores(1)
    number = number_in(molina.hears("URGENT"))
    reed.says(f"flag {number} done")
    reed.hears(f"Flag {number} (URGENT) is closed")
    molina.says(f"done {number}")
    molina.hears(f"Flag {number}: Officer Reed closed it already, Mon Nov 23 at 10:01 AM. Nothing was changed.")


def test_list_ends_with_the_open_flags(line: Line, tanya: Phone, reed: Phone, molina: Phone) -> None:
    card = asked(line)
    tanya.says("he is in danger")
    tanya.ignores(1)
    reed.says("list")
    reed.hears(f"{card} OK", "1 flag open: FLAGS")
    reed.says(f"{card} ok")
    reed.hears("approved")
    tanya.hears("Approved")
    reed.says("list")
    reed.hears("Nothing waits for your answer", "1 flag open: FLAGS")
    molina.ignores_all_but(0)


def test_officer_sees_the_flags_of_his_units_only(line: Line, ana: Phone, reed: Phone, molina: Phone) -> None:
    stranger = line.phone(STRANGER)
    stranger.says("emergency")
    stranger.ignores(1)
    ana.says("se esta muriendo")
    ana.ignores(1)
    molina.hears("unknown phone")
    number = number_in(molina.hears("Ana Diaz", "Luis Ortega"))
    reed.says("flags")
    reed.hears("No flag is open")
    reed.says(f"flag {number} done")
    reed.hears(f"There is no flag {number} for you.")
    molina.says("flags")
    molina.hears("URGENT", "unknown phone", "Ana Diaz")


def test_alertas_en_espanol(opened: Opened) -> None:
    line = opened(TANYA_ALONE, MOLINA_IN_SPANISH)
    ana, molina = line.phone(ANA), line.phone(MOLINA)
    molina.language = "es"
    ana.says("mi hermano se quiere matar")
    ana.hears("línea automática", "911", "El personal ya fue avisado", "988")
    number = number_in(molina.hears("Mensaje URGENTE de Ana Diaz, +15550100001", "mi hermano se quiere matar"))
    molina.says("alertas")
    molina.hears("Alertas abiertas:", f"{number} URGENTE", "Ana Diaz", f"ALERTA {number} LISTA")
    molina.says("lista")
    molina.hears("1 alerta abierta: ALERTAS")
    molina.says(f"alerta {number} lista")
    molina.hears(f"Alerta {number} (URGENTE) cerrada.")


def test_family_cannot_read_or_close_flags(line: Line, tanya: Phone, molina: Phone) -> None:
    tanya.says("he is in danger")
    tanya.ignores(1)
    number = number_in(molina.hears("URGENT"))
    tanya.says(f"flag {number} done")
    tanya.ignores(1)
    molina.says("flags")
    molina.hears(f"{number} URGENT", TANYA.name)


def test_third_text_not_understood_is_a_flag_then_silence_until_something_usable(
    line: Line, tanya: Phone, molina: Phone
) -> None:
    tanya.says("asdf qwer")
    tanya.hears("I did not get that")
    tanya.says("zxcv")
    tanya.hears("I still don't follow", "like: sunday")
    tanya.says("blorp blorp")
    tanya.hears("A person at the jail will see your texts", "+1 555 123 4500", "quiet until you text a day or a name")
    for words in ("grumpf", "zzz", "qqqq"):
        tanya.says(words)
    tanya.hears_nothing()
    molina.hears_nothing()
    molina.says("flags")
    molina.hears("not understood", "Tanya Johnson +15550100002", "blorp blorp")
    tanya.says("see marcus saturday 1:45pm")
    tanya.hears("with Marcus Johnson, Sat Nov 28")
    tanya.says("asdf qwer")
    tanya.hears("I did not get that")


def test_three_more_texts_count_on_the_same_flag(line: Line, tanya: Phone, molina: Phone) -> None:
    for _ in range(2):
        for words in ("asdf qwer", "zxcv", "blorp"):
            tanya.says(words)
        tanya.ignores(3)
        tanya.says("what are the hours")
        tanya.hears("Mon")
    molina.says("flags")
    molina.hears("not understood", "2 times")


def test_thanks_in_between_do_not_begin_the_count_anew(tanya: Phone) -> None:
    for words in ("asdf qwer", "thanks", "zxcv", "thank you", "blorp"):
        tanya.says(words)
    tanya.ignores(3)
    tanya.says("thx")
    tanya.says("asdf")
    tanya.hears_nothing()


def test_tercera_sin_entender(line: Line, ana: Phone, molina: Phone) -> None:
    for words in ("asdf qwer", "zxcv"):
        ana.says(words)
    ana.ignores(2)
    ana.says("blorp blorp")
    ana.hears("Una persona verá sus mensajes", "Espero en silencio")
    molina.says("flags")
    molina.hears("not understood", "Ana Diaz")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Collect what the process logs."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in logs.QUIET_LOGGERS}
    logs.set_up(stream=stream, level=logging.DEBUG)
    yield stream
    root.handlers[:], root.level = before[0], before[1]
    for name, level in before[2].items():
        logging.getLogger(name).setLevel(level)
    structlog.reset_defaults()


def test_no_number_of_a_flag_or_an_alert_gets_into_a_log(
    line: Line, tanya: Phone, molina: Phone, written: io.StringIO
) -> None:
    tanya.says("he is in danger call me at 5550100002")
    tanya.ignores(1)
    molina.hears("URGENT text from Tanya Johnson, +15550100002")
    molina.says("flags")
    molina.hears("+15550100002")
    pages = [written.getvalue(), *console(line)]
    assert len(pages) > 4, "the list, and a page for each text"
    for page in pages:
        assert "5550100002" not in page, page
    assert "he is in danger" not in written.getvalue()


def console(line: Line) -> Iterator[str]:
    """Every page of the console's log, as an operator reads it."""
    web = line.web
    log_in(web, "for stories only")
    page = web.get("/console/log").text
    yield page
    for path in sorted(set(re.findall(r"/console/log/(?:in|out)/\d+", page))):
        yield web.get(path).text
