"""The check on every text finds each broken promise."""

import pytest

from tests.cast import TANYA
from tests.stories import promises
from tests.stories.carrier import Got
from tests.stories.conftest import Opened
from tests.stories.scenes import asked
from tests.talk import Line


def faults(line: Line, text: str, language: str = "en") -> list[str]:
    phone = line.phone(TANYA)
    return promises.broken(
        line.deps, Got(line.clock, "sms", TANYA.phone, text, (), False, None, "1"), phone.address, language
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The inmate is ready.", "inmate"),
        ("There is a Lockdown.", "Lockdown"),
        ("To leave text CANCEL.", "CANCEL"),
        ("Escriba CANCELAR.", "CANCELAR"),
        ("Text QUIT to leave.", "QUIT"),
        ("Responda 1.", "is not in 'en'"),
        ("1) 1:00 PM", "offers 1"),
        ("Reply 1, 2 or 3, or text another day.", "offers 3"),
        ("Reply 4 to take it, 5 to drop it.", "offers 5"),
        ("Reply 417 OK, or 417 NO.", "code 417"),
        ("417: V7K2 Tanya", "code 417"),
        ("x" * 307, "3 segments"),
        ("\u4f60\u597d", "GSM-7"),
    ],
)
def test_broken_promise_is_found(line: Line, text: str, said: str) -> None:
    assert any(said in fault for fault in faults(line, text))


@pytest.mark.parametrize(
    "text", ["Changed your mind? CANCEL VISIT V7K2", "Sat Nov 28, 1:45 PM is open.", "x" * 306, "sábado"]
)
def test_kept_promise_is_left_alone(line: Line, text: str) -> None:
    assert faults(line, text) == []


def test_list_on_the_screen_may_be_offered_and_nothing_else(line: Line) -> None:
    tanya = line.phone(TANYA)
    tanya.says("can i see marcus saturday afternoon")
    tanya.hears("3) 2:30 PM")
    assert faults(line, "Reply 1, 2 or 3.") == []
    assert faults(line, "Reply 1, 2, 3 or 4.") == ["offers 4, which answers nothing"]


def test_text_that_broke_a_promise_fails_the_story(opened: Opened) -> None:
    line = opened(("Please dress as for a visit in person.", "Dress well; inmates cannot."))
    with pytest.raises(AssertionError, match="inmates"):
        line.phone(TANYA).says("is there a dress code")
    line.carrier.delivered.clear()


def test_job_that_failed_fails_the_story(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("handlers.staff.cards.send_card", broken)
    with pytest.raises(AssertionError, match="RuntimeError"):
        asked(line)
    line.carrier.delivered.clear()
