"""Time mentions: the days and times of a text while they are put together, and the text they stand in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bot.understanding.entities import ClockTime
from bot.understanding.lexicon import Lexicon
from bot.understanding.meaning import OpenEnd, WindowRole
from bot.understanding.rule_values import DayMention


@dataclass
class TimeMention:
    """One day or time of a text, put together from entities, and the tokens it covers.

    `day_to` and `clock2` end a range; `through` says that the range ends on another day than it begins. `offset` is a
    distance from now, and `span` says that the whole time until then is meant. `linked` is "or" or "and" when the mention
    follows closely on the one before.
    """

    start: int
    end: int
    day: DayMention = field(default_factory=DayMention)
    day_to: DayMention = field(default_factory=DayMention)
    clock: ClockTime | None = None
    clock2: ClockTime | None = None
    part: str | None = None
    open: OpenEnd | None = None
    offset: tuple[int, str] | None = None
    midnight: bool = False
    span: bool = False
    through: bool = False
    inclusive: bool = False
    role: WindowRole = WindowRole.WANT
    linked: str = ""

    @property
    def timed(self) -> bool:
        """Whether a time of day is said."""
        return self.clock is not None or self.part is not None

    @property
    def dated(self) -> bool:
        """Whether a day is said."""
        return bool(self.day) or self.offset is not None


class EncodedText:
    """One text as one character per token, with the function words of its languages (`marks`)."""

    def __init__(self, lexicons: Sequence[Lexicon], row: str) -> None:
        self.row = row
        self.marks = lexicons[0].marks
        self._unions = lexicons[0].unions if len(lexicons) == 1 else {}
        for other in lexicons[1:]:
            self.marks = {k: v | other.marks.get(k, frozenset()) for k, v in self.marks.items()}

    def between(self, i: int, j: int, mark: str) -> bool:
        """Whether a function word of this kind stands between two positions."""
        return not self.marks[mark].isdisjoint(self.row[i:j])

    def only(self, i: int, j: int, *marks: str) -> bool:
        """Whether only function words of these kinds stand between two positions."""
        return self._any_of(marks).issuperset(self.row[i:j])

    def _any_of(self, marks: tuple[str, ...]) -> frozenset[str]:
        found = self._unions.get(marks)
        if found is None:
            found = self._unions[marks] = frozenset().union(*(self.marks[m] for m in marks))
        return found

    @cached_property
    def core(self) -> tuple[int, int]:
        """Where the text begins and ends without the filler words around it."""
        content = [i for i, char in enumerate(self.row) if char not in self.marks["filler"]]
        return (content[0], content[-1] + 1) if content else (len(self.row), 0)
