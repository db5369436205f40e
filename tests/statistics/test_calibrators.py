"""Each calibrator does what it says, and its plain parameters say it too."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.datasets import make_classification
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB

from milepost.errors import InputError
from milepost.statistics.calibrators import FITS, calibrate, logistic, logit, venn_abers


@pytest.fixture(scope="module")
def extreme():
    """Probabilities too sure of themselves: the truth has half their logit."""
    generator = np.random.default_rng(0)
    true = generator.normal(-0.5, 1.2, 4000)
    return expit(2 * true), (generator.uniform(size=4000) < expit(true)).astype(int)


def by_hand(form, p):
    kind, *parameters = form
    odds = np.log(p) - np.log(1 - p)
    if kind == "identity":
        return p
    if kind == "affine_logit":
        return 1 / (1 + np.exp(-(parameters[0] * odds + parameters[1])))
    if kind == "beta":
        return 1 / (1 + np.exp(-(parameters[0] * np.log(p) - parameters[1] * np.log(1 - p) + parameters[2])))
    return np.interp(p, *parameters)


@pytest.mark.parametrize("name", FITS)
def test_parameters_tell_the_whole_function(name, extreme):
    p, y = extreme
    calibrator = calibrate(name, p, y)
    grid = np.linspace(0.001, 0.999, 500)
    assert calibrator(grid) == pytest.approx(by_hand(calibrator.form, grid), abs=1e-9)
    assert (np.diff(calibrator(grid)) >= -1e-12).all()
    assert calibrator(np.array([0.0, 1.0])).min() >= 0
    hash(calibrator)


@pytest.mark.parametrize("name", [name for name in FITS if name != "identity"])
def test_overconfidence_is_mended(name, extreme):
    p, y = extreme
    assert log_loss(y, calibrate(name, p, y)(p)) < log_loss(y, p) - 0.02


@pytest.mark.parametrize("name", [name for name in FITS if name != "venn_abers"])
def test_weights_count_rows(name, extreme):
    p, y = extreme[0][:300], extreme[1][:300]
    times = np.random.default_rng(1).integers(1, 4, 300)
    grid = np.linspace(0.05, 0.95, 50)
    repeated = calibrate(name, np.repeat(p, times), np.repeat(y, times))(grid)
    smoothing = 4e-3 if name in ("temperature", "platt") else 1e-3  # the weights' scale is not read
    assert calibrate(name, p, y, times * 7.0)(grid) == pytest.approx(repeated, abs=smoothing)


def test_venn_abers_does_not_read_the_scale_of_weights(extreme):
    p, y = extreme[0][:300], extreme[1][:300]
    weight = np.random.default_rng(1).uniform(0.5, 2, 300)
    assert venn_abers(p, y, weight * 7)[1] == pytest.approx(venn_abers(p, y, weight)[1])


def test_platt_finds_the_line(extreme):
    kind, slope, intercept = calibrate("platt", *extreme).form
    assert kind == "affine_logit"
    assert slope == pytest.approx(0.5, abs=0.05)
    assert intercept == pytest.approx(0, abs=0.1)


def test_logistic_regression_is_that_of_scikit_learn(extreme):
    p, y = extreme
    oracle = LogisticRegression(C=1e6).fit(logit(p)[:, None], y)
    found = logistic(np.column_stack([logit(p), np.ones(len(p))]), y.astype(float), np.ones(len(p)))
    assert found == pytest.approx([oracle.coef_[0, 0], oracle.intercept_[0]], abs=1e-3)


def test_separated_classes_stay_finite():
    p, y = np.array([0.2, 0.3, 0.7, 0.8]), np.array([0, 0, 1, 1])
    for name in FITS:
        assert np.isfinite(calibrate(name, p, y)(p)).all()


@pytest.mark.parametrize("rows", [60, 600])
def test_few_rows_without_a_mistake_do_not_make_certain(rows):
    """No mistake in n rows of a class is what an error rate of 1 in n + 2 gives easily."""
    y = np.arange(rows) % 2
    for name in ("temperature", "platt"):
        sure = calibrate(name, np.where(y == 1, 0.9, 0.1), y)([0.1, 0.9])
        assert sure == pytest.approx([1 / (rows / 2 + 2), 1 - 1 / (rows / 2 + 2)], rel=0.02)
    several = np.arange(rows) % 3
    p = np.full((rows, 3), 0.1)
    p[np.arange(rows), several] = 0.8
    sure = calibrate("temperature", p, several)(p)[np.arange(rows), several]
    assert sure == pytest.approx((rows / 3 + 1) / (rows / 3 + 3), rel=0.01)


def test_scores_that_point_the_wrong_way_are_flattened_not_turned():
    generator = np.random.default_rng(0)
    p = generator.uniform(0.05, 0.95, 500)
    y = (generator.uniform(size=500) > p).astype(int)
    for name in ("temperature", "platt", "beta", "isotonic"):
        assert np.ptp(calibrate(name, p, y)(p)) < 0.3
    assert calibrate("beta", p, y)(p) == pytest.approx(np.full(500, y.mean()), abs=0.01)


def test_isotonic_is_that_of_scikit_learn_on_the_grid(extreme):
    p, y = extreme
    rounded = expit(np.round(logit(p) / 0.02) * 0.02)
    oracle = IsotonicRegression(out_of_bounds="clip").fit(rounded, y)
    assert calibrate("isotonic", p, y)(rounded) == pytest.approx(oracle.predict(rounded), abs=1e-6)


def test_venn_abers_holds_the_true_rate_between_its_two_answers():
    p, y = np.full(40, 0.7), np.r_[np.ones(25), np.zeros(15)].astype(int)
    knots, low, high = venn_abers(p, y)
    assert knots == pytest.approx([0.7], abs=0.005)
    assert low[0] == pytest.approx(25 / 41)
    assert high[0] == pytest.approx(26 / 41)
    merged = calibrate("venn_abers", p, y)(np.array([0.7]))[0]
    assert merged == pytest.approx((26 / 41) / (1 - 25 / 41 + 26 / 41))


def test_venn_abers_is_the_isotonic_fit_with_one_row_more(extreme):
    p, y = extreme[0][:200], extreme[1][:200]
    knots, low, high = venn_abers(p, y)
    rounded = expit(np.round(logit(p) / 0.02) * 0.02)
    for j in (0, len(knots) // 2, len(knots) - 1):
        for label, expected in ((0, low[j]), (1, high[j])):
            fit = IsotonicRegression().fit(np.append(rounded, knots[j]), np.append(y, label))
            assert fit.predict([knots[j]])[0] == pytest.approx(expected, abs=1e-6)
    assert (low <= high).all()


def test_temperature_of_several_classes():
    generator = np.random.default_rng(0)
    scores = generator.normal(size=(3000, 4))
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    y = np.array([generator.choice(4, p=row) for row in p])
    sharp = p**3 / (p**3).sum(axis=1, keepdims=True)
    calibrator = calibrate("temperature", sharp, y)
    assert calibrator.form[0] == "softmax"
    assert calibrator.form[1] == pytest.approx(1 / 3, abs=0.03)
    assert calibrator(sharp).sum(axis=1) == pytest.approx(np.ones(3000))
    with pytest.raises(InputError, match="isotonic"):
        calibrate("isotonic", sharp, y)


def test_naive_bayes_reference_table():
    """Log loss, mean of 10 seeds, clipped at 1e-6; the reference isotonic and Venn-Abers use no grid."""
    expected = {
        100: {"identity": 0.652, "platt": 0.404, "temperature": 0.401, "beta": 0.418, "isotonic": 0.554,
              "venn_abers": 0.414},
        1000: {"identity": 0.631, "platt": 0.404, "temperature": 0.405, "beta": 0.401, "isotonic": 0.422,
               "venn_abers": 0.401},
        10000: {"identity": 0.686, "platt": 0.409, "temperature": 0.409, "beta": 0.407, "isotonic": 0.404,
                "venn_abers": 0.404},
    }  # fmt: skip
    for rows, table in expected.items():
        losses = {name: [] for name in FITS}
        for seed in range(10):
            x, y = make_classification(
                rows + 22_000, n_features=20, n_informative=5, n_redundant=10, flip_y=0.05, random_state=seed
            )
            p = GaussianNB().fit(x[:2000], y[:2000]).predict_proba(x[2000:])[:, 1]
            y = y[2000:]
            for name in FITS:
                fitted = calibrate(name, p[:rows], y[:rows])(p[rows:])
                losses[name].append(log_loss(y[rows:], np.clip(fitted, 1e-6, 1 - 1e-6)))
        mean = {name: np.mean(values) for name, values in losses.items()}
        assert mean == pytest.approx(table, abs=0.004), rows
        fitted_only = {name: value for name, value in mean.items() if name != "identity"}
        if rows == 100:
            assert max(fitted_only, key=fitted_only.get) == "isotonic"
        else:
            assert mean["venn_abers"] <= min(fitted_only.values()) + 0.001
