"""Material is what the ledger says: rows, truth, folds and units fit together."""

import numpy as np

from milepost.learners.base import learners
from milepost.steps.clock import Clock
from milepost.steps.material import material, memory
from milepost.steps.run import current
from milepost.steps.work import Work


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
