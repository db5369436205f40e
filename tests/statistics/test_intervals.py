import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS

from milepost.errors import InputError
from milepost.statistics import intervals as iv


def test_wilson_reference() -> None:
    found = iv.wilson(900, 1000)
    assert (round(found.low, 4), round(found.high, 4)) == (0.8798, 0.9171)
    assert found.contains(0.9)
    assert not found.contains(0.87)


def test_exact_interval_covers_more_than_wilson_and_ends_are_sane() -> None:
    exact, score = iv.clopper_pearson(3, 20), iv.wilson(3, 20)
    assert exact.halfwidth > score.halfwidth
    assert iv.clopper_pearson(0, 20).low == 0
    assert iv.clopper_pearson(20, 20).high == 1
    assert exact.low == pytest.approx(stats.beta.ppf(0.025, 3, 18))


@pytest.mark.parametrize(("successes", "n"), [(5, 4), (-1, 4), (0, 0)])
def test_proportions_refuse_impossible_counts(successes: int, n: int) -> None:
    with pytest.raises(InputError, match="successes"):
        iv.wilson(successes, n)


@pytest.mark.parametrize(
    ("auc", "positives", "negatives", "error"), [(0.8, 50, 50, 0.044502), (0.9, 100, 900, 0.020877)]
)
def test_hanley_mcneil_reference(auc: float, positives: int, negatives: int, error: float) -> None:
    assert iv.hanley_mcneil_se(auc, positives, negatives) == pytest.approx(error, abs=5e-7)


def test_hanley_mcneil_needs_both_classes() -> None:
    with pytest.raises(InputError, match="0 positives"):
        iv.hanley_mcneil_se(0.8, 0, 10)


def test_mean_interval_is_the_t_interval() -> None:
    losses = np.random.default_rng(0).exponential(size=40)
    found = iv.mean_interval(losses)
    low, high = stats.t.interval(0.95, 39, losses.mean(), stats.sem(losses))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_clustered_error_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 25, 300)
    losses = rng.normal(size=25)[groups] + rng.normal(size=300)
    fit = OLS(losses, np.ones(300)).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False, "df_correction": False}
    )
    error, freedom = iv.mean_se(losses, groups)
    assert freedom == 24
    assert error == pytest.approx(float(fit.bse[0]) * math.sqrt(25 / 24))


def test_cluster_interval_covers_where_the_row_interval_does_not() -> None:
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(20), 10)
    inside = np.zeros(2)
    for _ in range(300):
        losses = rng.normal(size=20)[groups] + rng.normal(size=200)
        inside += [iv.mean_interval(losses, groups).contains(0), iv.mean_interval(losses).contains(0)]
    clustered, naive = inside / 300
    assert clustered == pytest.approx(0.95, abs=0.04)
    assert naive < 0.7


def test_cv_interval_is_wider_by_the_heuristic_and_says_so() -> None:
    losses = np.random.default_rng(3).normal(size=100)
    plain, wide = iv.mean_interval(losses), iv.cv_interval(losses, 5)
    assert wide.halfwidth == pytest.approx(plain.halfwidth * math.sqrt(1.25))
    assert "heuristic" in wide.method
    with pytest.raises(InputError, match="1 fold"):
        iv.cv_interval(losses, 1)


def test_bootstrap_interval_agrees_with_t_for_a_mean_and_repeats_by_seed() -> None:
    losses = np.random.default_rng(4).normal(size=200)
    found = iv.bootstrap_interval(np.mean, [losses], seed=7)
    assert found == iv.bootstrap_interval(np.mean, [losses], seed=7)
    assert found != iv.bootstrap_interval(np.mean, [losses], seed=8)
    assert found.halfwidth == pytest.approx(iv.mean_interval(losses).halfwidth, rel=0.08)


def test_bootstrap_of_groups_is_wider_when_rows_of_a_group_agree() -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(30), 10)
    losses = rng.normal(size=30)[groups] + 0.1 * rng.normal(size=300)
    rows = iv.bootstrap_interval(np.mean, [losses], resamples=500)
    whole = iv.bootstrap_interval(np.mean, [losses], groups, resamples=500)
    assert whole.halfwidth > 2 * rows.halfwidth
    assert whole.halfwidth == pytest.approx(iv.mean_interval(losses, groups).halfwidth, rel=0.15)


def test_windows_interval_predicts_the_next_window() -> None:
    rng = np.random.default_rng(6)
    hits = [iv.windows_interval(w[:6]).contains(w[6]) for w in rng.normal(0.8, 0.03, size=(1000, 7))]
    assert np.mean(hits) == pytest.approx(0.95, abs=0.02)
    scores = [0.8, 0.82, 0.78, 0.81, 0.79]
    reach = stats.t.ppf(0.975, 4) * np.std(scores, ddof=1) * math.sqrt(1.2)
    assert iv.windows_interval(scores).halfwidth == pytest.approx(reach)
    with pytest.raises(InputError, match="holds 1"):
        iv.windows_interval([0.8])
