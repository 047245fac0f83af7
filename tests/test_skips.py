"""The end of a run says for each skip what was not tested, and the command that makes it possible."""

from pathlib import Path

import pytest

from tests.emulators.processes import PACKAGES, REPO, program
from tests.skips import not_tested


def test_skips_of_one_reason_are_one_line() -> None:
    lines = not_tested([
        ("tests/b.py::test_two", "Skipped: no redis: apt-get install redis-server"),
        ("tests/a.py::test_one", "Skipped: no redis: apt-get install redis-server"),
        ("tests/a.py::test_three[x::y]", "Skipped: another reason"),
    ])  # fmt: skip
    assert lines == [
        "Not tested: 1 test in tests/a.py. another reason.",
        "Not tested: 2 tests in tests/a.py, tests/b.py. no redis. To test it: apt-get install redis-server",
    ]


def test_a_missing_program_is_a_skip_that_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=r"turnserver is not installed: apt-get install .* coturn$"):
        program("turnserver")


def test_each_package_is_one_that_setup_asks_for() -> None:
    script = (REPO / "tools" / "system-packages").read_text(encoding="utf-8")
    asked = {line.split()[-1] for line in script.splitlines() if line.startswith(("need ", "[ -x"))}
    assert {name for names in PACKAGES.values() for name in names.split()} <= asked
