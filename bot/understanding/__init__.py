"""Understanding: a text and its context -> what it means. Pure: no clock, no network, no model."""

from bot.understanding.answer import Answer
from bot.understanding.meaning import (
    Act,
    Certainty,
    Concern,
    Context,
    Danger,
    Grain,
    Intent,
    KnownPerson,
    Meaning,
    Need,
    Offer,
    OpenEnd,
    Order,
    Window,
    WindowRole,
)
from bot.understanding.pipeline import understand, warm_up

__all__ = [
    "Act",
    "Answer",
    "Certainty",
    "Concern",
    "Context",
    "Danger",
    "Grain",
    "Intent",
    "KnownPerson",
    "Meaning",
    "Need",
    "Offer",
    "OpenEnd",
    "Order",
    "Window",
    "WindowRole",
    "understand",
    "warm_up",
]
