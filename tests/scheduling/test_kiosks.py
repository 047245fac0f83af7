"""Kiosks, their codes, the terminals that they are paired to, and the PINs of residents."""

import re
from datetime import timedelta

import pytest

from scheduling.calls import kiosks
from scheduling.calls.kiosks import Kiosk
from scheduling.people import people, staff_links
from scheduling.policy.ids import TerminalId
from scheduling.storage.database import Tx
from scheduling.storage.tables import kiosks as kiosks_table
from scheduling.storage.tables import residents, terminals
from tests.scheduling.kit import DARNELL, MARCUS, Record, at_once, minutes

KEY = "a key"


def begin(record: Record) -> str:
    return record.run(lambda tx: kiosks.create(tx, now=record.now))


def of(record: Record, secret: str) -> Kiosk:
    with record.db.read() as tx:
        found = kiosks.by_secret(tx, secret)
    assert found is not None
    return found


def code_of(record: Record, secret: str) -> str:
    return of(record, secret).code or ""


def terminal(record: Record, name: str) -> TerminalId:
    return next(TerminalId(row.id) for row in record.rows(terminals) if row.name == name)


def pair(record: Record, code: str, name: str = "B-1", by: str = "Officer Reed") -> Kiosk | None:
    who, where = record.person(by), terminal(record, name)
    return record.run(lambda tx: kiosks.pair(tx, record.facility, code, where, who, now=record.now))


def test_a_new_screen_shows_six_digits_and_only_the_hash_of_its_secret_is_kept(record: Record) -> None:
    secret = begin(record)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", secret)
    assert secret not in str(record.everything())
    kiosk = of(record, secret)
    assert re.fullmatch(r"\d{6}", kiosk.code or "")
    assert kiosk.terminal_id is None
    with record.db.read() as tx:
        assert kiosks.by_secret(tx, "x" * 22) is None
        assert kiosks.by_secret(tx, "") is None
        assert kiosks.by_secret(tx, kiosk.code or "") is None


def test_a_code_that_has_run_out_pairs_nothing_and_another_takes_its_place(record: Record) -> None:
    secret = begin(record)
    old = code_of(record, secret)
    record.run(lambda tx: kiosks.renew(tx, of(record, secret), now=record.now))
    assert code_of(record, secret) == old
    record.set_clock(record.now + minutes(10))
    assert pair(record, old) is None
    kiosk = of(record, secret)
    record.run(lambda tx: kiosks.renew(tx, kiosk, now=record.now))
    fresh = of(record, secret)
    assert fresh.code_until == record.now + minutes(10)
    assert pair(record, fresh.code or "") is not None


def test_paired_it_knows_its_terminal_and_its_code_is_used_up(record: Record) -> None:
    secret = begin(record)
    code = code_of(record, secret)
    pair(record, code)
    kiosk = of(record, secret)
    assert (kiosk.terminal, kiosk.unit, kiosk.facility_id, kiosk.code) == ("B-1", "B", record.facility, None)
    assert pair(record, code, "B-2") is None
    assert of(record, secret).terminal == "B-1"
    with record.db.read() as tx:
        assert kiosks.of_terminal(tx, terminal(record, "B-1")) == kiosk
        assert kiosks.of_terminal(tx, terminal(record, "B-2")) is None


def test_another_screen_at_the_terminal_takes_its_place_and_the_first_waits_again(record: Record) -> None:
    first, second = begin(record), begin(record)
    pair(record, code_of(record, first))
    pair(record, code_of(record, second))
    gone = of(record, first)
    assert (gone.terminal_id, gone.code) == (None, None)
    record.run(lambda tx: kiosks.renew(tx, gone, now=record.now))
    assert pair(record, code_of(record, first), "B-2") is not None
    assert (of(record, first).terminal, of(record, second).terminal) == ("B-2", "B-1")


@pytest.mark.parametrize("code", ["000000", "", "12345"])
def test_a_code_of_nobody_pairs_nothing(record: Record, code: str) -> None:
    before = record.everything()
    assert pair(record, code) is None
    assert record.everything() == before


def test_a_terminal_of_another_facility_is_refused(record: Record) -> None:
    secret = begin(record)
    code, where = code_of(record, secret), terminal(record, "B-1")
    other, who = type(record.facility)(record.facility + 1), record.person("Officer Reed")
    assert record.run(lambda tx: kiosks.pair(tx, other, code, where, who, now=record.now)) is None
    assert code_of(record, secret) == code


def test_two_officers_at_one_terminal_both_end_well(record: Record) -> None:
    codes = [code_of(record, begin(record)) for _ in range(4)]
    found = at_once(*[lambda code=code: pair(record, code) for code in codes])
    assert all(isinstance(each, Kiosk) for each in found), found
    paired = [row for row in record.rows(kiosks_table) if row.terminal_id is not None]
    assert len(paired) == 1


def test_one_screen_at_two_terminals_at_once_is_at_one_of_them(record: Record) -> None:
    code = code_of(record, begin(record))
    found = at_once(lambda: pair(record, code, "B-1"), lambda: pair(record, code, "B-2"))
    assert len([each for each in found if each is None]) == 1
    assert len([row for row in record.rows(kiosks_table) if row.terminal_id is not None]) == 1


def test_many_begin_at_once_and_no_two_show_the_same(record: Record) -> None:
    found = at_once(*[lambda: begin(record)] * 6)
    assert all(isinstance(each, str) for each in found), found
    assert len({row.code for row in record.rows(kiosks_table)}) == 6


def test_unpaired_it_is_no_screen_of_the_terminal(record: Record) -> None:
    secret = begin(record)
    pair(record, code_of(record, secret))
    assert record.run(lambda tx: kiosks.unpair(tx, terminal(record, "B-1")))
    assert not record.run(lambda tx: kiosks.unpair(tx, terminal(record, "B-1")))
    assert of(record, secret).terminal_id is None


def test_being_seen_is_written_once_a_minute_and_makes_it_on(record: Record) -> None:
    secret = begin(record)
    began = record.now

    def asks() -> Kiosk:
        record.run(lambda tx: kiosks.mark_seen(tx, of(record, secret), now=record.now))
        return of(record, secret)

    record.set_clock(began + timedelta(seconds=59))
    assert asks().seen_at == began
    record.set_clock(began + timedelta(seconds=60))
    kiosk = asks()
    assert kiosk.seen_at == record.now
    assert kiosks.is_on(kiosk, record.now + timedelta(seconds=89))
    assert not kiosks.is_on(kiosk, record.now + timedelta(seconds=90))
    assert not kiosks.is_on(None, record.now)


def test_what_was_never_paired_and_asks_no_more_is_forgotten(record: Record) -> None:
    kept, lost = begin(record), begin(record)
    pair(record, code_of(record, kept))
    record.run(lambda tx: kiosks.unpair(tx, terminal(record, "B-1")))
    record.set_clock(record.now + timedelta(days=1, seconds=1))
    begin(record)
    with record.db.read() as tx:
        assert kiosks.by_secret(tx, lost) is None
        assert kiosks.by_secret(tx, kept) is not None


# PINs


def set_pin(record: Record, number: str = MARCUS) -> str:
    return record.run(lambda tx: kiosks.set_pin(tx, record.resident(number), KEY))


def tries(record: Record, pin: str, number: str = MARCUS, key: str = KEY) -> str:
    def work(tx: Tx) -> str:
        return kiosks.check_pin(tx, people.resident(tx, record.resident(number)), pin, key, now=record.now)

    return record.run(work)


def wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 10_000:04}"


def test_a_pin_is_four_digits_and_kept_as_a_hash_with_the_key_of_this_server(record: Record) -> None:
    pins = {set_pin(record) for _ in range(20)}
    assert all(re.fullmatch(r"\d{4}", pin) and len(set(pin)) > 1 and pin != "1234" for pin in pins)
    pin = set_pin(record)
    (row,) = [row for row in record.rows(residents) if row.number == MARCUS]
    assert re.fullmatch(r"[0-9a-f]{64}", row.pin)
    assert tries(record, pin) == "ok"
    assert tries(record, pin, key="another key") == "wrong"


def test_a_pin_is_one_residents_alone(record: Record) -> None:
    pin = set_pin(record)
    assert tries(record, pin, DARNELL) == "none"
    theirs = set_pin(record, DARNELL)
    if theirs != pin:
        assert tries(record, pin, DARNELL) == "wrong"


def test_a_resident_of_another_facility_never_matches(record: Record) -> None:
    pin = set_pin(record)

    def work(tx: Tx) -> str:
        from dataclasses import replace

        marcus = people.resident(tx, record.resident(MARCUS))
        elsewhere = replace(marcus, facility_id=type(record.facility)(record.facility + 1))
        return kiosks.check_pin(tx, elsewhere, pin, KEY, now=record.now)

    assert record.run(work) == "none"


def test_a_new_pin_ends_the_old_one(record: Record) -> None:
    old = set_pin(record)
    new = set_pin(record)
    while new == old:
        new = set_pin(record)
    assert tries(record, old) == "wrong"
    assert tries(record, new) == "ok"


def test_five_wrong_ones_lock_it_until_fifteen_minutes_after_the_last(record: Record) -> None:
    pin = set_pin(record)
    assert [tries(record, wrong(pin)) for _ in range(5)] == ["wrong"] * 4 + ["locked"]
    assert tries(record, pin) == "locked"
    with record.db.read() as tx:
        assert kiosks.pin_state(tx, record.resident(MARCUS), now=record.now) == "locked"
    record.set_clock(record.now + minutes(14))
    assert tries(record, pin) == "locked"
    record.set_clock(record.now + minutes(1))
    assert tries(record, pin) == "ok"


def test_a_new_pin_opens_what_was_locked(record: Record) -> None:
    pin = set_pin(record)
    for _ in range(5):
        tries(record, wrong(pin))
    assert tries(record, set_pin(record)) == "ok"


def test_the_right_one_forgets_the_wrong_ones(record: Record) -> None:
    pin = set_pin(record)
    for _ in range(3):
        assert [tries(record, wrong(pin)) for _ in range(4)] == ["wrong"] * 4
        assert tries(record, pin) == "ok"


def test_tried_at_once_it_is_still_five(record: Record) -> None:
    pin = set_pin(record)
    guesses = [f"{(int(pin) + 1 + each) % 10_000:04}" for each in range(8)]
    found = at_once(*[lambda guess=guess: tries(record, guess) for guess in guesses])
    assert sorted(map(str, found)) == ["locked"] * 4 + ["wrong"] * 4


# The links of officers


def test_an_officers_link_is_good_for_twelve_hours(record: Record) -> None:
    reed = record.person("Officer Reed")
    token = record.run(lambda tx: staff_links.mint(tx, reed, now=record.now))
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)
    assert token not in str(record.everything())
    with record.db.read() as tx:
        for now, there in ((record.now, True), (record.now + timedelta(hours=12), False)):
            found = staff_links.find(tx, token, now=now)
            assert (found is not None and found.id == reed) is there
        assert staff_links.find(tx, "x" * 22, now=record.now) is None
        assert staff_links.find(tx, "", now=record.now) is None


def test_who_is_suspended_or_no_longer_staff_has_no_link(record: Record) -> None:
    reed = record.person("Officer Reed")
    token = record.run(lambda tx: staff_links.mint(tx, reed, now=record.now))
    for suspended in (True, False):
        with record.db.begin() as tx:
            people.suspend(tx, reed, suspended=suspended)
        with record.db.read() as tx:
            assert (staff_links.find(tx, token, now=record.now) is None) is suspended
    import sqlalchemy as sa

    from scheduling.storage.tables import people as people_table

    gone = sa.update(people_table).where(people_table.c.id == reed).values(active=False)
    record.run(lambda tx: tx.execute(gone).rowcount)
    with record.db.read() as tx:
        assert staff_links.find(tx, token, now=record.now) is None
