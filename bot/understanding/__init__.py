"""Understanding: a text and its context -> what it means. Pure: no clock, no network, no model."""

from bot.understanding.meaning import (
    Act,
    Context,
    Grain,
    Intent,
    KnownPerson,
    Meaning,
    Need,
    Offer,
    OpenEnd,
    Window,
    WindowRole,
)
from bot.understanding.pipeline import understand, warm_up

__all__ = [
    "Act",
    "Context",
    "Grain",
    "Intent",
    "KnownPerson",
    "Meaning",
    "Need",
    "Offer",
    "OpenEnd",
    "Window",
    "WindowRole",
    "understand",
    "warm_up",
]
