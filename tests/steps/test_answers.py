from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from milepost import metrics
from milepost.steps.answers import before, constant, seasons, simple, spacing
from milepost.steps.baseline import Baseline
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol


def ready(bench):
    bench.run(Prepare())
    bench.run(Protocol())
    return bench.work(Baseline())


def test_the_row_before_is_found_in_any_order() -> None:
    assert before(np.array([3.0, 1.0, 2.0]), 0.0).tolist() == [2, -1, 1]
    assert before(np.array([1.0, 1.0, 2.0]), 0.0).tolist()[:2] == [-1, -1]
    assert before(np.arange(10.0), 7.0, at=True).tolist() == [-1] * 7 + [0, 1, 2]


def test_regular_times_are_told_from_others() -> None:
    assert spacing(np.arange(50) * 3600.0) == (3600.0, True)
    assert not spacing(np.random.default_rng(0).uniform(0, 1e6, 100))[1]
    assert spacing(np.array([5.0])) == (0.0, False)
    assert [name for name, _ in seasons(86_400.0)] == ["week", "year"]
    assert [name for name, _ in seasons(30 * 86_400.0)] == ["year"]
    assert seasons(1e9) == ()


def test_the_constant_fits_the_metric(road, related) -> None:
    frame = related(kind="number").with_columns(pl.col("y").exp())
    work = ready(road(frame, "regression", "mae"))
    data = material(work)
    median, mean = constant(data, metrics.get("mae")), constant(data, metrics.get("rmse"))
    assert (median.name, mean.name) == ("median", "mean")
    truth = data.truth[data.scored]
    assert np.abs(truth - median.prediction).mean() < np.abs(truth - mean.prediction).mean()


def test_a_constant_does_not_rank_the_folds(road, related) -> None:
    data = material(ready(road(related())))
    answer = constant(data, metrics.get("roc_auc"))
    assert metrics.get("roc_auc")(data.truth[data.scored], answer.shown) == 0.5
    assert len(np.unique(answer.prediction)) > 1


def test_numbers_in_time_have_a_last_value_and_a_week_before(road) -> None:
    rng, days = np.random.default_rng(0), np.arange(400)
    y = 10 * np.sin(2 * np.pi * days / 7) + rng.normal(size=400)
    frame = pl.DataFrame(
        {
            "x": rng.normal(size=400),
            "day": [datetime(2020, 1, 1) + timedelta(days=int(d)) for d in days],
            "y": y,
        }
    )
    work = ready(road(frame, "regression", "rmse", data={"time": "day"}))
    data = material(work)
    found = simple(work, data, metrics.get("rmse"))
    assert set(found) == {"mean", "last value", "a week ago"}
    truth = data.truth[data.scored]
    assert np.array_equal(found["last value"].prediction, y[data.scored - 1])
    errors = {name: float(((truth - a.prediction) ** 2).mean()) for name, a in found.items()}
    assert min(errors, key=errors.__getitem__) == "a week ago"
    late = ready(road(frame, "regression", "rmse", data={"time": "day", "delay": "10d"}))
    known = simple(late, material(late), metrics.get("rmse"))
    assert set(known) == {"mean", "last value"}
    assert "10d" in known["last value"].kind


def test_the_existing_column_is_an_answer(road, related) -> None:
    frame = related().with_columns((pl.col("x0") > 0).cast(pl.Int64).alias("today"))
    work = ready(road(frame, existing={"column": "today"}))
    found = simple(work, material(work), metrics.get("roc_auc"))
    data = material(work)
    assert metrics.get("roc_auc")(data.truth[data.scored], found["existing"].shown) > 0.6
    assert found["existing"].prediction.mean() == pytest.approx(data.truth.mean(), abs=0.05)
