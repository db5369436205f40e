"""Order in time and in the file, and what follows for the split."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from milepost.data.infer import infer_schema
from milepost.steps.order import _running, order_of
from milepost.tasks.infer import infer
from milepost.training.suspects import Detective

N = 2000
RNG = np.random.default_rng(0)


def look(columns: dict, y, time: pl.Series | None = None, split: str = "random"):
    frame = pl.DataFrame({**columns, "y": y})
    task, _ = infer(frame.select("y"))
    detective = Detective(frame, task.encode(frame.select("y")), frame.clear(), task, 0)
    return order_of(detective, infer_schema(frame, ["y"]), time, np.arange(N), split)


Y = (RNG.random(N) < 0.3).astype(int)
DAYS = pl.Series("day", [datetime(2021, 1, 1) + timedelta(hours=4 * n) for n in range(N)])


def test_rows_without_an_order_say_nothing() -> None:
    found = look({"x": RNG.normal(size=N)}, Y)
    assert found.honest
    assert found.says == ()
    assert found.apart < 0.6


def test_a_file_in_hidden_order_of_time_is_told() -> None:
    drift = np.linspace(0, 6, N) + RNG.normal(size=N)
    found = look({"x": drift, "z": RNG.normal(size=N)}, Y)
    assert not found.honest
    assert "'x'" in found.says[0]
    assert "--split time" in found.says[0]


def test_a_file_sorted_by_the_answer_is_told() -> None:
    found = look({"x": RNG.normal(size=N)}, np.sort(Y))
    assert found.position > 0.99
    assert "sorted by the answer" in found.says[0]


def test_a_trend_makes_a_random_split_dishonest_and_a_time_split_honest() -> None:
    rising = (RNG.random(N) < np.linspace(0.1, 0.7, N)).astype(int)
    found = look({"x": RNG.normal(size=N)}, rising, DAYS)
    assert not found.honest
    assert found.column == "day"
    assert "share of '1'" in found.says[0]
    assert "--time day --split time" in found.says[-1]
    timed = look({"x": RNG.normal(size=N)}, rising, DAYS, "time")
    assert timed.honest
    assert timed.says == found.says[:1]


def test_columns_that_are_times_themselves_give_nothing_away() -> None:
    found = look({"x": RNG.normal(size=N), "month": np.arange(N) // 200}, Y, DAYS)
    assert found.apart < 0.6


def test_numbers_have_a_mean_over_time() -> None:
    found = look({"x": RNG.normal(size=N)}, RNG.normal(size=N) + np.linspace(0, 5, N), DAYS)
    assert found.level == "mean of 'y'"
    assert found.slices is not None
    assert found.slices.level[-1] > found.slices.level[0] + 3


def test_columns_that_run_with_the_order_are_found_together_as_each_alone() -> None:
    rng, at = np.random.default_rng(0), np.arange(500.0)
    year, noise = at // 50, rng.normal(size=500)
    gaps = [None if n > 1 else y for n, y in zip(noise, year, strict=True)]
    frame = pl.DataFrame({"year": year, "noise": noise, "gaps": gaps, "one": np.ones(500), "back": -at})
    alone = {
        name: frame.select(pl.corr(name, pl.lit(pl.Series(at)), method="spearman")).item()
        for name in frame.columns
    }
    assert _running(frame, at) == [name for name, rank in alone.items() if abs(rank) > 0.9]
    assert _running(frame, at) == ["year", "gaps", "back"]


def test_where_no_column_is_a_number_rows_are_told_apart_all_the_same() -> None:
    early = np.where((np.arange(N) > N / 2) ^ (RNG.random(N) < 0.03), "late", "early")
    found = look({"word": early, "other": RNG.choice(["a", "b", "c"], N)}, Y)
    assert found.telling[0] == "'word'"
    assert found.apart > 0.9
