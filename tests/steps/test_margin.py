from __future__ import annotations

import numpy as np
import pytest

from milepost import metrics
from milepost.steps.margin import area_error, margin


def test_areas_of_independent_rows_come_with_the_error_of_delong() -> None:
    from sklearn.datasets import load_breast_cancer

    x, y = load_breast_cancer(return_X_y=True)
    rows = np.arange(len(y))
    auc = metrics.get("roc_auc")
    value, error = margin(auc, y, [-x[:, 0]], rows)
    assert value == pytest.approx(0.937517, abs=1e-6)
    assert error == pytest.approx(0.010457, abs=1e-6)
    gain, error = margin(auc, y, [-x[:, 1], -x[:, 4]], rows)
    assert gain / error == pytest.approx(1.71334, abs=1e-4)


def test_means_over_rows_have_their_own_error_and_groups_widen_it() -> None:
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 2, 400), rng.uniform(0.2, 0.8, 400)
    loss = metrics.get("log_loss")
    value, error = margin(loss, y, [p], np.arange(400))
    assert error == pytest.approx(loss.losses(y, p).std(ddof=1) / 20)
    twice = margin(loss, np.tile(y, 2), [np.tile(p, 2)], np.tile(np.arange(400), 2))
    assert twice[0] == pytest.approx(value)
    assert twice[1] == pytest.approx(error, rel=0.01)
    better, _ = margin(loss, y, [np.where(y, 0.7, 0.3), p], np.arange(400))
    assert better > 0


def test_other_metrics_are_resampled_and_undefined_ones_have_no_error() -> None:
    rng = np.random.default_rng(1)
    y = rng.normal(size=300)
    value, error = margin(metrics.get("rmse"), y, [y + rng.normal(0, 0.1, 300)], np.arange(300))
    assert value == pytest.approx(0.1, abs=0.02)
    assert error == pytest.approx(0.1 / np.sqrt(600), rel=0.3)
    alone = np.array([1] + [0] * 200)
    found = margin(metrics.get("balanced_accuracy"), alone, [rng.uniform(size=201)], np.arange(201))
    assert np.isfinite(found[0])


def test_an_area_over_clusters_has_the_error_of_resampled_clusters() -> None:
    rng = np.random.default_rng(3)
    day = np.repeat(np.arange(150), 6)
    shift = rng.normal(size=150)[day]
    y = (shift + rng.normal(size=900) > 0).astype(int)
    scores = shift + 2 * rng.normal(size=900)
    auc = metrics.get("roc_auc")
    rows = [np.flatnonzero(day == d) for d in range(150)]
    drawn = []
    for _ in range(300):
        some = np.concatenate([rows[d] for d in rng.integers(0, 150, 150)])
        drawn.append(auc(y[some], scores[some]))
    clustered = area_error(y, [scores], day)
    assert clustered == pytest.approx(np.std(drawn), rel=0.15)
    assert clustered > 1.1 * area_error(y, [scores], np.arange(900))
