from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from milepost.data.split import Fold
from milepost.learners.base import learners
from milepost.steps.climb import Climber, judging
from milepost.steps.material import material
from milepost.steps.overfit import Overfit
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol


def climbed(bench, name: str = "lightgbm", seconds: float = 60.0):
    bench.run(Prepare())
    bench.run(Protocol())
    work = bench.work(Overfit())
    return Climber(work, material(work), name, seconds, 60_000, work.array("protocol", "units")).climb()


TASKS = [
    ("binary", "binary", "roc_auc"),
    ("multiclass", "multiclass", "log_loss"),
    ("number", "regression", "rmse"),
    ("flip", "binary", "log_loss"),
]


def toy(related, kind: str, noise: float) -> pl.DataFrame:
    if kind != "flip":
        return related(500, noise=noise, kind=kind)
    frame = related(500, noise=0.0, seed=4)
    flipped = np.random.default_rng(1).random(500) < noise / 10
    other = pl.when(pl.col("y") == "yes").then(pl.lit("no")).otherwise(pl.lit("yes"))
    return frame.with_columns(pl.when(pl.Series(flipped)).then(other).otherwise(pl.col("y")).alias("y"))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "task", "metric"), TASKS)
def test_the_border_is_found_and_comes_no_later_with_noise(road, related, kind, task, metric) -> None:
    loud = climbed(road(toy(related, kind, 3.0), task, metric))
    assert loud.found == "yes", loud.reason
    sizes = [rung.capacity for rung in loud.rungs]
    assert loud.overfits in sizes
    assert sizes.index(loud.border) <= sizes.index(loud.overfits)
    turn = loud.rungs[sizes.index(loud.overfits)]
    assert turn.valid > min(rung.least for rung in loud.rungs)
    assert turn.train < loud.rungs[0].train or turn is loud.rungs[0]
    assert f"Validation turns at {loud.overfits}" in loud.reason
    assert len(loud.curves) > 1
    quiet = climbed(road(toy(related, kind, 0.3), task, metric))
    steps = [
        next((i for i, r in enumerate(c.rungs) if r.capacity == c.overfits), len(c.rungs))
        for c in (loud, quiet)
    ]
    assert steps[0] <= steps[1]


@pytest.mark.slow
def test_a_network_climbs_too(road, related, monkeypatch) -> None:
    pytest.importorskip("torch")
    kind = type(learners["network"])
    whole = kind.ladder
    monkeypatch.setattr(kind, "ladder", lambda *about: whole(*about)[:2])
    found = climbed(road(related(300, noise=3.0)), "network", 250.0)
    assert found.learner == "network"
    assert [rung.capacity for rung in found.rungs] == ["1 x 4 units", "1 x 16 units"]


def test_too_little_time_is_told_and_no_border_is_claimed(road, related) -> None:
    found = climbed(road(related()), seconds=0.01)
    assert found.found == "short"
    assert not found.overfits
    assert "time" in found.reason


def test_folds_are_added_until_enough_rows_judge(road, related) -> None:
    bench = road(related(200))
    bench.run(Prepare())
    bench.run(Protocol())
    data = material(bench.work(Overfit()))
    assert len(judging(data)) == 5
    large = related(6000)
    other = road(large)
    other.run(Prepare())
    other.run(Protocol())
    folds = judging(material(other.work(Overfit())))
    assert len(folds) <= 2
    assert all(isinstance(material(other.work(Overfit())).folds[f], Fold) for f in folds)
