"""What a text means: the values that go in and come out of `understand`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Window:
    """One wished (or existing, or excluded) stretch of local wall time, half-open.

    `end` None with `open` None is an instant. `open` "after" has only a start, "before" only an end; both stay
    within the day they name. Windows of the same `rank` are equally welcome; lower ranks come first.
    `text` is the span of the message it was read from; `assumed` names every guess, such as "pm" or "next_week".
    """

    start: datetime | None
    end: datetime | None
    grain: str = "time"
    open: str | None = None
    rank: int = 1
    role: str = "want"
    text: tuple[int, int] = (0, 0)
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """Somebody the sender may see, or a visitor named in the text. `relation` is what the sender is to the resident."""

    name: str
    number: str | None = None
    relation: str | None = None


@dataclass(frozen=True)
class Offer:
    """A stretch of local wall time on the table: an offered visit, or visiting hours of a day."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True)
class Context:
    """What the reader of a text knows besides the text: the question asked, times offered, visiting hours, people."""

    asked: str | None = None
    offered: tuple[Offer, ...] = ()
    visiting_hours: tuple[Offer, ...] = ()
    people: tuple[Person, ...] = ()


@dataclass(frozen=True)
class Meaning:
    """Everything one text says. `intent` is the coarse word, `act` the finer one; `needs` lists what is missing.

    `stranger` is a name that is none of the sender's residents; `past` says that the only time named is over.
    """

    intent: str = "other"
    act: str = "other"
    intent_score: float = 0.0
    windows: tuple[Window, ...] = ()
    past: bool = False
    duration_min: int | None = None
    residents: tuple[Person, ...] = ()
    stranger: str | None = None
    visitors: tuple[Person, ...] = ()
    party: int | None = None
    reference: str | None = None
    choice: int | None = None
    lang: str = "en"
    needs: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
