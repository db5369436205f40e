"""Planted leaks are named whatever they hide in, honest columns stay, on made-up and on real tables."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.testing import toys

N = 1200
Columns = dict[str, pl.Series]


def table(plant: Callable[[np.random.Generator, np.ndarray], Columns]) -> pl.DataFrame:
    """Visits to a shop with planted columns, made from the target."""
    frame = toys.shop(N).drop("visit", "tier", "spent")
    y = (frame["bought"] == "yes").cast(pl.Float64).to_numpy()
    return frame.with_columns(**plant(np.random.default_rng(7), y))


def run(folder: Path, frame: pl.DataFrame, target: str = "bought", **options) -> Project:
    project = Project.new(folder / "p", frame, target, budget="6s", **options)
    project.run(until="understand", yes=True)
    return project


def left_out(project: Project) -> set[str]:
    return {excluded.name for excluded in project.found("understand").excluded}


def in_value(rng, y) -> Columns:
    return {"planted": pl.Series(y + rng.normal(0, 0.35, N))}


def in_gaps(rng, y) -> Columns:
    gone = np.where(y == 1, rng.random(N) < 0.96, rng.random(N) < 0.02)
    return {"planted": pl.Series(np.where(gone, np.nan, rng.normal(size=N))).fill_nan(None)}


def in_writing(rng, y) -> Columns:
    numbers = rng.integers(100, 999, N)
    return {"planted": pl.Series([f"A{n}" if hit else f"A0{n}" for n, hit in zip(numbers, y, strict=True)])}


@pytest.mark.parametrize("plant", [in_value, in_gaps, in_writing])
def test_a_planted_leak_is_named_and_left_out(tmp_path: Path, plant) -> None:
    project = run(tmp_path, table(plant))
    assert left_out(project) == {"planted"}
    assert "'planted'" in project.ledger.last("understand").reason


def test_a_leak_in_the_order_of_rows_is_named(tmp_path: Path) -> None:
    frame = toys.shop(N).drop("visit", "tier", "spent", "joined").sort("bought", maintain_order=True)
    project = run(tmp_path, frame)
    assert "sorted by the answer" in project.ledger.last("understand").reason


def test_a_column_written_with_the_answer_is_left_out(tmp_path: Path) -> None:
    frame = toys.shop(N).drop("visit", "tier", "spent")
    unknown = pl.int_range(pl.len()) % 15 == 0
    frame = frame.with_columns(
        bought=pl.when(~unknown).then("bought"), till=pl.when(~unknown).then(pl.int_range(pl.len()) % 7)
    )
    project = run(tmp_path, frame)
    assert left_out(project) == {"till"}
    assert "written with the answer" in project.found("understand").excluded[0].says


def test_strong_honest_columns_stay(tmp_path: Path) -> None:
    strong = {f"strong{i}": sd for i, sd in enumerate((0.5, 0.6, 0.75))}
    frame = table(lambda rng, y: {n: pl.Series(y + rng.normal(0, sd, N)) for n, sd in strong.items()})
    project = run(tmp_path, frame)
    assert left_out(project) == set()
    found = project.found("understand")
    assert 0.8 < found.scores["strong2"] < found.scores["strong0"] < 0.94
    assert set(strong) <= {c["name"] for c in found.schema if c["role"] == "input"}


def test_digits_are_jointly_strong_and_nothing_is_flagged(tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    frame = pl.DataFrame({f"pixel{i}": digits.data[:, i] for i in range(64)}).with_columns(
        digit=pl.Series([f"d{n}" for n in digits.target])
    )
    project = run(tmp_path, frame, "digit", task="multiclass")
    found = project.found("understand")
    assert found.together > 0.97
    assert left_out(project) == set()
    assert not [kept for kept in found.kept if kept.severity != "inform"]


REAL = [
    ("tabular/titanic/titanic.csv.gz", "survived", {"alive"}),
    ("tabular/loans_full/loans_full.csv.gz", "interest_rate", {"sub_grade"}),
    ("tabular/diamonds/diamonds.csv.gz", "price", set()),
    ("tabular/spambase/spambase.csv.gz", "type", set()),
]


@pytest.mark.parametrize(("file", "target", "leaks"), REAL, ids=[r[0].split("/")[1] for r in REAL])
def test_real_tables(tmp_path: Path, shared: Path, file: str, target: str, leaks: set[str]) -> None:
    from milepost.data.read import read

    frame = read(shared / file).frame
    name = target if target in frame.columns else frame.columns[-1]
    assert left_out(run(tmp_path, frame.head(6000), name)) == leaks


@pytest.mark.slow
def test_flights_lose_what_is_known_after_departure(tmp_path: Path, shared: Path) -> None:
    frame = pl.read_parquet(shared / "drift" / "nycflights13" / "nycflights13.parquet")
    thin = frame.filter(pl.int_range(pl.len()) % 4 == 0)
    found = run(tmp_path, thin, "late", time="time_hour").found("understand")
    assert {e.name for e in found.excluded} == {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"}
    inputs = {c["name"] for c in found.schema if c["role"] == "input"}
    assert {"sched_dep_time", "sched_arr_time", "carrier", "distance"} <= inputs
