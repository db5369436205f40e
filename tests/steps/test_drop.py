"""Copies, a shift, or validation itself: what explains a drop is found in that order."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from milepost import metrics
from milepost.steps.drop import Fell, explain
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.training.evaluate import evaluate
from milepost.training.fit import Config, Fit


def fallen(way, test: pl.DataFrame, score: float):
    way.run(Prepare())
    way.run(Protocol())
    work = way.work(Protocol())
    data = material(work)
    (done,) = evaluate(data, [Fit(Config("linear", {"C": 1.0}), 0)], work.engine)
    fell = Fell(metrics.get("roc_auc"), done.prediction, test, score, 0.05)
    return {check.name: check for check in explain(work, data, fell)}


def test_copies_come_first(road, related) -> None:
    frame = related(rows=100)
    found = fallen(road(pl.concat([frame, frame, frame])), related(rows=100, seed=1), 0.6)
    assert list(found) == ["copies across folds"]
    assert found["copies across folds"].explains


def test_a_shift_that_weighs_the_drop_out(road, related) -> None:
    """Where x0 is near 0 nobody can tell the classes apart, and there lie the sealed rows."""
    rng = np.random.default_rng(0)
    x = rng.normal(0, 2, 1500)
    y = np.where(1.5 * x + rng.logistic(size=1500) > 0, "yes", "no")
    frame = pl.DataFrame({"x0": x, "x1": rng.normal(size=1500), "y": y})
    sealed = pl.DataFrame({"x0": rng.normal(0, 0.7, 500), "x1": rng.normal(size=500)})
    sealed = sealed.with_columns(pl.Series("y", np.where(rng.random(500) < 0.5, "yes", "no")))
    found = fallen(road(frame), sealed, 0.77)
    assert found["shift"].explains
    assert "'" in found["shift"].says or "x0" in found["shift"].says
    assert found["validation score, reweighted"].explains, found["validation score, reweighted"].says


@pytest.mark.parametrize("seed", [1, 2])
def test_with_neither_validation_itself_is_in_doubt(road, related, seed: int) -> None:
    found = fallen(road(related()), related(rows=150, seed=seed), 0.5)
    assert list(found) == ["copies across folds", "shift", "validation protocol"]
    assert [c.explains for c in found.values()] == [False, False, True]


def test_few_sealed_rows_are_compared_with_nothing(road, related) -> None:
    found = fallen(road(related()), related(rows=13, seed=3), 0.5)
    assert list(found) == ["copies across folds", "shift", "validation protocol"]
    assert found["shift"].says == "of 13 rows on a side no difference in kind can be told; 20 are needed."
