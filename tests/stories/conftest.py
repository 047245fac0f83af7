"""Every story has its own server, and must have read every text when it ends."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.cast import ANA, MOLINA, MONDAY, REED, TANYA, TANYA_ALONE
from tests.stories.phones import Phone
from tests.talk import Line

Opened = Callable[..., Line]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """`opened(changes...)` is a server with these changes to the sample facility. Only Tanya uses Tanya's phone."""
    made: list[Line] = []

    def line(*changes: tuple[str, str], start: datetime = MONDAY, url: str | None = None) -> Line:
        made.append(Line(tmp_path, *changes, start=start, url=url))
        return made[-1]

    yield line
    for each in made:
        each.over()
        each.close()


@pytest.fixture
def line(opened: Opened) -> Line:
    """The sample facility on a Monday at 10 in the morning; only Tanya uses Tanya's phone."""
    return opened(TANYA_ALONE)


@pytest.fixture
def tanya(line: Line) -> Phone:
    return line.phone(TANYA)


@pytest.fixture
def ana(line: Line) -> Phone:
    return line.phone(ANA)


@pytest.fixture
def reed(line: Line) -> Phone:
    return line.phone(REED)


@pytest.fixture
def molina(line: Line) -> Phone:
    return line.phone(MOLINA)
