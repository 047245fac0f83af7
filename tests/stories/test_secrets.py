"""What Visitline never tells: who is held, who is kept apart from whom, and whose reference it is."""

import re

import pytest

from tests.cast import NO_KEEP_APART, ONE_TERMINAL_IN_B, REED, RUTH, RUTH_TOO, STRANGER, TANYA, TANYA_ALONE
from tests.stories.conftest import Opened
from tests.stories.phones import Phone
from tests.stories.scenes import asked, booked
from tests.talk import Line

ONE_PLACE_A_DAY = ('to = "16:30"', 'to = "13:30"')
HELD, INVENTED = "marcus johnson", "pedro paramo"


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "is {} in there",
        "i want to see my son {} saturday 1pm",
        "visits",
        "cancel visit V7K2",
        "417 ok",
        "list",
        "1",
        "ok",
        "quiero ver a {} el sábado",
        "what are visiting hours",
    ],
)
def test_unknown_number_hears_the_same_of_everybody(line: Line, text: str) -> None:
    phone = line.phone(STRANGER)
    phone.says(text.format(HELD))
    of_held = phone.hears(but_not=["Marcus", "Johnson", "48213"])
    assert "+1 555 123 4500" in of_held
    phone.says(text.format(INVENTED))
    assert phone.hears() == of_held


def test_unknown_number_gets_help_and_one_line_of_the_other_language(line: Line) -> None:
    phone = line.phone(STRANGER)
    phone.says("hello")
    phone.hears(
        "Hello, this is the video visit line of Willow Creek Jail. This phone is new to us.",
        "To be added, call +1 555 123 4500.",
        "STOP ends texts.\nEspañol: escriba ESPAÑOL",
    )
    phone.language = "es"
    phone.says("español")
    phone.hears("Este teléfono es nuevo para nosotros.", "English: text ENGLISH")
    phone.says("quiero ver a luis")
    phone.hears("Este teléfono es nuevo para nosotros.")


def test_stranger_who_does_not_stop_is_not_answered_for_ever(line: Line) -> None:
    phone = line.phone(STRANGER)
    for _ in range(2):
        phone.says("hello")
        phone.hears("This phone is new to us.")
    for _ in range(5):
        phone.says("hello")
        phone.hears_nothing()


def no_place_because(line: Line, blocked_by: str, wish: str, language: str) -> str:
    """Tanya asks for a day on which Ruth has booked Darnell."""
    ruth, tanya = line.phone(RUTH), line.phone(TANYA)
    ruth.says(blocked_by)
    ruth.hears("Reply 1 to ask")
    ruth.says("1")
    ruth.hears("Asked")
    if language == "es":
        tanya.language = "es"
        tanya.says("español")
        tanya.hears("Desde ahora en español.")
    tanya.says(wish)
    return tanya.hears("Marcus", "1) ", but_not=["Darnell", "Price", "apart", "Ruth"])


@pytest.mark.parametrize(
    ("wish", "language"),
    [("can i see marcus saturday", "en"), ("can i see marcus saturday afternoon", "en"), ("marcus saturday 1pm", "en"),
     ("marcus el sábado", "es"), ("marcus el sábado a la 1", "es")],
)  # fmt: skip
def test_kept_apart_reads_word_for_word_as_a_full_day(
    tmp_path_factory: pytest.TempPathFactory, wish: str, language: str
) -> None:
    apart = Line(tmp_path_factory.mktemp("apart"), TANYA_ALONE, RUTH_TOO, ONE_PLACE_A_DAY)
    full = Line(
        tmp_path_factory.mktemp("full"), TANYA_ALONE, RUTH_TOO, ONE_PLACE_A_DAY, NO_KEEP_APART, ONE_TERMINAL_IN_B
    )
    heard = [no_place_because(line, "darnell saturday 1pm", wish, language) for line in (apart, full)]
    assert heard[0] == heard[1]
    assert "No place" in heard[0] or "No hay lugar" in heard[0]
    for line in (apart, full):
        line.close()


def test_staff_may_know_the_rule(opened: Opened) -> None:
    line = opened(TANYA_ALONE, RUTH_TOO)
    card = asked(line)
    ruth, reed = line.phone(RUTH), line.phone(REED)
    ruth.says("darnell sunday 1pm")
    ruth.hears("Reply 1 to ask")
    ruth.says("1")
    ruth.hears("Asked")
    reed.hears_card("Ruth Price")
    reed.says(f"{card} sun 3pm")
    assert reed.hears().startswith("Sun Nov 29 3:00 PM is not free")


def test_own_relatives_kept_apart_on_one_day(tanya: Phone, reed: Phone) -> None:
    tanya.says("marcus saturday 1pm")
    tanya.hears("Reply 1 to ask")
    tanya.says("1")
    tanya.hears("Asked")
    reed.hears_card()
    tanya.says("and darnell saturday too")
    tanya.hears("No place Saturday Nov 28 for Darnell. Nearest open:\n1) ", but_not=["apart", "Marcus", "rule"])


def test_released_resident_reads_as_no_place(line: Line, tanya: Phone) -> None:
    from scheduling.storage.tables import residents

    with line.deps.db.begin() as tx:
        tx.execute(residents.update().where(residents.c.number == "48213").values(held=False))
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears(
        "No place Saturday Nov 28 in the afternoon for Marcus, and no other time is open now.",
        but_not=["released", "moved", "not here", "gone"],
    )


@pytest.mark.parametrize("command", ["cancelar visita {}", "mover {}", "estado {}"])
def test_anothers_reference_reads_as_one_that_never_was(line: Line, ana: Phone, reed: Phone, command: str) -> None:
    card = booked(line)
    ana.says(command.format(card.reference))
    of_another = ana.hears(but_not=["Marcus", "Tanya", "Sat", "sáb"])
    ana.says(command.format("Z9Z9"))
    assert ana.hears() == of_another
    reed.says(f"visit {card.reference}")
    reed.hears(f"{card.reference}: booked")


def test_somebody_elses_resident_cannot_be_named(line: Line, ana: Phone) -> None:
    ana.says("quiero ver a marcus johnson el sábado")
    of_held = ana.hears("No tengo a marcus en su lista.", but_not=["Johnson", "48213"])
    ana.says("quiero ver a pedro paramo el sábado", after=60 * 60 * 3)
    assert ana.hears() == of_held.replace("marcus", "pedro")


def test_links_are_not_kept_in_readable_form(line: Line, tanya: Phone) -> None:
    import sqlalchemy as sa

    from handlers.tables import messages

    booked(line)
    token = re.sub(r".*/", "", tanya.link("p"))
    with line.deps.db.read() as tx:
        bodies = list(tx.execute(sa.select(messages.c.body)).scalars())
    assert bodies
    assert not any(token in body for body in bodies)
