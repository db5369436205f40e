"""The losses agree with scikit-learn's and their best constants cannot be bettered."""

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error

from milepost.learners.base import Batch
from milepost.learners.loss import active, constant, mean_loss, row_losses


def test_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    weight = rng.random(200)
    raw, y = rng.normal(size=(200, 1)) * 3, rng.integers(0, 2, 200)
    ours = mean_loss(raw, Batch(raw, y.astype(float), weight), "sigmoid")
    assert ours == pytest.approx(log_loss(y, 1 / (1 + np.exp(-raw[:, 0])), sample_weight=weight))
    raw, y = rng.normal(size=(200, 3)), rng.integers(0, 3, 200)
    proba = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    assert mean_loss(raw, Batch(raw, y), "softmax") == pytest.approx(log_loss(y, proba))
    y = rng.normal(size=(200, 3))
    assert mean_loss(raw, Batch(raw, y), "identity") == pytest.approx(mean_squared_error(y, raw))


def test_extreme_scores_stay_finite():
    raw = np.array([[800.0], [-800.0]])
    assert row_losses(raw, np.array([0.0, 1.0]), "sigmoid").tolist() == [800.0, 800.0]
    assert row_losses(np.array([[900.0, -900.0]]), np.array([1]), "softmax").tolist() == [1800.0]


@pytest.mark.parametrize("link", ["sigmoid", "softmax", "identity"])
def test_constant_is_best(link):
    rng = np.random.default_rng(1)
    y = {"sigmoid": rng.integers(0, 2, 3000) * 1.0, "softmax": rng.choice(3, 3000, p=[0.7, 0.2, 0.1])}
    width = {"sigmoid": 1, "softmax": 3, "identity": 2}[link]
    batch = Batch(np.zeros((3000, 1)), y.get(link, rng.normal(2, 1, (3000, 2))), rng.random(3000))
    best = constant(batch, link, width)
    losses = [mean_loss(np.tile(best + move, (3000, 1)), batch, link) for move in np.eye(width) * 0.1]
    losses += [mean_loss(np.tile(best - move, (3000, 1)), batch, link) for move in np.eye(width) * 0.1]
    assert min(losses) > mean_loss(np.tile(best, (3000, 1)), batch, link)
    assert np.isfinite(constant(Batch(np.zeros((4, 1)), np.zeros(4)), "sigmoid", 1)).all()


def test_active_rows():
    batch = Batch(np.arange(3.0)[:, None], np.arange(3.0), np.array([1.0, 0.0, 2.0]))
    kept = active(batch)
    assert kept.y.tolist() == [0, 2]
    assert kept.weight.tolist() == [1, 2]
    assert active(kept) is kept
