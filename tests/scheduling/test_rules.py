"""Refusals: each changed fact gives one reason, and all reasons are reported."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scheduling.facilities.file import read_sample
from scheduling.policy.refusals import SECRET_REFUSALS, Facts, Refusal, refusals, shown_to_family
from scheduling.policy.timespan import Span
from scheduling.policy.vocabulary import VisitKind

WILLOW = read_sample().facility
NOW = datetime(2026, 11, 26, 16, tzinfo=UTC)  # Thursday, 10 AM at Willow Creek
SATURDAY = datetime(2026, 11, 28, 19, tzinfo=UTC)  # 1 PM


def at(start: datetime, minutes: int = 30) -> Span:
    return Span(start, start + timedelta(minutes=minutes))


FREE = Facts(now=NOW, span=at(SATURDAY))


def test_a_free_place_has_nothing_against_it() -> None:
    assert refusals(FREE, WILLOW) == ()


@pytest.mark.parametrize(
    ("fact", "refusal"),
    [
        ({"span": at(SATURDAY, 25)}, Refusal.BAD_LENGTH),
        ({"in_session": False}, Refusal.OUTSIDE_SESSIONS),
        ({"on_grid": False}, Refusal.OFF_GRID),
        ({"closed": True}, Refusal.CLOSED),
        ({"terminal_free": False}, Refusal.TERMINAL_TAKEN),
        ({"resident_busy": True}, Refusal.RESIDENT_BUSY),
        ({"visitor_busy": True}, Refusal.VISITOR_BUSY),
        ({"resident_that_day": 1}, Refusal.RESIDENT_DAY_LIMIT),
        ({"resident_that_week": 3}, Refusal.RESIDENT_WEEK_LIMIT),
        ({"visitor_that_week": 3}, Refusal.VISITOR_WEEK_LIMIT),
        ({"open_requests": 2}, Refusal.OPEN_REQUESTS_LIMIT),
        ({"people": 5}, Refusal.TOO_MANY_PEOPLE),
        ({"banned_until": SATURDAY + timedelta(minutes=1)}, Refusal.BANNED),
        ({"related": False}, Refusal.NOT_ON_LIST),
        ({"resident_held": False}, Refusal.RESIDENT_GONE),
        ({"keep_apart": True}, Refusal.KEEP_APART),
        ({"kind": VisitKind.LEGAL}, Refusal.LEGAL_ONLY),
    ],
)
def test_one_fact_is_one_refusal(fact: dict[str, object], refusal: Refusal) -> None:
    assert refusals(replace(FREE, **fact), WILLOW) == (refusal,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "fact",
    [
        {"resident_that_week": 2},
        {"visitor_that_week": 2},
        {"open_requests": 1},
        {"people": 4},
        {"banned_until": SATURDAY},
        {"span": at(SATURDAY, 20)},
    ],
)
def test_what_just_fits_is_not_refused(fact: dict[str, object]) -> None:
    assert refusals(replace(FREE, **fact), WILLOW) == ()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (NOW, (Refusal.PAST,)),
        (NOW - timedelta(hours=1), (Refusal.PAST,)),
        (NOW + timedelta(hours=4), ()),
        (NOW + timedelta(hours=4) - timedelta(minutes=1), (Refusal.TOO_SOON,)),
        (NOW + timedelta(hours=2, minutes=30), (Refusal.TOO_SOON, Refusal.UNDECIDABLE)),
        (NOW + timedelta(days=14), ()),
        (NOW + timedelta(days=14, minutes=1), (Refusal.TOO_LATE,)),
    ],
)
def test_the_time_from_now(start: datetime, expected: tuple[Refusal, ...]) -> None:
    assert refusals(replace(FREE, span=at(start)), WILLOW) == expected


def test_at_night_staff_need_more_than_the_earliest() -> None:
    night = datetime(2026, 11, 27, 4, tzinfo=UTC)  # 10 PM: staff have until 9 AM
    early, later = (datetime(2026, 11, 27, 15, minute, tzinfo=UTC) for minute in (30, 45))
    assert refusals(Facts(now=night, span=at(early)), WILLOW) == (Refusal.UNDECIDABLE,)
    assert refusals(Facts(now=night, span=at(later)), WILLOW) == ()


def test_all_reasons_are_told_not_the_first() -> None:
    facts = replace(FREE, related=False, keep_apart=True, terminal_free=False, visitor_that_week=9, on_grid=False)
    assert refusals(facts, WILLOW) == (
        Refusal.OFF_GRID,
        Refusal.TERMINAL_TAKEN,
        Refusal.VISITOR_WEEK_LIMIT,
        Refusal.NOT_ON_LIST,
        Refusal.KEEP_APART,
    )


def test_counsel_is_bound_by_no_limit_of_the_family() -> None:
    counsel = replace(
        FREE,
        kind=VisitKind.LEGAL,
        attorney=True,
        resident_that_day=9,
        resident_that_week=9,
        visitor_that_week=9,
        open_requests=9,
    )
    assert refusals(counsel, WILLOW) == ()
    assert refusals(replace(counsel, related=False), WILLOW) == (Refusal.NOT_ON_LIST,)


def test_what_a_family_may_not_learn() -> None:
    assert {
        Refusal.KEEP_APART,
        Refusal.RESIDENT_GONE,
        Refusal.RESIDENT_BUSY,
        Refusal.NOT_ON_LIST,
    } == SECRET_REFUSALS


def test_a_family_is_told_the_first_reason_it_can_do_something_about() -> None:
    found = (Refusal.TERMINAL_TAKEN, Refusal.CLOSED, Refusal.BAD_LENGTH)
    assert shown_to_family(found) is Refusal.BAD_LENGTH


def test_a_secret_reason_reads_like_no_place_and_nothing_hints_at_it() -> None:
    assert shown_to_family((Refusal.RESIDENT_BUSY,)) is Refusal.TERMINAL_TAKEN
    assert shown_to_family((Refusal.VISITOR_BUSY,)) is Refusal.VISITOR_BUSY
    assert shown_to_family((Refusal.RESIDENT_BUSY, Refusal.VISITOR_BUSY)) is Refusal.TERMINAL_TAKEN


def test_no_secret_reason_is_told_and_each_told_one_has_a_rank_of_its_own() -> None:
    ranks = [code.traits.shown_first for code in Refusal if code.traits.shown_first is not None]
    assert not any(code.traits.secret for code in Refusal if code.traits.shown_first is not None)
    assert len(ranks) == len(set(ranks))
