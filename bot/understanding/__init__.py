"""Understanding: a text, read at a moment, in a place, from a person -> what it means. Pure; no clock, no network."""

from bot.understanding.meaning import Context, Meaning, Offer, Person, Window
from bot.understanding.understand import understand, warm_up

__all__ = ["Context", "Meaning", "Offer", "Person", "Window", "understand", "warm_up"]
