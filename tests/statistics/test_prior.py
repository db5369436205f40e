"""Label shift."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from milepost.errors import InputError
from milepost.statistics.prior import bbse, estimate_label_shift, prior_correction, saerens_em


def two_classes(generator, rows, share, shift=1.2):
    y = (generator.uniform(size=rows) < share).astype(int)
    return generator.normal(size=(rows, 2)) + shift * y[:, None], y


def test_a_prior_is_exchanged():
    assert float(prior_correction(0.5, 0.2, 0.05)) == pytest.approx(0.1739, abs=5e-5)
    p = np.array([[0.2, 0.5, 0.3]])
    old, new = np.array([0.3, 0.3, 0.4]), np.array([0.1, 0.8, 0.1])
    there = prior_correction(p, old, new)
    assert there.sum() == pytest.approx(1)
    assert prior_correction(there, new, old) == pytest.approx(p)
    with pytest.raises(InputError, match="cannot be exchanged"):
        prior_correction(0.5, 0.0, 0.2)


def test_reference_errors_of_three_estimates():
    """Prior .2 -> .5: classify and count .222, confusion matrix .039, EM .0165, over 50 seeds."""
    counted, inverted, likely = [], [], []
    for seed in range(50):
        generator = np.random.default_rng(seed)
        x, y = two_classes(generator, 4000, 0.2)
        model = LogisticRegression().fit(x, y)
        (val, truth), (new, _) = two_classes(generator, 2000, 0.2), two_classes(generator, 2000, 0.5)
        p, fresh = model.predict_proba(val)[:, 1], model.predict_proba(new)[:, 1]
        counted.append((fresh >= 0.5).mean() - 0.5)
        inverted.append(bbse(p >= 0.5, truth, fresh >= 0.5, 2).prior[1] - 0.5)
        likely.append(saerens_em(fresh, y.mean())[1] - 0.5)
    rmse = [float(np.sqrt(np.mean(np.square(error)))) for error in (counted, inverted, likely)]
    assert rmse[0] == pytest.approx(0.222, abs=0.01)
    assert rmse[1] == pytest.approx(0.039, abs=0.012)
    assert rmse[2] == pytest.approx(0.0165, abs=0.005)
    assert abs(np.mean(inverted)) < 0.015
    assert abs(np.mean(likely)) < 0.01


def test_several_classes():
    generator = np.random.default_rng(0)
    centres = np.array([[0, 0], [2, 0], [0, 2.0]])

    def drawn(rows, shares):
        y = generator.choice(3, rows, p=shares)
        return centres[y] + generator.normal(size=(rows, 2)), y

    x, y = drawn(5000, [0.6, 0.2, 0.2])
    model = LogisticRegression().fit(x, y)
    new, _ = drawn(5000, [0.2, 0.3, 0.5])
    val, truth = drawn(3000, [0.6, 0.2, 0.2])
    p, fresh = model.predict_proba(val), model.predict_proba(new)
    assert saerens_em(fresh, np.bincount(y) / len(y)) == pytest.approx([0.2, 0.3, 0.5], abs=0.03)
    found = estimate_label_shift(p, truth, fresh, resamples=60)
    assert found.usable
    assert found.prior == pytest.approx([0.2, 0.3, 0.5], abs=0.03)
    assert found.check == pytest.approx([0.2, 0.3, 0.5], abs=0.05)


def scored(generator, rows, share, shift=1.2):
    """Exact posterior at prior .2, and the classes."""
    x, y = two_classes(generator, rows, share, shift)
    return expit((1.2 * (x - 0.6)).sum(axis=1) + np.log(0.25)), y


def test_the_interval_covers():
    covered = []
    for seed in range(25):
        generator = np.random.default_rng(seed)
        p, truth = scored(generator, 400, 0.2)
        fresh, _ = scored(generator, 400, 0.5)
        found = estimate_label_shift(p, truth, fresh, resamples=40, seed=seed)
        covered.append(found.low[1] <= 0.5 <= found.high[1])
    assert np.mean(covered) >= 0.85


def test_a_change_of_the_classes_themselves_is_not_called_label_shift():
    generator = np.random.default_rng(0)
    p, truth = scored(generator, 2000, 0.2)
    fine = [
        estimate_label_shift(p, truth, scored(np.random.default_rng(s), 2000, 0.4)[0], resamples=60).usable
        for s in range(1, 7)
    ]
    assert sum(fine) >= 5
    other = estimate_label_shift(p, truth, scored(generator, 2000, 0.4, shift=0.5)[0], resamples=60)
    assert not other.usable
    assert "do not explain" in other.says


def test_classes_that_cannot_be_told_apart_are_refused():
    generator = np.random.default_rng(0)
    truth = (generator.uniform(size=2000) < 0.5).astype(int)
    p = np.clip(0.5 + 0.002 * (truth - 0.5) + 0.05 * generator.normal(size=2000), 0, 1)
    found = estimate_label_shift(p, truth, p, resamples=20)
    assert not found.usable
    assert "not told apart" in found.says
    with pytest.raises(InputError, match="cannot be inverted"):
        bbse([0, 0, 0], [0, 1, 0], [0], 2)


def test_shapes_are_checked():
    with pytest.raises(InputError, match="same classes"):
        estimate_label_shift([0.2, 0.4], [0, 1, 1], [0.3])
    with pytest.raises(InputError, match="no probabilities"):
        saerens_em([1.2], 0.5)
