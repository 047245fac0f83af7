"""The line in a terminal: anybody speaks, time jumps, and what was said becomes a story."""

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.demo import terminal
from handlers.demo.terminal import ChatSession
from handlers.demo.transcript import LineKind, TranscriptLine, story


class Screen:
    """A stage, and what was shown last."""

    def __init__(self, folder: Path) -> None:
        self.stage = ChatSession(folder)

    def types(self, *lines: str) -> str:
        return [("\n".join(self.stage.take(line))) for line in lines][-1]


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    made = Screen(tmp_path)
    yield made
    made.stage.deps.db.close()


def asked(screen: Screen) -> str:
    """Tanya asked for a time; Officer Reed's code for it."""
    shown = screen.types("can i see marcus saturday afternoon", "1", "2")
    assert "Asked, not booked yet: Marcus, Sat Nov 28, 1:45 PM." in shown
    found = re.search(r"to reed .*?(\d{3}) OK, \d{3} NO", shown, re.DOTALL)
    assert found, shown
    return found[1]


def test_a_visit_from_text_to_join(screen: Screen) -> None:
    code = asked(screen)
    assert screen.types("links") == "  no links yet"
    shown = screen.types(f"@reed {code} ok")
    assert "to reed (1 segment)" in shown
    shown = screen.types("+1m")
    assert "Approved: Marcus, Sat Nov 28, 1:45 PM. Pay $2.70" in shown
    assert screen.types("links") == "  1) tanya: to pay"
    shown = screen.types("open 1")
    assert shown.startswith("  paid\n")
    assert "Paid and booked: Marcus" in shown
    assert screen.types("open 2").startswith("  not open now")
    assert "Fri 13:45, to tanya" in screen.types("+5d")
    shown = screen.types("+214m")
    assert "It is Saturday, Nov 28, 01:37 PM." in shown
    assert "Sat 13:30, to tanya" in shown
    assert screen.types("open 2").startswith("  joined")
    assert screen.types("open 1").startswith("  nothing to pay")
    assert screen.types("open 9") == "  there is no such link"


def test_time_stops_at_what_is_due_next(screen: Screen) -> None:
    asked(screen)
    shown = screen.types("+next")
    assert "It is Monday, Nov 23, 12:01 PM." in shown
    assert "No answer from staff yet for Marcus" in shown


def test_somebody_else_goes_on(screen: Screen) -> None:
    assert screen.stage.prompt == "tanya> "
    assert screen.types("@ANA") == ""
    assert screen.stage.prompt == "ana> "
    assert "to ana" in screen.types("quiero ver a mi hermano el sabado a las 10")
    assert "nobody is called 'bob'; there are tanya, keisha, ana, whitlock, reed, molina, stranger" in screen.types(
        "@bob hi"
    )
    assert "This phone is new to us" in screen.types("@stranger is marcus johnson in there")
    assert screen.stage.prompt == "ana> "


@pytest.mark.parametrize("typed", ["/help", "help!", "HELP!", "/?"])
def test_help_for_the_terminal_is_not_texted(screen: Screen, typed: str) -> None:
    assert screen.types(typed) == terminal.HELP
    assert screen.stage.lines == []


@pytest.mark.parametrize("typed", ["quit", "exit", "EXIT", "/quit"])
def test_who_wants_out_is_told_how(screen: Screen, typed: str) -> None:
    told = screen.types(typed)
    assert told == f"  Ctrl-D leaves. To text the word itself: @tanya {typed.lstrip('/')}"
    assert screen.stage.lines == []
    screen.types(told.partition(": ")[2])
    assert screen.stage.lines[0] == TranscriptLine(LineKind.SAYS, "tanya", typed.lstrip("/"))


def test_full_names_are_known(screen: Screen) -> None:
    code = asked(screen)
    assert screen.types("@Officer Reed") == ""
    assert screen.stage.prompt == "reed> "
    assert screen.types("@Tanya Johnson: visits").count("to tanya") == 1
    assert "approved" in screen.types(f"@officer reed {code} ok")
    assert TranscriptLine(LineKind.SAYS, "reed", f"{code} ok") in screen.stage.lines
    assert "nobody is called 'tanyas'" in screen.types("@tanyas hi")
    assert "nobody is called 'officer'" in screen.types("@officer hi")


def test_two_who_share_a_phone_are_one_phone(screen: Screen) -> None:
    assert "to tanya" in screen.types("@keisha hi")
    assert [line.who for line in screen.stage.lines] == ["tanya", "tanya"]


def test_stop_and_help_are_answered_where_no_carrier_does(screen: Screen) -> None:
    assert "Text STOP to end texts." in screen.types("help")
    assert "will not text you again" in screen.types("stop")
    assert "to tanya" not in screen.types("visits")


def test_an_export_runs_as_it_stands(screen: Screen, tmp_path: Path) -> None:
    code = asked(screen)
    screen.types(f"@reed {code} ok", "+1m", "open 1", "+1d", "visits")
    reference = re.search(r"CANCEL VISIT (\w{4})", screen.types("visits"))
    assert reference
    screen.types(f"cancel visit {reference[1].lower()}", f"export {tmp_path / 'story.py'}")
    written = (tmp_path / "story.py").read_text()
    compile(written, "story.py", "exec")
    assert code not in written
    assert reference[1] not in written
    assert '    tanya.says("can i see marcus saturday afternoon")\n' in written
    assert '    reed.says(f"{reed_card} ok")\n' in written
    assert "    tanya.pays()\n" in written
    assert '    tanya.says(f"cancel visit {tanya.reference()}")\n' in written
    assert "http" not in written


def test_an_export_assigns_a_card_only_where_its_code_is_sent_later(screen: Screen, tmp_path: Path) -> None:
    code = asked(screen)
    screen.types(f"export {tmp_path / 'asked.py'}", f"@reed {code} ok", f"export {tmp_path / 'decided.py'}")
    undecided, decided = (tmp_path / "asked.py").read_text(), (tmp_path / "decided.py").read_text()
    assert "    reed.hears_card()\n" in undecided
    assert "reed_card" not in undecided
    assert "    reed_card = reed.hears_card()\n" in decided
    assert "molina_card" not in decided


def test_quotes_in_a_text_stay_what_they_are() -> None:
    said = 'he said "\\o/"'
    written = story([TranscriptLine(LineKind.SAYS, "ana", said)])
    (line,) = [line.strip() for line in written.splitlines() if "ana.says(" in line]
    assert ast.literal_eval(line.removeprefix("ana.says").strip()) == said


def test_it_reads_a_pipe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("@ana hola\n\nlinks\n"))
    assert terminal.main() == 0
    shown = capsys.readouterr().out
    assert "It is Monday, Nov 23, 10:00 AM at the sample facility." in shown
    assert "tanya> @ana hola\n" in shown
    assert "to ana (" in shown
    assert shown.endswith("tanya> links\n  no links yet\n")


def test_settings_of_this_machine_are_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC1")
    monkeypatch.setenv("STRIPE_API_KEY", "sk_live_real")
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg://real/database")
    screen = Screen(tmp_path)
    assert screen.stage.deps.db.sqlite
    assert screen.stage.deps.payments is not None
    assert screen.stage.deps.payments.name == "sandbox"
    assert screen.stage.deps.settings.twilio_account_sid == ""
    screen.stage.deps.db.close()
