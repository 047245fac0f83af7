"""Warnings about a facility file that is valid."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from scheduling.facilities.file.checks import could_be_settled, minutes_of
from scheduling.facilities.file.reader import Notes
from scheduling.facilities.file.rows import FacilityFile
from scheduling.policy.availability import offer_spacing
from scheduling.policy.facility import MAX_REASON_LENGTH, Facility
from scheduling.policy.pricing import CAPS_SINCE, CURRENCIES, cap, price
from scheduling.policy.vocabulary import VisitKind

_LEAST_CHARGE = 50
"""The smallest amount, in minor units, that card processors charge."""


def advise(file: FacilityFile, notes: Notes) -> None:
    """Add a warning for each setting that is allowed but has an effect that people do not expect."""
    _prices(file.facility, notes)
    _times(file.facility, notes)
    _capacity(file, notes)
    _people(file, notes)
    _closures(file, notes)


def _prices(facility: Facility, notes: Notes) -> None:
    population = facility.average_daily_population
    rates = {"per_minute": facility.price_per_minute, "legal_per_minute": facility.legal_per_minute}
    for key, rate in rates.items():
        if population is not None and rate > (most := cap(facility.price_kind, population)):
            wrong = f"{rate} is above the FCC's cap of {most} for this facility (since {CAPS_SINCE})"
            notes.warn(("price", key), wrong, f"use {most} or less")
    if population is None and facility.price_per_minute > Decimal(0):
        notes.warn(("price",), "has no average_daily_population, so that no cap is checked", "add it")
    cheapest = price(facility, min(facility.lengths), VisitKind.FAMILY)
    if 0 < cheapest < _LEAST_CHARGE:
        amount = Decimal(cheapest) / 10 ** CURRENCIES[facility.currency]
        notes.warn(("price", "per_minute"), f"makes the shortest visit {amount}", "card payments start at 0.50")


def _times(facility: Facility, notes: Notes) -> None:
    if facility.earliest < facility.staff_answer_within:
        wrong = "is shorter than staff_answer_within: sooner times are not offered, whatever it says"
        notes.warn(("visits", "earliest"), wrong, "make it longer, or staff_answer_within shorter")
    if facility.cancel_with_refund_until >= facility.earliest > timedelta(0):
        wrong = "is not shorter than earliest: a visit asked for as late as allowed has no refund when cancelled"
        notes.warn(("deadlines", "cancel_with_refund_until"), wrong, "make it shorter, or earliest longer")
    for at, possible in enumerate(could_be_settled(facility)):
        if not possible:
            wrong = "could never be used: staff have no time to answer between latest and its start"
            notes.warn(("sessions", at), wrong, "make latest longer, or staff_answer_within shorter")


def weekly_capacity(file: FacilityFile) -> int:
    """How many family visits of the first length fit into a week when they follow one another on every terminal."""
    facility = file.facility
    length, apart = facility.lengths[0], offer_spacing(facility, facility.lengths[0]) // timedelta(minutes=1)
    fits = 0
    for session in facility.sessions:
        begin, end = minutes_of(session)
        terminals = sum(terminal.unit == session.unit for terminal in file.terminals)
        if session.kind == VisitKind.FAMILY and end - begin >= length:
            fits += ((end - begin - length) // apart + 1) * len(session.days) * terminals
    return fits


def _capacity(file: FacilityFile, notes: Notes) -> None:
    people = max(len(file.residents), file.facility.average_daily_population or 0)
    promised, fits = people * file.facility.per_resident_per_week, weekly_capacity(file)
    if promised > fits:
        wrong = f"promises {promised} visits a week to {people} residents, and {fits} fit into the sessions"
        notes.warn(("visits", "per_resident_per_week"), wrong, "add sessions or terminals, or lower it")


def _people(file: FacilityFile, notes: Notes) -> None:
    if not file.staff:
        notes.warn(("staff",), "names nobody, so that no request can be decided", "add at least one [[staff]]")
    served = set(file.facility.units)
    for at, resident in enumerate(file.residents):
        if resident.unit not in served:
            wrong = f"unit {resident.unit!r} has no sessions, so that nobody can visit this resident"
            notes.warn(("residents", at, "unit"), wrong, "add [[sessions]] for it or correct the unit")


def _closures(file: FacilityFile, notes: Notes) -> None:
    for at, closure in enumerate(file.closures):
        words = () if closure.reason is None else closure.reason.words
        if any(len(said) > MAX_REASON_LENGTH for _, said in words):
            wrong = f"is longer than {MAX_REASON_LENGTH} characters: families are not told it"
            notes.warn(("closures", at, "reason"), wrong, "make it shorter")
