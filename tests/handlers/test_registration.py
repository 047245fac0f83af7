"""The texts that an operator pastes at Twilio: complete in each language, short enough for its forms, and true."""

import re
from dataclasses import replace

import pytest

from bot import sms
from bot.texts import say
from handlers.operations import carrier_registration
from scheduling.facilities.file import read_sample
from scheduling.policy.facility import Facility

URL = "https://visits.example"


@pytest.fixture
def facility() -> Facility:
    return read_sample().facility


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("key", ["stop", "help", "start_again"])
def test_carrier_answers_are_ours_with_the_facilitys_words(facility: Facility, key: str, lang: str) -> None:
    words = sms.fold(say(key, lang, facility=facility.name, help=facility.help.to(lang)))
    assert f"\n{words}\n" in carrier_registration.texts(facility, URL)
    assert sms.is_gsm7(words), "pasted as it is, one letter outside GSM-7 doubles what it costs"
    assert sms.segments(words) <= 2


def test_a_facility_of_one_language_pastes_one(facility: Facility) -> None:
    shown = carrier_registration.texts(replace(facility, languages=("es",)), URL)
    assert "Opt-out, es. Keywords: PARAR, ALTO" in shown
    assert "Opt-out, en" not in shown


def test_the_forms_take_them(facility: Facility) -> None:
    # Twilio's limits for a campaign: description, message flow, each sample.
    assert 40 <= len(carrier_registration.description(facility)) <= 4096
    assert 40 <= len(carrier_registration.opt_in(facility)) <= 2048
    samples = carrier_registration.samples(facility, URL)
    assert len(samples) >= 5
    assert all(20 <= len(words) <= 1024 for words in samples)


def test_samples_show_both_links_and_nobody_real(facility: Facility) -> None:
    samples = carrier_registration.samples(facility, URL)
    assert f"{URL}/p/" in samples[1]
    assert f"{URL}/j/" in samples[2]
    assert samples[-1].startswith("Pedida, todavia no confirmada: Alex")
    names = {word for person in read_sample().residents for word in person.name.split()}
    assert not [name for name in names for words in samples if re.search(rf"\b{name}\b", words)]


def test_a_free_facility_speaks_of_no_price(facility: Facility) -> None:
    assert (
        "$"
        not in carrier_registration.samples(replace(facility, price_per_minute=facility.price_per_minute * 0), URL)[0]
    )


def test_samples_name_days_and_no_today(facility: Facility) -> None:
    shown = carrier_registration.samples(facility, URL)
    assert "Staff answer by Fri 10 AM." in shown[0]
    assert not [words for words in shown if "today 12" in words or "hoy 12" in words]
    assert "Open this at 1:50 PM" in shown[3]
