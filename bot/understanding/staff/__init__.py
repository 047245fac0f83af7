"""Officers' commands: a text -> the verb, the request it is about, and its arguments. Pure: no clock, no network."""

from bot.understanding.staff.command import (
    DENIAL_LETTERS,
    DenialLetter,
    ItemAnswer,
    StaffCommand,
    StaffSubject,
    StaffVerb,
)
from bot.understanding.staff.command_parser import parse_staff_command, read_time

__all__ = [
    "DENIAL_LETTERS",
    "DenialLetter",
    "ItemAnswer",
    "StaffCommand",
    "StaffSubject",
    "StaffVerb",
    "parse_staff_command",
    "read_time",
]
