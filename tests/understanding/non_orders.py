"""Texts that speak of cancelling, stopping or approving, and order none of it: thousands of them, put together from forms."""

import itertools
from collections.abc import Iterator
from datetime import datetime

from bot.understanding import Act, OrderCertainty, understand
from bot.understanding.staff import StaffVerb, parse_staff_command

NOW = datetime(2026, 11, 23, 10, 0)  # noqa: DTZ001 - local wall time, as the reader takes it
ORDERS = {
    "en": [
        "cancel V7K2", "cancel my visit", "cancel visit V7K2", "cancel it", "cancel my saturday visit", "cancle V7K2",
        "cancel all my visits", "cancel the visit with marcus", "call off V7K2",
    ],
    "es": [
        "cancelar visita V7K2", "cancele la visita", "cancela mi cita del sabado", "anule V7K2", "cancelen V7K2",
        "canselar mi visita", "cancelen todo",
    ],
}  # fmt: skip
AGAINST = {
    "en": [
        "dont {}", "do not {}", "please dont {}", "i dont want to {}", "never {}", "did yall {}?", "why did they {}",
        "i didnt {}", "who told you to {}", "they {} on me", "you better not {}", "{} no wait", "{} nvm", "{} jk",
        "i never said {}", "yall {} again", "who said {}", "if you {} i cant see him", "does that {}", "{}? no!",
    ],
    "es": [
        "no {}", "no quiero {}", "por favor no {}", "nunca {}", "{} espere", "{} no mejor no", "por que {}",
        "quien dijo {}", "no vayan a {}", "{} no era eso",
    ],
}  # fmt: skip
BEFORE = ["", "hi ", "hola ", "please ", "ok ", "thank you "]
AFTER = ["", " please", " thank you", " gracias", ". god bless", "!", "\nSent from my iPhone"]
STOPS = [
    "please dont stop texting me", "dont stop", "did you stop texting me", "no dejen de escribirme", "never stop",
    "i dont want you to stop texting me", "why did you stop texting me", "they stop the visits?", "stop by saturday",
]  # fmt: skip
OFFICERS = ["{} not ok", "{} ok wait no", "{} ok but sunday", "{} maybe ok", "{} ok?? no", "{} hold on ok", "{} why ok"]


def family_texts() -> Iterator[str]:
    """Texts of a family in which nothing is ordered."""
    for lang, forms in AGAINST.items():
        for before, form, words, after in itertools.product(BEFORE, forms, ORDERS[lang], AFTER):
            yield before + form.format(words) + after
    yield from (before + words + after for before, words, after in itertools.product(BEFORE, STOPS, AFTER))


def officer_texts() -> Iterator[str]:
    """Texts of an officer that decide nothing."""
    yield from (form.format(code) + after for code, form, after in itertools.product((417, 205), OFFICERS, AFTER))


def taken_as_orders(every: int = 1) -> tuple[list[str], int]:
    """Those that would destroy something, and how many were read; `every` reads only each so-manieth."""
    read, wrong = 0, []
    for text in itertools.islice(family_texts(), 0, None, every):
        read += 1
        meaning = understand(text, now=NOW)
        if meaning.order is OrderCertainty.CERTAIN or meaning.act is Act.STOP:
            wrong.append(text)
    for text in itertools.islice(officer_texts(), 0, None, every):
        read += 1
        command = parse_staff_command(text, now=NOW)
        if command is not None and command.verb is StaffVerb.OK and not command.note.strip():
            wrong.append(text)
    return wrong, read
