"""A demonstration that is reset has the rules of the facility file as it is now."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from handlers.demo import demo_clock
from handlers.demo.demo_clock import DemoClock
from scheduling.facilities import store
from tests.cast import facility_file
from tests.handlers.line import Line, settings


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
