"""The fixed reasons for which staff deny a request."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class DenialTraits:
    """What follows from a denial reason.

    `word` is its name in what staff read. With `rules_out_hour`, a time that overlaps the denied one would be denied too.
    With `office_first`, no other time helps before the family has called the facility.
    """

    word: str
    rules_out_hour: bool = False
    office_first: bool = False


class DenialReason(StrEnum):
    """A reason by its letter, which is what staff send and what is stored. The texts are `reason.a` and `reason_staff.a`."""

    traits: DenialTraits

    def __new__(cls, letter: str, *traits: DenialTraits) -> Self:
        """One row. Traits are optional for the type checker only: `DenialReason(letter)` looks a reason up."""
        member = str.__new__(cls, letter)
        member._value_ = letter
        (member.traits,) = traits
        return member

    TERMINAL = "a", DenialTraits(word="terminal", rules_out_hour=True)
    SCHEDULE = "b", DenialTraits(word="schedule")
    RESIDENT = "c", DenialTraits(word="resident", rules_out_hour=True)
    VISITOR = "d", DenialTraits(word="visitor", office_first=True)
    RESTRICTION = "e", DenialTraits(word="restriction")
    OTHER = "f", DenialTraits(word="other")
