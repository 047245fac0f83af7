"""Understanding: a text and its context -> what it means. Pure: no clock, no network, no model."""

from bot.understanding.answer import TextAnswer
from bot.understanding.meaning import (
    Act,
    Certainty,
    Concern,
    Danger,
    Grain,
    Intent,
    KnownPerson,
    Meaning,
    Need,
    Offer,
    OpenEnd,
    OrderCertainty,
    TextContext,
    Window,
    WindowRole,
)
from bot.understanding.pipeline import understand, warm_up

__all__ = [
    "Act",
    "Certainty",
    "Concern",
    "Danger",
    "Grain",
    "Intent",
    "KnownPerson",
    "Meaning",
    "Need",
    "Offer",
    "OpenEnd",
    "OrderCertainty",
    "TextAnswer",
    "TextContext",
    "Window",
    "WindowRole",
    "understand",
    "warm_up",
]
