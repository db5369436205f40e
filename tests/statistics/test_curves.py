import time

import numpy as np
import pytest
from scipy.optimize import curve_fit
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

from milepost.errors import InputError
from milepost.statistics import curves as cv

SIZES = np.geomspace(50, 3000, 8).round()


def noisy(means: np.ndarray, replicates: int = 5, seed: int = 0, share: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.abs(means[:, None] * (1 + share * rng.normal(size=(len(means), replicates))))


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Errors of a support vector machine on a common test set of 500 rows, 10 draws of each size."""
    sizes = np.array([40, 58, 85, 124, 181, 264, 386, 563, 822, 1200])
    x, y = load_digits(return_X_y=True)
    train, test, y_train, y_test = train_test_split(x, y, test_size=500, random_state=0, stratify=y)
    errors = np.zeros((10, 10))
    for draw in range(10):
        for i, n in enumerate(sizes):
            rows = np.random.default_rng([draw, n]).permutation(len(train))[:n]
            model = SVC(gamma=0.001, C=10).fit(train[rows], y_train[rows])
            errors[i, draw] = 1 - model.score(test, y_test)
    return sizes, errors


def test_digits_reference(digits: tuple[np.ndarray, np.ndarray]) -> None:
    sizes, errors = digits
    means = errors.mean(axis=1)
    assert (np.diff(means) < 0).all()
    assert means[0] == pytest.approx(0.272, abs=0.04)
    assert means[-1] == pytest.approx(0.0078, abs=0.0015)
    small = sizes <= 450
    found = cv.fit_learning_curve(sizes[small], errors[small])
    assert found.kind != "ill-behaved"
    assert found.interval(1200).contains(0.0078)
    assert found.interval(1200).contains(means[-1])
    assert found.interval(1200).halfwidth > 0.003
    assert 0.7 < found.b < 1.6


def test_more_data_narrow_the_interval(digits: tuple[np.ndarray, np.ndarray]) -> None:
    sizes, errors = digits
    widths = [cv.fit_learning_curve(sizes[:k], errors[:k]).interval(1200).halfwidth for k in (7, 9, 10)]
    assert widths[0] > widths[1] > widths[2]


@pytest.mark.parametrize(("form", "c", "b"), [(0, 0.05, 0.5), (1, 0.0, 0.35), (0, 0.1, 0.8)])
def test_fit_recovers_a_power_law_without_noise(form: int, c: float, b: float) -> None:
    errors = c + 2 * SIZES**-b
    found = cv._fit(form, SIZES, errors[None, :], np.ones(8))[:, 0]
    assert found[:3] == pytest.approx([c, 2, b], rel=0.01)
    assert found[3] == pytest.approx(0, abs=1e-7)


def test_fit_recovers_an_exponential() -> None:
    errors = 0.1 + 0.4 * np.exp(-SIZES / 300)
    found = cv._fit(2, SIZES, errors[None, :], np.ones(8))[:, 0]
    assert found[:3] == pytest.approx([0.1, 0.4, 1 / 300], rel=0.01)
    curve = cv.fit_learning_curve(SIZES, noisy(errors, share=0.01))
    assert curve.kind == "exponential"
    assert curve.predict(12_000) == pytest.approx(0.1, rel=0.02)


def test_fit_is_at_least_as_good_as_that_of_scipy() -> None:
    means = noisy(0.08 + 2 * SIZES**-0.5).mean(axis=1)
    weight = 1 / (0.05 * means) ** 2
    best, _ = curve_fit(
        lambda n, c, a, b: c + a * n**-b,
        SIZES,
        means,
        (0.01, 1, 0.5),
        sigma=0.05 * means,
        bounds=([0, 0, 0.05], [means.min(), np.inf, 2]),
    )
    theirs = float((weight * (means - best[0] - best[1] * SIZES ** -best[2]) ** 2).sum())
    ours = cv._fit(0, SIZES, means[None, :], weight)[3, 0]
    assert ours <= theirs * 1.001 + 1e-9


def test_interval_covers_four_times_the_data() -> None:
    truth = 0.05 + 2 * SIZES**-0.5
    inside = [
        cv.fit_learning_curve(SIZES, noisy(truth, seed=seed))
        .interval(12_000)
        .contains(0.05 + 2 * 12_000**-0.5)
        for seed in range(40)
    ]
    assert np.mean(inside) >= 0.82


def test_it_is_never_read_far_beyond_the_data() -> None:
    found = cv.fit_learning_curve(SIZES, noisy(0.05 + 2 * SIZES**-0.5))
    assert found.farthest == 12_000
    for read in (found.predict, found.interval, found.samples):
        with pytest.raises(InputError, match=r"asked for 12,001 rows.*12,000"):
            read(12_001)
    assert found.interval(12_000).low <= found.predict(12_000) <= found.interval(12_000).high


@pytest.mark.parametrize(
    "means",
    [
        0.1 + 0.02 * np.log(SIZES / 50),
        np.where(SIZES < 500, 0.4, 0.1),
        0.05 + 2 * SIZES**-0.5 + 0.15 * np.exp(-(np.log(SIZES / 600) ** 2) / 0.1),
    ],
    ids=["rising", "a step", "a bump"],
)
def test_ill_behaved_curves_are_not_extended(means: np.ndarray) -> None:
    errors = noisy(means, replicates=10)
    found = cv.fit_learning_curve(SIZES, errors)
    assert found.kind == "ill-behaved"
    assert found.predict(SIZES[2]) == pytest.approx(errors[2].mean())
    with pytest.raises(InputError, match="not falling and convex"):
        found.predict(3001)


@pytest.mark.parametrize(
    "means",
    [0.05 + 2 * SIZES**-0.5, np.full(8, 0.2), 0.1 + 0.4 * np.exp(-SIZES / 300)],
    ids=["power", "flat", "exp"],
)
def test_good_curves_are_seldom_refused(means: np.ndarray) -> None:
    refused = [not cv.well_behaved(SIZES, noisy(means, seed=seed), seed) for seed in range(40)]
    assert np.mean(refused) <= 0.13


def test_missing_replicates_are_allowed_and_few_are_refused() -> None:
    errors = noisy(0.05 + 2 * SIZES**-0.5, replicates=6)
    errors[0, :3] = np.nan
    found = cv.fit_learning_curve(SIZES, errors)
    assert found.replicates == 3
    assert found.predict(3000) == pytest.approx(0.05 + 2 * 3000**-0.5, rel=0.2)
    errors[0, 3] = np.nan
    with pytest.raises(InputError, match=r"50 rows have 2 replicate"):
        cv.fit_learning_curve(SIZES, errors)
    with pytest.raises(InputError, match="shape"):
        cv.fit_learning_curve(SIZES, errors[:, :2])
    with pytest.raises(InputError, match="holds 4"):
        cv.fit_learning_curve(SIZES[:4], errors[:4])
    with pytest.raises(InputError, match="grow"):
        cv.fit_learning_curve(SIZES[::-1], noisy(np.ones(8)))


def test_perfect_models_and_equal_replicates_are_no_trouble() -> None:
    assert cv.fit_learning_curve(SIZES, np.zeros((8, 3))).predict(12_000) == 0
    same = np.repeat((0.1 + 2 * SIZES**-0.5)[:, None], 3, axis=1)
    assert cv.fit_learning_curve(SIZES, same).predict(12_000) == pytest.approx(
        0.1 + 2 * 12_000**-0.5, rel=0.01
    )


@pytest.mark.alone
def test_it_repeats_by_seed_and_is_fast() -> None:
    errors = noisy(0.05 + 2 * SIZES**-0.5)
    start = time.perf_counter()
    first = cv.fit_learning_curve(SIZES, errors, seed=3)
    assert time.perf_counter() - start < 2
    assert first.interval(9000) == cv.fit_learning_curve(SIZES, errors, seed=3).interval(9000)
