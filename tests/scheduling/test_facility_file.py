"""Reading facility files: the sample and the contract's example load, and each problem is reported with key and line."""

import re
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from scheduling.facilities.file import (
    FacilityError,
    MayVisit,
    Problem,
    ResidentRow,
    StaffRow,
    TerminalRow,
    read_facility,
    read_sample,
    weekly_capacity,
)
from scheduling.policy.facility import Session, Text
from scheduling.policy.vocabulary import VisitKind
from tests.emulators.provider_schemas import shared

SAMPLE = files("scheduling").joinpath("sample.toml").read_text("utf-8")
HARBOR = Path(__file__).parents[1] / "samples" / "facilities" / "harbor.toml"
CEDAR = shared("examples", "cedar-county.toml")


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(FacilityError) as found:
        read_facility(text, "test.toml")
    return found.value.problems


def changed(old: str, new: str) -> str:
    """The sample with one change."""
    assert SAMPLE.count(old) >= 1, old
    return SAMPLE.replace(old, new, 1)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_sample_says_what_it_says() -> None:
    file = read_sample()
    assert file.facility.code == "willow"
    assert file.facility.lengths == (30, 20)
    assert file.facility.latest == timedelta(days=14)
    assert file.facility.price_per_minute == Decimal("0.09")
    assert file.facility.legal_per_minute == 0
    assert file.facility.sessions[3] == Session("B", (0, 1, 2, 3, 4), time(9), time(11), VisitKind.LEGAL)
    assert file.terminals[2] == TerminalRow("B-2", "B")
    assert file.residents[1] == ResidentRow("51877", "Luis Ortega", "A", "es")
    assert file.visitors[1].may_visit == (MayVisit("48213", "mother"), MayVisit("50333", "aunt"))
    assert file.attorneys[0].may_visit is None
    assert file.staff[0] == StaffRow("Officer Reed", "+15550109001", None, "approver", ("B",))
    assert file.staff[1].units is None
    assert file.keep_apart == (("48213", "50333"),)
    assert file.closures[0].unit is None
    assert file.closures[0].span.start == datetime(2026, 12, 25, 6, tzinfo=UTC)
    assert file.closures[0].reason == Text((("en", "holiday"), ("es", "día festivo")))


def test_the_sample_keeps_what_it_promises() -> None:
    file = read_sample()
    assert weekly_capacity(file) == 66
    assert file.warnings == ()


def test_more_promised_than_fits_is_a_warning() -> None:
    file = read_facility(changed("average_daily_population = 20", "average_daily_population = 240"), "test.toml")
    assert [warning.key for warning in file.warnings] == ["visits.per_resident_per_week"]
    assert "720" in file.warnings[0].wrong


def test_a_file_unlike_the_sample_loads() -> None:
    file = read_facility(HARBOR.read_text("utf-8"), HARBOR.name)
    facility = file.facility
    assert (facility.code, facility.timezone) == ("harbor", "America/Los_Angeles")
    assert facility.languages == ("es", "en")
    assert facility.lengths == (25,)
    assert (facility.sms_answer_code, facility.watching) == (True, True)
    assert facility.answers["parking"].to("es") == facility.answers["parking"].to("en")
    assert [each.language for each in file.residents] == [None, "en"]
    assert file.closures[0].unit == "South"
    assert file.closures[0].span.start == datetime(2027, 1, 4, 8, tzinfo=UTC)
    assert file.keep_apart == ()


@pytest.mark.parametrize("path", [HARBOR, *([CEDAR] if CEDAR else [])], ids=lambda path: path.stem)
def test_other_facilities_load(path: Path) -> None:
    """Our sample, and the example in the contract where it exists on this machine."""
    file = read_facility(path.read_text("utf-8"), path.name)
    assert path.stem.startswith(file.facility.code)
    assert file.closures[0].unit in {terminal.unit for terminal in file.terminals}
    assert file.facility.answers["dress_code"].to("es") == file.facility.answers["dress_code"].to("en")
    assert file.facility.sms_answer_code is True


def test_optional_keys_in_the_sample_show_the_usual_values() -> None:
    """Removing the comment signs of optional keys changes only those that do not show a default."""
    shown = re.sub(r"(?m)^# (?=\[staff_rules|legal_per|sms_answer|kind = \"family|language = \"en)", "", SAMPLE)
    shown = shown.replace("[staff_rules]\n", "").replace("sms_answer_code", "[staff_rules]\nsms_answer_code")
    assert shown != SAMPLE
    assert read_facility(shown, "shown").facility == read_sample().facility


SHORTEST = """
[facility]
code = "small"
name = "Small Jail"
timezone = "America/Denver"
phone = "+15551234567"
help = "+1 555 123 4500"
[visits]
lengths = [30]
[staff_hours]
from = "00:00"
to = "24:00"
[price]
per_minute = "0"
[[terminals]]
name = "1"
unit = "A"
[[sessions]]
unit = "A"
days = ["sat"]
from = "22:00"
to = "24:00"
"""


def test_a_short_file_gets_the_usual_values() -> None:
    file = read_facility(SHORTEST, "small.toml")
    usual = read_sample().facility
    assert file.facility.languages == ("en",)
    assert file.facility.urgent_phone == file.facility.help
    for key in ("earliest", "latest", "pay_within", "quiet_hours", "outcomes", "people_per_visit", "sms_answer_code"):
        assert getattr(file.facility, key) == getattr(usual, key), key
    assert [warning.key for warning in file.warnings] == ["staff"]


@pytest.mark.parametrize("section", ["facility", "visits", "staff_hours", "price", "terminals", "sessions"])
def test_what_every_file_needs_is_missed(section: str) -> None:
    start = SHORTEST.index(f"[{section}]")
    rest = SHORTEST[start + 1 :]
    following = re.search(r"(?m)^\[", rest)
    end = start + 1 + following.start() if following else len(SHORTEST)
    found = problems(SHORTEST[:start].removesuffix("[") + SHORTEST[end:])
    assert any(problem.key.startswith(section) and problem.wrong == "is missing" for problem in found)


ONE_WRONG = [
    ('code = "willow"', 'code = "Willow Creek"', "facility.code", "not a code"),
    ('name = "Willow Creek Jail"', 'name = ""', "facility.name", "not a line of text"),
    ('timezone = "America/Chicago"', 'timezone = "Central"', "facility.timezone", "not a time zone"),
    ('languages = ["en", "es"]', 'languages = ["en", "tlh"]', "facility.languages[2]", "not one of"),
    ('languages = ["en", "es"]', 'languages = ["en", "en"]', "facility.languages[2]", "repeats"),
    ('languages = ["en", "es"]', "languages = []", "facility.languages", "not a list"),
    ('"+15551234567"', '"15551234567"', "facility.phone", "not a phone number"),
    ('"+15551234567"', '"+1 555 123 4567"', "facility.phone", "not written as"),
    ('help = "+1 555 123 4500"', 'help = { en = "+1 555 123 4500" }', "facility.help", "no text for es"),
    ("lengths = [30, 20]", "lengths = [30, 22]", "visits.lengths[2]", "multiple of 5"),
    ("lengths = [30, 20]", "lengths = [30, true]", "visits.lengths[2]", "not a whole number"),
    ("starts_every = 15", "starts_every = 0", "visits.starts_every", "too small"),
    ("turnaround = 5", "turnaround = 7", "visits.turnaround", "multiple of 5"),
    ("turnaround = 5", "turnarounds = 5", "visits.turnarounds", "not a key"),
    ('earliest = "4h"', "earliest = 4", "visits.earliest", "not a length of time"),
    ('earliest = "4h"', 'earliest = "4 hours"', "visits.earliest", "not a length of time"),
    ('earliest = "4h"', 'earliest = "15d"', "visits.earliest", "not shorter than latest"),
    ("per_resident_per_day = 1", "per_resident_per_day = 0", "visits.per_resident_per_day", "too small"),
    ('choose_within = "10m"', 'choose_within = "0m"', "deadlines.choose_within", "too short"),
    ('staff_answer_within = "2h"', 'staff_answer_within = "14d"', "visits.latest", "decided and paid in time"),
    ('from = "07:00"', 'from = "7:00"', "staff_hours.from", "not a time of day"),
    ('from = "21:00"\nto = "08:00"', 'from = "21:00"\nto = "21:00"', "quiet_hours.to", "same as from"),
    ('from = "21:00"\nto = "08:00"', 'from = "00:00"\nto = "24:00"', "quiet_hours.to", "no hour in which"),
    ('per_minute = "0.09"', 'per_minute = "0.09125"', "price.per_minute", "four decimals"),
    ('per_minute = "0.09"', 'per_minute = "nine"', "price.per_minute", "not a price"),
    ('per_minute = "0.09"', 'per_minute = "-1"', "price.per_minute", "not a price"),
    ('currency = "usd"', 'currency = "gold"', "price.currency", "not one of"),
    ('kind = "jail"', 'kind = "school"', "price.kind", "not one of"),
    ('technical = "refund"', 'technical = "burn"', "outcomes.technical", "not one of"),
    ('no_show = "keep"', 'no_show = "carry"', "outcomes.visitor_no_show", "not one of"),
    ('unanswered = "refund"', 'unanswered = "carry"', "outcomes.unanswered", "not one of"),
    ('technical = "refund"', 'fire = "refund"', "outcomes.fire", "not a key"),
    ("dress_code =", '"Dress code" =', "answers.Dress code", "not a name"),
    ("# [staff_rules]\n# sms", "[staff_rules]\nsms_answer_code = 1 # sms", "staff_rules.sms_answer_code", "neither"),
    ('name = "B-2"', 'name = "B-1"', "terminals[3].name", "terminals[2]"),
    ('unit = "A"\n\n[[terminals]]', 'unit = "C"\n\n[[terminals]]', "terminals[1].unit", "no session"),
    ('unit = "A"\n# kind = "family"', 'unit = "C"\n# kind = "family"', "sessions[1].unit", "no terminal"),
    ('"tue", "thu", "sat"', '"tue", "tursday", "sat"', "sessions[1].days[2]", "not one of"),
    ('from = "09:00"\nto = "12:00"', 'from = "12:00"\nto = "09:00"', "sessions[1].to", "not after from"),
    ('from = "09:00"\nto = "12:00"', 'from = "09:00"\nto = "09:15"', "sessions[1].to", "shortest visit"),
    ('from = "09:00"\nto = "12:00"', 'from = "09:02"\nto = "12:00"', "sessions[1].from", "five-minute"),
    ('"sat", "sun"]\nfrom = "13:00"\nto = "16', '"fri"]\nfrom = "20:00"\nto = "21', "sessions[3].from", "on fri"),
    ('number = "51877"', 'number = "48213"', "residents[2].number", "residents[1]"),
    ('number = "51877"', "number = 51877", "residents[2].number", "not a line of text"),
    ('language = "es"', 'language = "pt"', "residents[2].language", "not one of"),
    ('resident = "50333"', 'resident = "50334"', "visitors[2].may_visit[2].resident", "'50334'"),
    ('resident = "50333"', 'resident = "48213"', "visitors[2].may_visit[2].resident", "visitors[2].may_visit[1]"),
    ('relation = "aunt"', 'relation = "enemy"', "visitors[2].may_visit[2].relation", "not a relation"),
    ('name = "Keisha Johnson"', 'name = "Tanya Johnson"', "visitors[3].name", "visitors[2]"),
    ('phone = "+15550100001"', 'phone = "+15551234567"', "visitors[1].phone", "facility's own"),
    ('may_visit = "all" ', 'may_visit = "some" ', "attorneys[1].may_visit", "neither"),
    ('may_visit = "all" ', 'may_visit = ["1"] ', "attorneys[1].may_visit[1]", "not the number"),
    ('role = "approver"', 'role = "boss"', "staff[1].role", "not one of"),
    ('units = ["B"]', 'units = ["Z"]', "staff[1].units[1]", "not a unit"),
    ('phone = "+15550109002"', 'phone = "+15550109001"', "staff[2].phone", "staff[1]"),
    ('residents = ["48213", "50333"]', 'residents = ["48213", "7"]', "keep_apart[1].residents[2]", "not the number"),
    ('residents = ["48213", "50333"]', 'residents = ["48213"]', "keep_apart[1].residents", "fewer than two"),
    ('from = "2026-12-25T00:00"', 'from = "2026-12-25"', "closures[1].from", "not a date and time"),
    ('to = "2026-12-26T00:00"', 'to = "2026-12-24T00:00"', "closures[1].to", "not after from"),
    ('to = "2026-12-26T00:00"', "to = 2026-12-26T00:00:00Z", "closures[1].to", "offset"),
    ('# unit = "A"                        # left out', 'unit = "Q" # left out', "closures[1].unit", "not a unit"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "wrong"), ONE_WRONG, ids=lambda part: str(part)[:40])
def test_one_wrong_value_is_named_with_its_key_and_line(old: str, new: str, key: str, wrong: str) -> None:
    text = changed(old, new)
    named = {problem.key: problem for problem in problems(text)}
    assert key in named, named
    assert wrong in named[key].wrong
    assert named[key].do
    first = line_of(SAMPLE, old)
    if key != "visits.latest":
        assert first <= (named[key].line or 0) <= first + new.count("\n")


def test_all_problems_are_told_in_the_order_of_the_lines() -> None:
    text = SAMPLE
    for old, new in [("lengths = [30, 20]", "lengths = [7]"), ('role = "approver"', 'role = "x"'), ('"wed"', '"wen"')]:
        text = text.replace(old, new, 1)
    found = problems("colour = 1\n" + text)
    assert [problem.key for problem in found] == ["colour", "visits.lengths[1]", "sessions[2].days[2]", "staff[1].role"]
    assert [problem.line for problem in found] == sorted(problem.line or 0 for problem in found)


def test_an_error_reads_as_file_line_key_what_and_what_to_do() -> None:
    with pytest.raises(FacilityError) as found:
        read_facility(changed("turnaround = 5", "turnarond = 5"), "willow.toml")
    line = line_of(SAMPLE, "turnaround = 5")
    expected = (
        f"willow.toml: line {line}: visits.turnarond: is not a key of a facility file; did you mean 'turnaround'?"
    )
    assert str(found.value) == expected


@pytest.mark.parametrize(("text", "line"), [("a = 1\nb = \n", 2), ("a = 1\na = 2\n", 2), ('a = """never closed', None)])
def test_what_is_no_toml_says_where(text: str, line: int | None) -> None:
    (problem,) = problems(text)
    assert problem.line == line
    assert "not TOML" in problem.wrong


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('per_minute = "0.09"', 'per_minute = "0.45"', "price.per_minute"),
        ('per_minute = "0.09"', 'per_minute = "0.02"', "price.per_minute"),
        ('# legal_per_minute = "0" ', 'legal_per_minute = "0.50" ', "price.legal_per_minute"),
        ("average_daily_population = 20", "", "price"),
        ('earliest = "4h"', 'earliest = "90m"', "visits.earliest"),
        ('cancel_with_refund_until = "2h"', 'cancel_with_refund_until = "4h"', "deadlines.cancel_with_refund_until"),
        ('name = "Darnell Price"\nunit = "B"', 'name = "Darnell Price"\nunit = "Sick bay"', "residents[3].unit"),
    ],
)
def test_what_is_allowed_and_surprising_is_a_warning(old: str, new: str, key: str) -> None:
    text = changed(old, new)
    named = {warning.key: warning for warning in read_facility(text, "test.toml").warnings}
    assert key in named
    assert named[key].line


def test_a_session_that_staff_can_never_answer_for_is_a_warning() -> None:
    text = changed('latest = "14d"', 'latest = "5h"').replace(
        'from = "07:00"\nto = "21:00"', 'from = "10:00"\nto = "21:00"'
    )
    found = read_facility(text, "test.toml").warnings
    assert [(warning.key, warning.line) for warning in found if "could never be used" in warning.wrong] == [
        ("sessions[1]", line_of(text, "[[sessions]]")),
        ("sessions[4]", line_of(text, 'unit = "B"\nkind = "legal"') - 1),
    ]


def test_a_price_at_the_cap_is_no_warning() -> None:
    assert "price.per_minute" not in {
        warning.key for warning in read_facility(changed('"0.09"', '"0.21"'), "test.toml").warnings
    }


def test_relations_may_be_written_in_either_language() -> None:
    file = read_facility(changed('relation = "sister"', 'relation = "Hermana"'), "test.toml")
    assert file.visitors[0].may_visit == (MayVisit("51877", "sister"),)


def test_three_to_keep_apart_are_three_pairs() -> None:
    text = changed('residents = ["48213", "50333"]', 'residents = ["51877", "48213", "50333"]')
    pairs = read_facility(text, "test.toml").keep_apart
    assert set(pairs) == {("48213", "51877"), ("50333", "51877"), ("48213", "50333")}


def test_the_same_hours_for_families_and_attorneys_are_no_overlap() -> None:
    text = changed('kind = "legal"\ndays = ["mon", "tue"', 'kind = "legal"\ndays = ["sat", "tue"')
    text = text.replace('from = "09:00"\nto = "11:00"', 'from = "13:00"\nto = "15:00"')
    assert len(read_facility(text, "test.toml").facility.sessions) == 5
