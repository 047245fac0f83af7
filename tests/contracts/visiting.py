"""The steps of a first visit, the same for all carriers and payment providers."""

import re
from typing import Protocol

from tests.cast import REED, TANYA, Member

LINK = re.compile(r"http://\S+?(/[pj]/[A-Za-z0-9_-]{22})")
CODE = re.compile(r"Reply (\d{3}) OK")
REFERENCE = re.compile(r"Ref ([A-Z][A-Z0-9]{3})")


class Texting(Protocol):
    """Phones. A text is delivered, handled and answered before `says` returns."""

    def says(self, who: Member, words: str) -> None: ...

    def heard(self, who: Member) -> list[str]: ...


def newest(pattern: re.Pattern[str], texts: list[str]) -> str:
    """The first group of the pattern in the newest text that matches."""
    for text in reversed(texts):
        if found := pattern.search(text):
            return found[1]
    raise AssertionError(f"{pattern.pattern} is in none of {texts}")


def asks(line: Texting) -> str:
    """Tanya asks for Saturday and takes the second time. Returns the visit's reference."""
    line.says(TANYA, "can i see marcus saturday afternoon")
    assert "\n2) 1:45 PM\n" in line.heard(TANYA)[-1]
    line.says(TANYA, "2")
    assert line.heard(TANYA)[-1].startswith("Asked, not booked yet: Marcus, Sat Nov 28, 1:45 PM.")
    return newest(REFERENCE, line.heard(TANYA))


def approved(line: Texting) -> str:
    """She requests a visit and Officer Reed approves it. Returns the path of the link to pay."""
    asks(line)
    line.says(REED, f"{newest(CODE, line.heard(REED))} ok")
    assert line.heard(TANYA)[-1].startswith("Approved: Marcus, Sat Nov 28, 1:45 PM. Pay $2.70 by ")
    return newest(LINK, line.heard(TANYA))
