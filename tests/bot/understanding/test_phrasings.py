"""A window said in any of our phrasings is understood as the same window."""

from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding import understand

EN_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ES_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
EN_MONTHS = "January February March April May June July August September October November December"
ES_MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
# Moments around both DST changes, a year's end and a leap day, beside any other.
NOWS = st.one_of(
    st.datetimes(datetime.fromisoformat("2024-01-01T00:00"), datetime.fromisoformat("2032-12-31T00:00")),
    st.sampled_from(
        [
            datetime.fromisoformat("2026-03-08T01:30"),
            datetime.fromisoformat("2026-11-01T00:30"),
            datetime.fromisoformat("2026-12-31T22:00"),
            datetime.fromisoformat("2028-02-28T09:00"),
        ]
    ),
).map(lambda at: at.replace(second=0, microsecond=0))
AHEAD = st.integers(1, 300)
CLOCKS = st.times(time(0, 0), time(23, 59)).map(lambda t: t.replace(second=0, microsecond=0))


def twelve(at: time) -> str:
    return f"{(at.hour % 12) or 12}:{at.minute:02d} {'PM' if at.hour >= 12 else 'AM'}"


def phrasings(day: date, clock: time) -> list[str]:
    en, es = EN_MONTHS.split()[day.month - 1], ES_MONTHS.split()[day.month - 1]
    return [
        f"{en} {day.day}, {day.year} at {twelve(clock)}",
        f"{twelve(clock)} on the {day.day}th of {en} {day.year}",
        f"{day.isoformat()} {clock:%H:%M}",
        f"{EN_DAYS[day.weekday()]} {en[:3]} {day.day} {day.year} {twelve(clock)}",
        f"el {day.day} de {es} de {day.year} a las {clock:%H:%M}",
        f"{ES_DAYS[day.weekday()]} {day.day} de {es} de {day.year} a las {twelve(clock)}",
    ]


@given(NOWS, AHEAD, CLOCKS)
@settings(max_examples=200, deadline=None)
def test_a_date_and_a_clock_come_back_as_said(now: datetime, ahead: int, clock: time) -> None:
    day = (now + timedelta(days=ahead)).date()
    for text in phrasings(day, clock):
        windows = understand(text, now=now).windows
        assert [(w.start, w.end) for w in windows] == [(datetime.combine(day, clock), None)], text


@given(NOWS, st.integers(1, 6), st.integers(8, 17), st.sampled_from([0, 15, 30, 45]))
@settings(max_examples=150, deadline=None)
def test_a_range_on_a_weekday_comes_back_as_said(now: datetime, ahead: int, hour: int, minute: int) -> None:
    day = (now + timedelta(days=ahead)).date()
    start = datetime.combine(day, time(hour, minute))
    end = start + timedelta(hours=2)
    for text in (
        f"{EN_DAYS[day.weekday()]} from {twelve(start.time())} to {twelve(end.time())}",
        f"between {twelve(start.time())} and {twelve(end.time())} on {EN_DAYS[day.weekday()].lower()}",
        f"el {ES_DAYS[day.weekday()]} de {twelve(start.time())} a {twelve(end.time())}",
    ):
        assert [(w.start, w.end) for w in understand(text, now=now).windows] == [(start, end)], text


@given(NOWS, st.integers(2, 20))
@settings(max_examples=100, deadline=None)
def test_days_from_now_come_back_as_said(now: datetime, n: int) -> None:
    day = datetime.combine((now + timedelta(days=n)).date(), time())
    for text in (f"in {n} days", f"{n} days from now", f"en {n} días", f"dentro de {n} dias"):
        assert [(w.start, w.end) for w in understand(text, now=now).windows] == [(day, day + timedelta(days=1))], text
