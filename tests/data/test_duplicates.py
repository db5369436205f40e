"""Exact duplicates, contradicting labels, and the inflation that duplicates cause."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from milepost.data.duplicates import conflicting, exact_groups, near_groups


def test_exact_groups_number_rows_by_first_appearance() -> None:
    frame = pl.DataFrame({"a": [2.0, 1.0, 2.0000001, None, None], "y": [0, 1, 0, 1, 1]})
    assert exact_groups(frame, ["a"]).tolist() == [0, 1, 0, 2, 2]
    assert exact_groups(frame).tolist() == [0, 1, 0, 2, 2]


def test_conflicts_bound_the_error_of_any_classifier() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 20, 20_000)
    p = np.linspace(0.05, 0.95, 20)
    y = rng.random(20_000) < p[x]
    found = conflicting(pl.DataFrame({"x": x, "y": y}), ["x"], "y")
    assert found.groups == 20
    assert found.share == 1
    assert found.error == pytest.approx(np.minimum(p, 1 - p).mean(), abs=0.01)


def test_conflicts_of_numbers_are_a_share_of_variance() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=2_000).round(1)
    y = x + rng.normal(scale=0.5, size=2_000)
    found = conflicting(pl.DataFrame({"x": x, "y": y}), ["x"], "y", numbers=True)
    assert found.error == pytest.approx(0.25 / 1.25, abs=0.03)


def test_rows_without_conflict_or_label() -> None:
    frame = pl.DataFrame({"x": [1, 1, 2], "y": ["a", "a", None]})
    assert conflicting(frame, ["x"], "y").rows == 0
    assert conflicting(frame.with_columns(y=None), ["x"], "y").share == 0


def test_duplicates_inflate_and_groups_deflate() -> None:
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import GroupKFold, KFold, cross_val_score

    x, y = make_classification(600, n_features=20, n_informative=5, flip_y=0.3, random_state=1)
    rng = np.random.default_rng(0)
    copied = rng.choice(600, 300, replace=False)
    twice = np.vstack([x, x[copied] + rng.normal(scale=1e-3, size=(300, 20))])
    labels = np.r_[y, y[copied]]
    names = [f"x{i}" for i in range(20)]
    clean = near_groups(pl.DataFrame(x, schema=names), names, [], classes=y)
    assert clean.rows == 0
    assert len(set(clean.ids)) == 600
    found = near_groups(pl.DataFrame(twice, schema=names), names, [], classes=labels)
    assert found.groups == 300
    assert found.rows == 600
    assert (found.ids[600:] == found.ids[copied]).all()
    assert len(set(found.ids)) == 600
    forest = RandomForestClassifier(60, random_state=0, n_jobs=1)
    folds = KFold(5, shuffle=True, random_state=0)
    honest = cross_val_score(forest, x, y, cv=folds).mean()
    naive = cross_val_score(forest, twice, labels, cv=folds).mean()
    grouped = cross_val_score(forest, twice, labels, cv=GroupKFold(5), groups=found.ids).mean()
    assert naive - honest > 0.10
    assert abs(grouped - honest) < 0.04
