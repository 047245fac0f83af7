"""Every sentence in both languages: it renders with long facts, fits two segments, and gives no harmful advice."""

import contextlib
import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import sms, wording
from bot.texts import LANGUAGES, TextMissing, facts_of, keys, say
from bot.wording import Money

CENTRAL = ZoneInfo("America/Chicago")
TWO_SEGMENTS = 306
ONE_SEGMENT = 160
STAFF: tuple[str, ...] = (
    "card",
    "staff_",
    "reason_staff.",
    "reasons_list",
    "code",
    "flag_kind.",
    "flags_open",
    "decided",
    "flag.",
    "did.",
    "outcome.",
    "why.",
)
STAFF += (
    "words_",
    "reason_in_own_words",
    "duty_",
    "suspended",
    "restored",
    "list_",
    "missed.",
    "line.",
    "decision_void",
    "undo",
    "undone",
    "label.undo",
)
STAFF += ("live.",)
STAFF += ("colleague_first", "own_request", "time_not_free", "already_so", "urgent_alert", "state.", "button.")
STAFF += ("doubt_staff", "doubt.")
SECRET: tuple[str, ...] = ("keep_apart", "resident_gone", "resident_busy", "not_on_list", "terminal_taken")
SECRET += ("resident_day_limit", "resident_week_limit")
ON_PAGES = ("page.", "receipt.", "over.", "enter.", "call.", "check.", "kiosk.", "live.", "not_in.")
"""Read on a page, not in a text."""
BOTH = [pytest.param(key, lang, id=f"{key}-{lang}") for key in sorted(keys()) for lang in LANGUAGES]


def at(day: int, hour: int, minute: int) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CENTRAL)


PRICE = Money(1270, "usd")
MOMENTS = {
    "now": at(23, 12, 40),
    "start": at(25, 10, 45),
    "date": at(25, 10, 45),
    "end": at(25, 11, 15),
    "old_start": at(25, 12, 30),
    "asked": at(25, 12, 30),
    "join_from": at(25, 10, 35),
    "opens": at(25, 10, 35),
    "latest": at(25, 10, 15),
    "at": at(23, 11, 2),
    **dict.fromkeys(("by", "pay_by", "until", "refund_until", "earliest"), at(24, 10, 15)),
}
PEOPLE = {
    "resident": "Guadalupe",
    "name": "Guadalupe Hernandez",
    "visitor": "Maximiliano Rodriguez",
    "on_file": "Maximiliano Rodriguez Lopez",
    "officer": "Officer Reed",
    "number": "48213",
    "phone": "+1******0001",
}
PLACE = {
    "facility": "Cedar County Jail",
    "help": "+1 555 123 4500",
    "urgent_phone": "+1 555 123 4911",
    "unit": "Medical",
    "terminal": "Medical-2",
    "link": "https://visit.example/p/" + "x" * 20,
}
NUMBERS = {"minutes": 30, "n1": 4, "n2": 5, "n3": 6, "open": 16, "choice": 12, "limit": 3, "in_minutes": 15, "more": 12}
NUMBERS |= {"pause": 30, "count": 14, "times": 12, "connected": 28, "megabytes": 150}
CODES = {"ref": "W7K2", "code": "417", "flagged": "!", "said": "la 1 y media", "seconds": "0.4", "clock": "10:45 AM"}


def long_facts(lang: str) -> dict[str, Any]:
    """Long but likely facts in that language, for any text."""
    when = wording.when(MOMENTS["start"], lang)
    lines = [f"{number}) {when}" for number in (1, 2, 3)]
    spoken = {
        "options": lines,
        "lines": [f"W7K2 Guadalupe {when}, {say('state.approved', lang)}"] * 3,
        "relation": say("relation.grandmother", lang),
        "wish": wording.wish(at(25, 12, 0), at(25, 18, 0), lang, part="afternoon"),
        "example": {"en": "wednesday 11:45 AM", "es": "miércoles 11:45 AM"}[lang],
        "said": "they are beating him he has no insulin please help us now ok",
        "hours": {"en": "Mon, Wed, Fri 5 PM-8:30 PM", "es": "lun, mié, vie 5 PM-8:30 PM"}[lang],
        "lengths": wording.listed(["20", "30", "45"], lang),
        "still": say("open.list", lang, options=lines),
        "first": "8 AM",
        "within": say("duration.minutes", lang, count=150),
        "last": "5 PM",
        "paid": PRICE,
        "back": PRICE,
        "what": {"en": "Wednesday afternoon", "es": "el miércoles por la tarde"}[lang],
        "missing": {"en": "who you want to see", "es": "a quién quiere ver"}[lang],
        "reason": say("reason.b", lang),
        "why": say("why.visitor_week_limit", lang),
        "state": say("state.moving_unpaid_countered", lang),
        "outcome": say("outcome.approved", lang, officer="Officer Reed"),
        "flags": say("flag.near_name", lang, on_file=PEOPLE["on_file"]),
        "look": say("card_flags", lang, flags=say("flag.near_name", lang, on_file=PEOPLE["on_file"])),
        "money": say("money.refund", lang, price=PRICE),
        "held": say("money.held", lang, price=PRICE),
        "legal": say("recording.legal", lang),
        "alerted": say("urgent_alerted", lang),
        "understood": say("understood.who", lang, resident="Guadalupe"),
        "assumed": say("assumed.time", lang, said="la 1", start=at(25, 13, 0)),
        "units": "A, B, Medical",
        "officers": "Officer Reed, Sgt. Molina",
        "verb": "OFF",
        "who": "M Rodriguez",
        "on": f"{wording.weekday(MOMENTS['start'], lang)} 25 {wording.short_time(MOMENTS['start'])}",
        "moved": say("line.moved", lang),
        "item": 12,
        "done": f"{say('list_done.approved', lang, count=9)}, {say('list_done.denied', lang, count=1)}",
        "missed": f"3, 5-7 ({say('outcome.approved', lang, officer='Sgt. Molina')})",
        "undo": say("label.undo", lang, code="417", ref="W7K2"),
        "history": {"en": "asked today 9:10 AM", "es": "pedida hoy 9:10 AM"}[lang],
        "kind": say("flag_kind.wrong_number", lang),
        "age": "25 min",
        "texts_off": say("flag.texts_off", lang),
        "terminals": "Medical-1, Medical-2, Medical-3, Medical-4",
        "replaced": "Medical-2",
        "doubts": 2,
        "pin": "7316",
        "told": say("staff_kiosk_told", lang),
        "sees": say("connect.trouble", lang, resident=PEOPLE["resident"]),
        "phone_says": say("live.phone.camera_busy", lang),
        "screen_says": say("live.screen.asks", lang),
        "refs": "W7K2, R6Q4",
        "note": {"en": "No 45 min visits here.", "es": "No hay visitas de 45 min."}[lang],
        "other": {"en": "WED 10:45AM", "es": "MIÉ 10:45AM"}[lang],
        "weekdays": wording.every(MOMENTS["start"], lang),
        "take": f"4) {say('label.take', lang, start=MOMENTS['start'])}",
        "drop": f"6) {say('label.keep_as_is', lang)}",
    }
    spoken["note"] = say("offer_kept", lang, **MOMENTS, take=spoken["take"], drop=spoken["drop"])
    return {**MOMENTS, **PEOPLE, **PLACE, **NUMBERS, **CODES, **spoken, "price": PRICE}


def rendered(key: str, lang: str) -> str:
    return say(key, lang, **long_facts(lang))


def is_staff(key: str) -> bool:
    return key.startswith(STAFF)


@pytest.mark.parametrize("key,lang", BOTH)
def test_it_keeps_what_every_text_promises(key: str, lang: str) -> None:
    """One test for each text, not for each rule: there are a thousand texts."""
    text = rendered(key, lang)
    assert_whole(text)
    is_whole_or_an_error_without_a_fact(key, lang)
    if not key.startswith(ON_PAGES):
        fits_two_segments(text)
    teaches_no_word_that_a_carrier_takes_as_an_opt_out(text)
    uses_plain_words(text, key)


def is_whole_or_an_error_without_a_fact(key: str, lang: str) -> None:
    for fact in facts_of(key, lang):
        facts = {name: value for name, value in long_facts(lang).items() if name != fact}
        with contextlib.suppress(TextMissing):
            assert_whole(say(key, lang, **facts))
    with contextlib.suppress(TextMissing):
        assert_whole(say(key, lang))


def assert_whole(text: str) -> None:
    assert text
    assert text == text.strip()
    assert not set(text) & set("{}[]|")
    assert not re.search(r"  | [.,:;]|\.\.|\n\n| \n|\n |\(\)|, ,", text)


def fits_two_segments(text: str) -> None:
    folded = sms.fold(text)
    assert sms.is_gsm7(folded)
    assert sms.septets(folded) <= TWO_SEGMENTS


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_text_of_the_last_minutes_fits_one_segment(lang: str) -> None:
    assert sms.septets(sms.fold(rendered("reminder_soon", lang))) <= ONE_SEGMENT


def teaches_no_word_that_a_carrier_takes_as_an_opt_out(text: str) -> None:
    assert not re.search(r"\b(?:END|QUIT|UNSUBSCRIBE|REVOKE|STOPALL)\b", text)
    assert not re.search(r"\bCANCEL\b(?! VISIT\b)", text)
    assert not re.search(r"\bCANCELAR\b(?! VISITA\b)", text)
    assert not re.search(r"\b(?:Reply|Text|Responda|Escriba) (?:YES|SI|SÍ)\b", text, re.IGNORECASE)


def uses_plain_words(text: str, key: str) -> None:
    words = set(re.findall(r"\w+", text.casefold()))
    forbidden = {"inmate", "inmates", "prisoner", "lockdown", "invalid", "error", "recluso", "preso", "tú", "tu", "—"}
    if not is_staff(key):
        forbidden |= {"unit", "unidad"}
    assert not words & forbidden
    assert not set(text) & set("—–’“”…")


@pytest.mark.parametrize("key", sorted(keys()))
def test_both_languages_use_the_same_facts(key: str) -> None:
    assert facts_of(key, "en") == facts_of(key, "es")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("code", SECRET)
def test_what_may_not_be_learnt_reads_exactly_like_no_place(code: str, lang: str) -> None:
    assert rendered(f"refusal.{code}", lang) == rendered("no_place", lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_not_answered_is_never_called_denied(lang: str) -> None:
    for key in ("unanswered", "unanswered_none", "visit_state.unanswered", "move_unanswered"):
        assert not re.search(r"\b(?:den|refus|reject|approv|rechaz|aprob)", rendered(key, lang), re.IGNORECASE)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_carrier_is_given_names_nobody(lang: str) -> None:
    for key in ("help", "stop", "start_again", "unknown_number"):
        assert facts_of(key, lang) == {"facility", "help"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_facts_that_each_message_must_carry(lang: str) -> None:
    must = {
        "asked": {"resident", "start", "by", "ref"},
        "approved_pay": {"price", "by", "link", "ref"},
        "paid_confirmed": {"resident", "start", "join_from", "link", "ref"},
        "denied": {"reason", "options", "help"},
        "revised": {"old_start", "start", "by", "n1"},
        "facility_cancelled": {"facility", "money"},
        "reminder_day": {"start", "link", "join_from"},
        "reminder_soon": {"start", "link"},
    }
    assert not {key: needed - facts_of(key, lang) for key, needed in must.items() if needed - facts_of(key, lang)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_visit_that_costs_nothing_speaks_of_no_money(lang: str) -> None:
    for key in ("offer", "offer_mixed", "no_place", "read_back", "asked", "completed"):
        text = say(key, lang, **{**long_facts(lang), "price": Money(0, "usd")})
        assert not re.search(r"\$|free|gratis|in all|en total|pag|pay", text), key
