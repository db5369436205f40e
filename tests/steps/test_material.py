"""Material is what the ledger says: rows, truth, folds and units fit together."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from milepost.learners.base import learners
from milepost.steps.clock import Clock
from milepost.steps.material import material, memory
from milepost.steps.run import current
from milepost.steps.work import Work
from milepost.testing import toys
from milepost.training.fit import Config, Fit, run


def work_of(project) -> Work:
    road = project.road
    kinds = {kind.name: kind.findings for kind in road.steps}
    clock = Clock(10.0, 10.0)
    return Work(
        "tune", road.folder, road.brief, road.ledger, road.blobs, road.engine, clock, current(road), kinds
    )


def test_rows_truth_and_folds_fit_together(finished) -> None:
    data = material(work_of(finished))
    assert len(data.truth) == data.frame.height
    for fold in data.folds:
        assert not set(fold.train) & set(fold.valid)
    assert len(data.scored) == len(data.fold_of) == sum(len(fold.valid) for fold in data.folds)


def test_a_folds_matrices_are_made_once_and_validation_is_not_in_training(finished) -> None:
    data = material(work_of(finished))
    prepared = data.prepared(0, learners["lightgbm"].view)
    assert prepared is data.prepared(0, "trees")
    assert prepared.train.x.shape[0] == len(data.folds[0].train)
    assert prepared.valid is not None
    assert prepared.valid.x.shape == (len(data.folds[0].valid), prepared.train.x.shape[1])
    small = data.prepared(0, "trees", rows=50)
    assert len(small.train.x) == 50
    assert np.isfinite(small.train.y).all()


def test_finished_fits_are_remembered(finished) -> None:
    work = work_of(finished)
    fits = work.ledger.rows.select("fit")
    assert fits
    assert memory(work).recall(fits[-1].key) is not None or fits[-1].body["cut"]
    assert memory(work).recall("no such fit") is None


def test_a_weight_column_reaches_training_and_multiplies_a_correction(make) -> None:
    heavy = pl.when(pl.col("y") == "yes").then(3.0).otherwise(1.0)
    table = toys.plain(300).with_columns(w=heavy)
    project = make(table, "y", "protocol", columns={"w": {"role": "weight"}})
    work = work_of(project)
    data = material(work)
    assert data.weight is not None
    assert data.weight.mean() == pytest.approx(1.0)
    ratio = data.weight[data.truth == 1].mean() / data.weight[data.truth == 0].mean()
    assert ratio == pytest.approx(3.0)
    assert "w" not in {column.name for column in data.recipe.schema.inputs}
    prepared = data.prepared(0, "dense")
    assert prepared.train.weight is not None
    assert prepared.train.weight.tolist() == data.weight[data.folds[0].train].tolist()
    plain = material(work_of(make(table.drop("w"), "y", "protocol")))
    assert plain.weight is None

    correction = np.where(np.arange(len(data.truth)) % 2, 2.0, 1.0)
    kept = work.evidence["understand"]
    more = replace(kept, artifacts={**kept.artifacts, "weights": work.keep(correction)})
    both = material(replace(work, evidence={**work.evidence, "understand": more}))
    assert both.weight is not None
    expected = data.weight * correction
    assert both.weight.tolist() == pytest.approx((expected / expected.mean()).tolist())
    assert both.key != data.key


def test_weights_move_the_average_prediction(make) -> None:
    heavy = pl.when(pl.col("y") == "yes").then(9.0).otherwise(1.0)
    table = toys.plain(300).with_columns(w=heavy)
    means = []
    for brief in ({"columns": {"w": {"role": "weight"}}}, {"columns": {"w": {"role": "ignored"}}}):
        data = material(work_of(make(table, "y", "protocol", **brief)))
        means.append(run(data, Fit(Config("linear"), 0)).prediction.mean())
    assert means[0] > means[1] + 0.1
