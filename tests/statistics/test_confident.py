"""Probable label errors: planted ones are found, as cleanlab finds them, and few where there are none."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from milepost.statistics.confident import doubtful


@cache
def digits(flipped: bool, linear: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, which of them were flipped, and out-of-fold probabilities."""
    x, y = load_digits(return_X_y=True)
    random = np.random.default_rng(0)
    wrong = np.zeros(len(y), bool)
    if flipped:
        wrong[random.choice(len(y), 179, replace=False)] = True
    labels = np.where(wrong, (y + random.integers(1, 10, len(y))) % 10, y)
    scaled = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    model = scaled if linear else SVC(probability=True, random_state=0)
    return labels, wrong, cross_val_predict(model, x, labels, cv=5, method="predict_proba")


def test_planted_errors_are_found() -> None:
    labels, wrong, said = digits(True, False)
    found = doubtful(labels, said)
    hits = wrong[found.rows].mean(), wrong[found.rows].sum() / wrong.sum()
    assert hits[0] > 0.9, hits
    assert hits[1] > 0.8, hits
    truth = load_digits().target[found.rows][wrong[found.rows]]
    assert (found.instead[wrong[found.rows]] == truth).mean() > 0.95


def test_clean_labels_are_left_alone() -> None:
    labels, _, said = digits(False, False)
    assert len(doubtful(labels, said).rows) <= 20


def test_the_most_doubtful_come_first() -> None:
    labels, _, said = digits(True, True)
    found = doubtful(labels, said)
    assert (np.diff(found.confidence) >= 0).all()
    assert (found.instead != labels[found.rows]).all()


@pytest.mark.parametrize("linear", [True, False])
def test_it_agrees_with_cleanlab(linear: bool) -> None:
    filters = pytest.importorskip("cleanlab.filter")
    labels, _, said = digits(True, linear)
    theirs = filters.find_label_issues(labels, said, filter_by="prune_by_noise_rate", n_jobs=1)
    ours = np.zeros(len(labels), bool)
    ours[doubtful(labels, said).rows] = True
    assert (ours == theirs).mean() > 0.995, (ours.sum(), theirs.sum())


def test_a_class_that_nobody_has_is_no_trouble() -> None:
    said = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.95, 0.05, 0.0], [0.1, 0.9, 0.0]])
    found = doubtful(np.array([0, 1, 1, 1]), said)
    assert found.rows.tolist() == [2]
