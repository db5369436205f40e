import math
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, make_moons
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score
from sklearn.svm import SVC
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.multitest import multipletests

from milepost.errors import InputError
from milepost.statistics import compare as cmp
from milepost.statistics.resample import Resampling


def test_corrected_t_reference() -> None:
    x, y = make_moons(noise=0.352, random_state=1, n_samples=100)
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=10, random_state=0)
    rbf, linear = (
        cross_val_score(SVC(kernel=kernel, random_state=0), x, y, scoring="roc_auc", cv=folds)
        for kernel in ("rbf", "linear")
    )
    found = cmp.corrected_t(rbf - linear, 90, 10, rope=0.01)
    assert found.gain == pytest.approx(0.01, abs=5e-5)
    assert found.statistic == pytest.approx(0.7503, abs=5e-5)
    assert found.p == pytest.approx(0.2274, abs=5e-5)
    assert (found.p_worse, found.p_equal, found.p_better) == pytest.approx((0.0683, 0.4317, 0.5), abs=1e-4)
    assert cmp.corrected_t(rbf - linear, 90, 10, rope=0).p_better == pytest.approx(0.7726, abs=5e-5)
    assert found.says == "undecided"


def _nearest_mean_errors(x: np.ndarray, y: np.ndarray, fold: np.ndarray) -> list[float]:
    rates = []
    for k in range(5):
        train = fold != k
        one, zero = x[train & (y == 1)].mean(axis=0), x[train & (y == 0)].mean(axis=0)
        said = ((x[~train] - (one + zero) / 2) @ (one - zero) > 0).astype(int)
        rates.append(float((said != y[~train]).mean()))
    return rates


def test_corrected_t_keeps_its_level_where_the_plain_t_does_not() -> None:
    rng = np.random.default_rng(0)
    plain = corrected = 0
    for _ in range(300):
        y = rng.integers(0, 2, 200)
        x = rng.normal(size=(200, 20)) + 0.25 * (2 * y[:, None] - 1)
        d: list[float] = []
        for _ in range(4):
            fold = rng.permutation(200) % 5
            first, second = (_nearest_mean_errors(x[:, half], y, fold) for half in (slice(10), slice(10, 20)))
            d += list(np.subtract(first, second))
        plain += abs(np.mean(d)) / (np.std(d, ddof=1) / math.sqrt(20)) > 2.093
        corrected += cmp.corrected_t(d, 160, 40).p_two < 0.05
    assert plain / 300 > 0.2
    assert corrected / 300 < 0.06


def _ridge_losses(x: np.ndarray, y: np.ndarray, shrink: float, folds: int) -> tuple[np.ndarray, np.ndarray]:
    """Squared errors, out of fold, of a ridge regression and of the mean."""
    fold = np.arange(len(y)) % folds
    model, mean = np.empty(len(y)), np.empty(len(y))
    for k in range(folds):
        train = fold != k
        middle = y[train].mean()
        gram = x[train].T @ x[train] + shrink * np.eye(x.shape[1])
        weights = np.linalg.solve(gram, x[train].T @ (y[train] - middle))
        model[~train], mean[~train] = middle + x[~train] @ weights, middle
    return (y - model) ** 2, (y - mean) ** 2


@pytest.mark.parametrize("shrink", [1.0, 1e5])
def test_paired_t_on_pure_noise_keeps_its_level(shrink: float) -> None:
    rng = np.random.default_rng(1)
    plain = widened = 0
    for _ in range(400):
        a, b = _ridge_losses(rng.normal(size=(150, 60)), rng.normal(size=150), shrink, 5)
        plain += cmp.paired_t(a, b).beats
        widened += cmp.paired_t(a, b, folds=5).beats
    assert widened / 400 <= 0.05
    if shrink > 1:
        assert plain / 400 > 0.07


def test_paired_t_sees_a_real_gain_and_its_groups() -> None:
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(20), 30)
    b = rng.exponential(size=600)
    a = b - 0.1 + 0.5 * rng.normal(size=20)[groups] + 0.1 * rng.normal(size=600)
    assert cmp.paired_t(b - 0.1 + 0.3 * rng.normal(size=600), b, folds=5).beats
    rows, whole = cmp.paired_t(a, b), cmp.paired_t(a, b, groups)
    assert whole.standard_error > 3 * rows.standard_error
    assert rows.gain == whole.gain
    with pytest.raises(InputError, match="600 and 5 rows"):
        cmp.paired_t(a, b[:5])


def test_equal_losses_neither_beat_nor_lose() -> None:
    found = cmp.paired_t([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert (found.says, found.beats, found.gain) == ("equivalent", False, 0.0)


def test_mcnemar_reference() -> None:
    table = [[101, 121], [59, 33]]
    assert cmp.mcnemar(table, method="chi2").statistic == pytest.approx(21.3556, abs=5e-5)
    assert cmp.mcnemar(table, method="chi2-corrected").statistic == pytest.approx(20.6722, abs=5e-5)
    exact, middle = cmp.mcnemar(table, method="exact"), cmp.mcnemar(table)
    assert exact.p_two == pytest.approx(4.43e-06, abs=5e-9)
    assert exact.p == pytest.approx(exact.p_two / 2)
    assert middle.p < exact.p
    assert middle.gain == pytest.approx(62 / 314)


def test_mcnemar_reads_arrays_and_directions() -> None:
    a, b = np.repeat([1, 1, 0, 0], [40, 15, 3, 2]), np.repeat([1, 0, 1, 0], [40, 15, 3, 2])
    assert cmp.correctness_table(a, b).tolist() == [[40, 15], [3, 2]]
    assert cmp.mcnemar(a, b).says == "beats"
    assert cmp.mcnemar(b, a).says == "worse"
    assert cmp.mcnemar(b, a, method="chi2").p == pytest.approx(1 - cmp.mcnemar(a, b, method="chi2").p)
    none = cmp.mcnemar(a, a)
    assert (none.beats, none.says, none.p_two) == (False, "equivalent", 1.0)
    with pytest.raises(InputError, match="shape"):
        cmp.mcnemar([1, 2, 3])


def test_mid_p_keeps_its_level_over_all_tables_of_30_discordant_rows() -> None:
    wins = np.random.default_rng(3).binomial(30, 0.5, 4000)
    level = {w: cmp.mcnemar([[50, w], [30 - w, 20]]).beats for w in range(31)}
    assert np.mean([level[w] for w in wins]) <= 0.055


def test_paired_bootstrap_reference_for_areas() -> None:
    data = load_breast_cancer()

    def area(truth: np.ndarray, scores: np.ndarray) -> float:
        return float(cmp.delong(truth, scores).values[0])

    found = cmp.paired_bootstrap(area, data.target, -data.data[:, 1], -data.data[:, 4])
    assert found.method.endswith("(BCa)")
    assert (found.interval.low, found.interval.high) == pytest.approx((-0.0103, 0.1104), abs=0.004)
    assert found.standard_error == pytest.approx(0.0308, abs=0.004)
    assert found.p_two == pytest.approx(0.08665, abs=0.03)


def test_paired_bootstrap_of_means_agrees_with_the_t_test() -> None:
    rng = np.random.default_rng(4)
    truth = rng.normal(size=300)
    a, b = truth + rng.normal(size=300), truth + 1.1 * rng.normal(size=300)

    def squared(t: np.ndarray, said: np.ndarray) -> float:
        return float(((t - said) ** 2).mean())

    for folds in (None, 5):
        drawn = cmp.paired_bootstrap(squared, truth, a, b, "lower", Resampling(folds=folds))
        exact = cmp.paired_t((truth - a) ** 2, (truth - b) ** 2, folds=folds)
        assert drawn.gain == pytest.approx(exact.gain)
        assert drawn.standard_error == pytest.approx(exact.standard_error, rel=0.06)
        assert drawn.p == pytest.approx(exact.p, abs=0.03)


def test_paired_bootstrap_uses_groups_weights_and_percentiles() -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(30), 10)
    truth = rng.normal(size=300)
    a, b = truth + rng.normal(size=30)[groups], truth + rng.normal(size=300)

    def squared(t: np.ndarray, said: np.ndarray, weight: np.ndarray | None = None) -> float:
        return float(np.average((t - said) ** 2, weights=weight))

    rows = cmp.paired_bootstrap(squared, truth, a, b, "lower", Resampling(300))
    whole = cmp.paired_bootstrap(squared, truth, a, b, "lower", Resampling(300, groups=groups))
    assert whole.standard_error > 1.5 * rows.standard_error
    half = np.where(groups < 15, 1.0, 0.0)
    weighted = cmp.paired_bootstrap(squared, truth, a, b, "lower", Resampling(300, weight=half))
    first = cmp.paired_bootstrap(squared, truth[:150], a[:150], b[:150], "lower", Resampling(300))
    assert weighted.gain == pytest.approx(first.gain)
    many = np.zeros(cmp.EXACT_UNITS + 1)
    large = cmp.paired_bootstrap(
        squared, many, many + 1, many + rng.normal(size=len(many)), how=Resampling(50)
    )
    assert large.method.endswith("(percentile)")


def test_paired_bootstrap_on_noise_keeps_its_level() -> None:
    rng = np.random.default_rng(6)
    beats = 0
    for seed in range(200):
        truth = rng.integers(0, 2, 80)
        a, b = (np.where(rng.random(80) < 0.7, truth, 1 - truth) for _ in range(2))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            beats += cmp.paired_bootstrap(_f1, truth, a, b, how=Resampling(200, seed)).beats
    assert beats / 200 <= 0.085


def _f1(truth: np.ndarray, said: np.ndarray) -> float:
    return float(2 * (truth & said).sum() / (truth.sum() + said.sum()))


def test_paired_bootstrap_refuses_an_undefined_metric() -> None:
    with pytest.raises(InputError, match="undefined"):
        cmp.paired_bootstrap(roc_auc_score, np.ones(20), np.arange(20), np.arange(20))


def test_f1_of_sklearn_runs_through() -> None:
    truth = np.random.default_rng(7).integers(0, 2, 60)
    found = cmp.paired_bootstrap(f1_score, truth, truth, 1 - truth, how=Resampling(30))
    assert found.says == "beats"


def test_diebold_mariano_error_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(8)
    a, b = rng.exponential(size=120), rng.exponential(size=120)
    reference = OLS(b - a, np.ones(120)).fit(cov_type="HAC", cov_kwds={"maxlags": 3})
    small = (121 - 8 + 12 / 120) / 120
    found = cmp.diebold_mariano(a, b, lag=3)
    assert found.standard_error == pytest.approx(float(reference.bse[0]) / math.sqrt(small))
    with pytest.raises(InputError, match="lag=200"):
        cmp.diebold_mariano(a, b, lag=200)


def test_diebold_mariano_is_calibrated_where_losses_depend_on_the_past() -> None:
    rng = np.random.default_rng(9)
    rejected = np.zeros(2)
    for _ in range(400):
        noise = rng.normal(size=203)
        d = np.convolve(noise, np.ones(4), "valid")
        rejected += [cmp.diebold_mariano(-d, 0 * d, lag=8).beats, cmp.diebold_mariano(-d, 0 * d).beats]
    assert rejected[0] / 400 < 0.1
    assert rejected[1] / 400 > 0.15


def test_permutation_finds_signal_and_only_signal() -> None:
    rng = np.random.default_rng(10)
    x = rng.normal(size=40)
    y = (x + rng.normal(size=40) > 0).astype(float)

    def score(labels: np.ndarray) -> float:
        return abs(float(np.corrcoef(x, labels)[0, 1]))

    found = cmp.permutation(score, y, 200)
    assert found.beats
    assert found.p == pytest.approx(1 / 201)
    noise = [cmp.permutation(score, rng.integers(0, 2, 40), 60, seed).beats for seed in range(150)]
    assert np.mean(noise) <= 0.09


def test_holm_is_that_of_statsmodels() -> None:
    p = np.random.default_rng(11).random(9) ** 3
    assert cmp.holm(p) == pytest.approx(multipletests(p, method="holm")[1])
