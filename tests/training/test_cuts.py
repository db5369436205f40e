"""Thresholds of several labels: the best F1 of each, or the least cost; rare labels borrow."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from milepost.training.cuts import FEW, best, by_label


@pytest.fixture
def seen(rng):
    """Honest probabilities of four labels, the last one rare, and truth drawn by them."""
    proba = rng.beta([1, 1, 2, 0.2], [3, 1, 8, 20], (3000, 4))
    return proba, (rng.random(proba.shape) < proba).astype(np.int64)


def test_no_other_threshold_has_a_better_f1(seen):
    proba, truth = seen
    for p, y in zip(proba.T, truth.T, strict=True):
        cut = best(p, y)
        mine = f1_score(y, p >= cut)
        others = [f1_score(y, p >= c) for c in np.quantile(p, np.linspace(0, 0.999, 200))]
        assert mine >= max(others) - 1e-12


def test_costs_put_the_threshold_where_they_balance(seen):
    proba, truth = seen
    found = by_label("abcd", proba, truth, (1.0, 4.0))
    assert found.values[1] == pytest.approx(0.2, abs=0.05)
    assert "least cost" in found.why
    never = best(proba[:, 0], truth[:, 0] * 0, (np.ones(3000), np.ones(3000)))
    assert never > proba[:, 0].max()


def test_a_label_with_few_rows_takes_the_threshold_of_all(seen):
    proba, truth = seen
    truth = truth.copy()
    truth[np.flatnonzero(truth[:, 3])[FEW - 1 :], 3] = 0
    found = by_label("abcd", proba, truth)
    assert found.values[3] == best(proba.ravel(), truth.ravel())
    assert found.values[0] == best(proba[:, 0], truth[:, 0])
    assert found.note.startswith("Fewer than 25 rows tell d apart")
    assert not by_label("abc", proba[:, :3], truth[:, :3]).note


def test_equal_scores_are_decided_alike():
    assert best(np.full(10, 0.4), np.arange(10) % 2) == 0.2
