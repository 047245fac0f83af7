"""The house's own small things: its secrets, its price, its demonstration, and who pressed Join."""

import stat
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from handlers.calls import provider_events
from handlers.demo import demo_clock
from handlers.demo.demo_clock import DemoClock
from handlers.operations import build_deps
from handlers.settings import SettingsError
from scheduling.facilities import store
from scheduling.people import visit_links
from scheduling.policy.vocabulary import LinkPurpose
from tests.cast import facility_file
from tests.handlers.line import Line, settings
from tests.scheduling.kit import SATURDAY, at_once, minutes


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    made = build_deps.own_secret(tmp_path / "data", "secret_key")
    assert len(made) >= 32
    assert build_deps.own_secret(tmp_path / "data", "secret_key") == made
    (file,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_start_that_was_killed_leaves_no_empty_secret(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    made = build_deps.own_secret(tmp_path, "secret_key")
    assert len(made) >= 32
    assert build_deps.own_secret(tmp_path, "secret_key") == made


def test_a_start_that_is_killed_while_it_writes_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_file: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            build_deps.own_secret(tmp_path, "secret_key")
    assert not (tmp_path / "secret_key").exists()
    assert len(build_deps.own_secret(tmp_path, "secret_key")) >= 32


@pytest.mark.parametrize(("family", "legal"), [(9, 0), (0, 50), (9, 50)])
def test_any_price_needs_somebody_who_takes_the_money(line: Line, family: int, legal: int) -> None:
    line.record.settings(price_per_minute=Decimal(family) / 100, legal_per_minute=Decimal(legal) / 100)
    with pytest.raises(SettingsError, match="STRIPE_API_KEY"):
        build_deps.refuse_without_money(replace(line.deps, payments=None))
    build_deps.refuse_without_money(line.deps)


def test_where_nothing_costs_nobody_is_needed(line: Line) -> None:
    line.record.settings(price_per_minute=Decimal(0), legal_per_minute=Decimal(0))
    build_deps.refuse_without_money(replace(line.deps, payments=None))


def test_a_demonstration_begun_anew_has_the_rules_of_the_file_as_it_is(line: Line, tmp_path: Path) -> None:
    file = tmp_path / "willow.toml"
    deps = replace(line.deps, now=DemoClock(line.deps.db), settings=settings(facilities=str(file)))
    file.write_text(facility_file(), encoding="utf-8")
    demo_clock.reset(deps)

    def price() -> object:
        with deps.db.read() as tx:
            return store.rules(tx, store.everyone(tx)[0]).price_per_minute

    assert price() == Decimal("0.09")
    file.write_text(facility_file(('per_minute = "0.09"', 'per_minute = "0.15"')), encoding="utf-8")
    demo_clock.reset(deps)
    assert price() == Decimal("0.15")


def test_join_pressed_on_many_phones_at_once_is_one_mark(any_line: Line) -> None:
    line = any_line
    visit = line.record.confirmed()
    line.at(SATURDAY - minutes(2))
    tokens = [
        line.record.run(lambda tx: visit_links.mint(tx, visit.id, visit.visitor_id, LinkPurpose.JOIN, now=line.now))
        for _ in range(6)
    ]
    presses = [lambda token=token: provider_events.join(line.deps, token, correlation="c") for token in tokens]
    assert at_once(*presses) == [True] * 6
    assert [event.move for event in line.record.events(visit)].count("join") == 1
    assert line.record.fresh(visit).joined_at == line.now
