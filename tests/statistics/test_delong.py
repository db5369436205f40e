import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import roc_auc_score

from milepost.errors import InputError
from milepost.statistics.delong import delong, delong_test

DATA = load_breast_cancer()
TRUTH = DATA.target
SCORES = -DATA.data.T
RADIUS, TEXTURE, SMOOTHNESS = SCORES[0], SCORES[1], SCORES[4]


def test_reference_areas_and_errors() -> None:
    areas = delong(TRUTH, np.stack([RADIUS, TEXTURE, SMOOTHNESS]))
    assert areas.values == pytest.approx([0.937517, 0.775824, 0.722042], abs=5e-7)
    assert np.sqrt(np.diag(areas.covariance))[:2] == pytest.approx([0.010457, 0.019734], abs=5e-7)


def test_reference_tests() -> None:
    clear, close = delong_test(TRUTH, RADIUS, TEXTURE), delong_test(TRUTH, TEXTURE, SMOOTHNESS)
    assert clear.statistic == pytest.approx(7.3088, abs=5e-5)
    assert clear.beats
    assert close.statistic == pytest.approx(1.71334, abs=5e-6)
    assert close.standard_error == pytest.approx(0.031391, abs=5e-7)
    assert close.p_two == pytest.approx(0.08665, abs=5e-6)
    assert close.says == "beats"
    assert delong_test(TRUTH, TEXTURE, SMOOTHNESS, folds=5).says == "undecided"


def test_areas_with_ties_are_those_of_sklearn() -> None:
    rng = np.random.default_rng(0)
    truth, scores = rng.integers(0, 2, 300), rng.integers(0, 5, 300)
    assert delong(truth, scores).values[0] == pytest.approx(roc_auc_score(truth, scores))


def test_error_matches_repeated_sampling() -> None:
    rng = np.random.default_rng(1)
    truth = np.repeat([1, 0], [60, 140])
    found = [delong(truth, truth + rng.normal(size=200)) for _ in range(1000)]
    errors = [float(np.sqrt(areas.covariance[0, 0])) for areas in found]
    assert np.mean(errors) == pytest.approx(np.std([areas.values[0] for areas in found]), rel=0.07)


def test_refuses_one_class_and_unequal_shapes() -> None:
    with pytest.raises(InputError, match="0 positive"):
        delong([0, 0, 0], [1.0, 2.0, 3.0])
    with pytest.raises(InputError, match="shape"):
        delong([0, 1, 0], [1.0, 2.0])
