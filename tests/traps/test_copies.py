"""Near-copies of rows must not make a model look better than it is."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from milepost import Project
from milepost.data.near import near_groups
from milepost.data.split import folds


def table(copies: int) -> tuple[np.ndarray, np.ndarray]:
    """Six hundred rows, and near-copies of some of them with the labels of their originals."""
    from sklearn.datasets import make_classification

    x, y = make_classification(600, n_features=20, n_informative=5, flip_y=0.3, random_state=1)
    some = np.random.default_rng(0).choice(600, copies, replace=False)
    near = x[some] + np.random.default_rng(1).normal(0, 1e-3, (copies, 20))
    return np.vstack([x, near]), np.concatenate([y, y[some]])


def forest_accuracy(x: np.ndarray, y: np.ndarray, groups: np.ndarray | None) -> float:
    from sklearn.ensemble import RandomForestClassifier

    right = 0.0
    for fold in folds(len(y), folds=5, strata=y, groups=groups, seed=0):
        model = RandomForestClassifier(80, random_state=0).fit(x[fold.train], y[fold.train])
        right += float((model.predict(x[fold.valid]) == y[fold.valid]).sum())
    return right / len(y)


@pytest.mark.slow
def test_copies_found_by_machine_stay_on_one_side() -> None:
    clean = forest_accuracy(*table(0), None)
    x, y = table(300)
    names = [f"x{i}" for i in range(20)]
    found = near_groups(pl.DataFrame(x, names), names, [], classes=y)
    assert found.rows == 600
    naive, grouped = forest_accuracy(x, y, None), forest_accuracy(x, y, found.ids)
    assert naive - clean > 0.10
    assert abs(grouped - clean) < 0.04


def test_the_road_keeps_copies_together_and_tells_their_price(tmp_path) -> None:
    x, y = table(300)
    frame = pl.DataFrame(x, [f"x{i}" for i in range(20)]).with_columns(pl.Series("y", y))
    project = Project.new(tmp_path / "copies", frame, "y", task="binary", metric="roc_auc", budget="30s")
    project.run(until="protocol", yes=True, waive_all="a toy")
    found = project.found("protocol")
    assert found.grouped
    assert found.unit == "group"
    assert found.units < sum(found.valid_rows)
    assert found.price is not None
    assert found.price.together < found.price.apart - 0.03
