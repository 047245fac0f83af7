"""Facility files: all are read and checked before anything is written."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from handlers.deps import Deps
from handlers.operations import load_facilities
from handlers.operations.load_facilities import LoadError
from scheduling.facilities.file import FacilityError, Problem, read_sample
from scheduling.storage import schema
from scheduling.storage.database import Database
from tests.handlers.line import Line, settings
from tests.scheduling.kit import Record

SAMPLE = files("scheduling").joinpath("sample.toml").read_text("utf-8")


def write(folder: Path, name: str, text: str = SAMPLE) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def other(code: str, phone: str) -> str:
    return SAMPLE.replace('"willow"', f'"{code}"').replace('"+15551234567"', f'"{phone}"')


def test_a_pattern_names_many_files(line: Line, tmp_path: Path) -> None:
    write(tmp_path, "a.toml")
    write(tmp_path, "b.toml", other("oak", "+15559990000"))
    loaded = load_facilities.load(line.deps, load_facilities.read(str(tmp_path / "*.toml")))
    assert [each.name for each in loaded] == ["Willow Creek Jail", "Willow Creek Jail"]
    assert loaded[0].report.added == []
    assert "facility oak" in loaded[1].report.added


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="there is no such file"):
        load_facilities.read(str(tmp_path / "nothing-*.toml"))


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LoadError, match="cannot be read"):
        load_facilities.read(str(tmp_path / "a.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(LoadError, match="cannot be read"):
        load_facilities.read(str(tmp_path / "folder.toml"))


@pytest.mark.parametrize(
    ("code", "phone", "same"), [("willow", "+15559990000", "code"), ("oak", "+15551234567", "phone")]
)
def test_two_files_about_one_thing(tmp_path: Path, code: str, phone: str, same: str) -> None:
    write(tmp_path, "a.toml")
    write(tmp_path, "b.toml", other(code, phone))
    with pytest.raises(LoadError, match=f"have the same {same}"):
        load_facilities.read(str(tmp_path / "*.toml"))


def test_one_wrong_file_and_nothing_is_loaded(line: Line, tmp_path: Path) -> None:
    write(tmp_path, "a.toml", other("oak", "+15559990000"))
    bad = write(tmp_path, "b.toml", SAMPLE.replace("starts_every = 15", "starts_every = 14"))
    before = line.record.everything()
    with pytest.raises(FacilityError) as wrong:
        load_facilities.load(line.deps, load_facilities.read(str(tmp_path / "*.toml")))
    assert str(bad) in str(wrong.value)
    assert "starts_every" in str(wrong.value)
    assert "line " in str(wrong.value)
    assert line.record.everything() == before


def test_a_facility_that_another_has_the_number_of_is_refused_over_two_loads_too(line: Line, tmp_path: Path) -> None:
    """The database has a facility with that number already, whose families would text the wrong jail."""
    write(tmp_path, "b.toml", other("oak", "+15551234567"))
    before = line.record.everything()
    with pytest.raises(LoadError, match="the phone of two facilities"):
        load_facilities.load(line.deps, load_facilities.read(str(tmp_path / "b.toml")))
    assert line.record.everything() == before


def test_the_sample_is_loaded_into_an_empty_record_only(line: Line, tmp_path: Path) -> None:
    assert load_facilities.first_start(line.deps) == []
    db = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    schema.upgrade(db)
    (loaded,) = load_facilities.first_start(Deps(db, settings(), line.deps.now))
    assert "facility willow" in loaded.report.added
    db.close()


def test_named_files_are_loaded_at_every_start(record: Record, tmp_path: Path) -> None:
    write(tmp_path, "a.toml", SAMPLE.replace("turnaround = 5", "turnaround = 10"))
    deps = Deps(record.db, settings(facilities=str(tmp_path / "*.toml")), lambda: record.now)
    assert load_facilities.first_start(deps)[0].report.changed == ["facility willow: rules"]
    assert load_facilities.first_start(deps)[0].report.changed == []


def test_two_may_swap_their_numbers(line: Line, tmp_path: Path) -> None:
    write(tmp_path, "a.toml")
    write(tmp_path, "b.toml", other("oak", "+15559990000"))
    load_facilities.load(line.deps, load_facilities.read(str(tmp_path / "*.toml")))
    write(tmp_path, "a.toml", other("willow", "+15559990000"))
    write(tmp_path, "b.toml", other("oak", "+15551234567"))
    loaded = load_facilities.load(line.deps, load_facilities.read(str(tmp_path / "*.toml")))
    assert [each.report.changed for each in loaded] == [["facility willow: rules"], ["facility oak: rules"]]


def test_what_a_supervisor_should_know_is_handed_on(line: Line) -> None:
    file = replace(read_sample(), warnings=(Problem(3, "price", "is dear", "look again"),))
    (loaded,) = load_facilities.load(line.deps, [file])
    assert loaded.warnings == ("line 3: price: is dear; look again",)
