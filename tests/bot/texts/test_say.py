"""How a text is filled in."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.texts import TextMissing, facts_of, keys, relation, say
from bot.wording import Money

START = datetime(2026, 11, 28, 13, 0, tzinfo=ZoneInfo("America/Chicago"))
NOW = datetime(2026, 11, 23, 10, 2, tzinfo=ZoneInfo("America/Chicago"))
TIMES = ["1) 1:00 PM", "2) 1:45 PM", "3) 2:30 PM"]


def test_an_offer_reads_as_the_voice_has_it() -> None:
    facts = {"resident": "Marcus", "date": START, "minutes": 30, "price": Money(270, "usd"), "options": TIMES}
    assert say("offer", "en", **facts) == (
        "Marcus, Sat Nov 28, 30 min, $2.70 in all. Open times:\n"
        "1) 1:00 PM\n2) 1:45 PM\n3) 2:30 PM\nReply 1, 2 or 3, or text another day or time."
    )
    assert say("offer", "es", **facts) == (
        "Marcus, sáb 28 nov, 30 min, $2.70 en total. Horas libres:\n"
        "1) 1:00 PM\n2) 1:45 PM\n3) 2:30 PM\nResponda 1, 2 o 3, o escriba otro día u hora."
    )


def test_an_optional_part_goes_with_its_fact() -> None:
    facts = {"resident": "Luis", "start": START, "by": NOW, "now": NOW, "ref": "V7K2"}
    assert "$2.70" in say("asked", "en", **facts, price=Money(270, "usd"))
    without = say("asked", "en", **facts)
    assert without == say("asked", "en", **facts, price=Money(0, "usd"))
    assert "we text you either way. Ref V7K2." in without


def test_an_optional_part_may_say_something_else_instead() -> None:
    facts = {"ref": "V7K2", "visitor": "Tanya Johnson", "relation": "mother", "name": "Marcus Johnson", "unit": "B"}
    facts |= {"number": "48213", "terminal": "B-2", "code": "417", "other": "SUN 2PM"}
    times = {"start": START, "by": NOW, "now": NOW, "minutes": 30}
    clean = say("card", "en", **facts, **times, flags="")
    looked = say("card", "en", **facts, **times, look="LOOK: limits changed")
    assert "\nFlags: none. Decide by today 10:02 AM\nReply 417 OK, 417 NO, or 417 SUN 2PM. All: LIST" in clean
    assert "\nLOOK: limits changed. Decide by" in looked


def test_numbers_in_a_text_follow_the_options() -> None:
    continued = ["4) 1:00 PM", "5) 1:45 PM"]
    assert "Reply 4 or 5." in say("cancel_which", "en", options=continued)
    assert "Responda 4 o 5." in say("cancel_which", "es", options=continued)


def test_words_of_a_person_cannot_become_a_template() -> None:
    assert say("which_one", "en", choice="{ref} [x]", options=TIMES).startswith('Your "{ref} [x]" could')


def test_a_missing_fact_is_an_error_and_never_half_a_text() -> None:
    with pytest.raises(TextMissing, match="resident"):
        say("no_place", "en", options=TIMES)
    with pytest.raises(TextMissing, match="now"):
        say("still_waiting", "es", resident="Luis", start=START, latest=START, ref="V7K2")


def test_an_unknown_text_or_language_is_an_error() -> None:
    with pytest.raises(TextMissing, match="no_such_text"):
        say("no_such_text", "en")
    with pytest.raises(TextMissing, match="fr"):
        say("help", "fr", facility="Cedar County Jail", help="+1 555 123 4500")


def test_facts_are_listed_with_the_optional_ones() -> None:
    assert facts_of("pay_reminder", "en") == {"price", "resident", "start", "by", "link", "ref"}
    assert "refund_until" in facts_of("reminder_day", "es")


def test_relations_are_words_of_the_language() -> None:
    assert relation("mother", "es") == "madre"
    assert relation("sister_in_law", "en") == "sister-in-law"
    assert relation("godson of", "en") == "godson of"
    assert "relation.other" in keys()
