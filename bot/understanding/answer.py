"""The value of a text read as the answer to a question of ours. `answer_reader` makes it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TextAnswer:
    """What a text answers. `rest` is what is left of it, "" for nothing.

    `numbers` are those that can choose an option, in the order said and each once: a clock, a date, a count of people and
    a resident's number belong to the rest. `alternatives` says that they are joined by "or". `opens` says that a yes stands
    before everything else but courtesy. `asks` is for a text with a question mark, `hedged` for "maybe" and "probably".
    """

    numbers: tuple[int, ...] = ()
    alternatives: bool = False
    yes: bool = False
    no: bool = False
    any: bool = False
    neither: bool = False
    opens: bool = False
    asks: bool = False
    hedged: bool = False
    rest: str = ""

    @property
    def plain_yes(self) -> bool:
        """A yes and nothing else."""
        return self.yes and not (self.no or self.any or self.neither or self.numbers or self.rest)

    @property
    def plain_no(self) -> bool:
        """A no and nothing else."""
        return self.no and not (self.yes or self.any or self.neither or self.numbers or self.rest)

    @property
    def plain_any(self) -> bool:
        """ "Any of them", and nothing else."""
        return self.any and not (self.no or self.neither or self.numbers or self.rest)

    @property
    def plain_neither(self) -> bool:
        """ "Neither of them" or "another day", and nothing else."""
        return self.neither and not (self.yes or self.any or self.numbers or self.rest)

    @property
    def empty(self) -> bool:
        """Whether the text answers nothing: courtesy at most."""
        return not (self.numbers or self.yes or self.no or self.any or self.neither)


NO_ANSWER = TextAnswer()
