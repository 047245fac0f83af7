"""docs/stories.md names only stories that exist."""

import re
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLE = HERE.parents[1] / "docs" / "stories.md"


def test_every_story_the_table_names_exists() -> None:
    written = {
        name
        for path in HERE.glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(), re.MULTILINE)
    }
    named = re.findall(r"`(test_\w+)`", TABLE.read_text(encoding="utf-8"))
    files = {path.stem for path in HERE.glob("test_*.py")}
    assert len(named) > 40
    assert [name for name in named if name not in written | files] == []


def test_every_row_has_a_story_or_says_where_it_belongs() -> None:
    rows = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d", line)]
    empty = [row for row in rows if not re.search(r"`tests?[_/]\w+|later:", row)]
    assert len(rows) > 60
    assert empty == []
