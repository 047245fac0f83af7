"""The settings of a facility: their properties, and their conversion to JSON and back."""

import json
from datetime import time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.facilities.file import read_sample
from scheduling.policy.facility import Facility, Hours, Session, Text
from scheduling.policy.json_values import to_plain
from scheduling.policy.vocabulary import VisitKind

WILLOW = read_sample().facility

TEXTS = st.one_of(
    st.text(min_size=1).map(Text.same),
    st.fixed_dictionaries({"en": st.text(min_size=1), "es": st.text(min_size=1)}).map(
        lambda by: Text(tuple(by.items()))
    ),
)
DURATIONS = st.timedeltas(timedelta(0), timedelta(days=30)).map(lambda length: length // timedelta(seconds=1))
SECONDS = DURATIONS.map(lambda seconds: timedelta(seconds=seconds))
HOURS = st.builds(Hours, st.times(), st.times())
SESSIONS = st.builds(
    Session, st.text(), st.lists(st.integers(0, 6)).map(tuple), st.times(), st.times(), st.sampled_from(VisitKind)
)
FACILITIES = st.builds(
    Facility,
    help=TEXTS,
    urgent_phone=TEXTS,
    **dict.fromkeys(
        (
            "earliest",
            "latest",
            "join_early",
            "choose_within",
            "staff_answer_within",
            "answer_counter_offer_within",
            "pay_within",
            "cancel_with_refund_until",
        ),
        SECONDS,
    ),
    staff_hours=HOURS,
    quiet_hours=HOURS,
    price_per_minute=st.decimals(0, 99, places=4),
    legal_per_minute=st.decimals(0, 99, places=4),
    outcomes=st.dictionaries(st.text(), st.text()),
    answers=st.dictionaries(st.text(), TEXTS),
    sessions=st.lists(SESSIONS).map(tuple),
)


@given(FACILITIES)
def test_json_and_back_is_the_same_facility(facility: Facility) -> None:
    assert Facility.from_json(json.loads(json.dumps(facility.to_json()))) == facility


def test_a_session_read_from_json_has_a_kind_and_not_its_word() -> None:
    read = Facility.from_json(json.loads(json.dumps(WILLOW.to_json())))
    assert [type(session.kind) for session in read.sessions] == [VisitKind for _ in WILLOW.sessions]


@pytest.mark.parametrize(("key", "value"), [("lengths", 30), ("staff_hours", "07:00"), ("answers", [])])
def test_json_of_another_shape_is_refused(key: str, value: object) -> None:
    with pytest.raises(TypeError, match="not a"):
        Facility.from_json(WILLOW.to_json() | {key: value})


def test_a_decimal_keeps_its_digits_in_json() -> None:
    assert WILLOW.to_json()["price_per_minute"] == "0.09"
    assert Facility.from_json(WILLOW.to_json()).price_per_minute == Decimal("0.09")


def test_what_has_no_plain_form_is_refused() -> None:
    with pytest.raises(TypeError, match="complex"):
        to_plain(1j)


def test_a_text_speaks_the_readers_language() -> None:
    both = Text((("es", "salón"), ("en", "room")))
    assert both.to("en") == "room"
    assert both.to("es") == "salón"
    assert both.to("fr") == "salón"
    assert Text.same("+1 555 123 4500").to("es") == "+1 555 123 4500"


def test_the_rest_of_the_day() -> None:
    assert Hours(time(21), time(8)).others == Hours(time(8), time(21))


def test_units_come_in_the_order_of_the_file() -> None:
    assert WILLOW.units == ("A", "B")
    assert WILLOW.zone.key == "America/Chicago"
