"""Building from settings: the generated secrets of an installation, and prices without a payment gateway."""

import stat
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from handlers.operations import build_deps
from handlers.settings import SettingsError
from tests.handlers.line import Line


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
