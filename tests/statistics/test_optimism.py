import math
import time

import numpy as np
import pytest
from scipy import special, stats
from sklearn.metrics import roc_auc_score

from milepost.errors import InputError
from milepost.statistics import optimism as op
from milepost.statistics.resample import Resampling


def candidates(
    rng: np.random.Generator, n: int, k: int, rho: float, sd: float
) -> tuple[np.ndarray, np.ndarray]:
    """Errors (n, k) of candidates with true accuracy about 0.8 and latent correlation rho."""
    true = np.clip(0.8 + sd * rng.normal(size=k), 0.01, 0.99)
    latent = math.sqrt(rho) * rng.normal(size=(n, 1)) + math.sqrt(1 - rho) * rng.normal(size=(n, k))
    return (latent >= special.ndtri(true)).astype(float), true


@pytest.mark.parametrize(
    ("n", "k", "rho", "sd", "naive"),
    [
        (500, 100, 0.0, 0.0, 0.0428),
        (500, 100, 0.7, 0.0, 0.0330),
        (200, 100, 0.7, 0.02, 0.0344),
        (500, 10, 0.7, 0.02, 0.0109),
        (1000, 1000, 0.7, 0.01, 0.0201),
    ],
)
def test_bias_reference(n: int, k: int, rho: float, sd: float, naive: float) -> None:
    rng = np.random.default_rng(0)
    excess = []
    for seed in range(25 if k == 1000 else 120):
        errors, true = candidates(rng, n, k, rho, sd)
        found = op.bbc_losses(errors, resamples=120, seed=seed)
        accuracy = true[found.best]
        excess.append([1 - found.raw - accuracy, 1 - found.corrected - accuracy])
    bias, rmse = np.mean(excess, axis=0), np.sqrt(np.mean(np.square(excess), axis=0))
    assert bias[0] == pytest.approx(naive, abs=0.007)
    assert abs(bias[1]) < 0.01
    assert rmse[1] < rmse[0]


def test_coverage_reference() -> None:
    rng = np.random.default_rng(1)
    covered = np.zeros(2)
    for seed in range(150):
        errors, true = candidates(rng, 500, 50, 0.7, 0.0)
        found = op.bbc_losses(errors, resamples=200, seed=seed)
        wrong = 1 - true[found.best]
        wald = 1.96 * math.sqrt(found.raw * (1 - found.raw) / 500)
        covered += [abs(found.raw - wrong) <= wald, found.interval.contains(wrong)]
    assert covered[0] / 150 < 0.88
    assert covered[1] / 150 > 0.95


def test_one_look_costs_nothing_and_copies_cost_nothing() -> None:
    losses = np.random.default_rng(2).exponential(size=(300, 1))
    one, copies = op.bbc_losses(losses), op.bbc_losses(np.repeat(losses, 50, axis=1))
    assert (one.optimism, one.effective_looks, one.looks) == (0.0, 1.0, 1)
    assert (copies.optimism, copies.effective_looks, copies.looks) == (0.0, 1.0, 50)
    assert one.corrected == one.raw == pytest.approx(losses.mean())
    assert one.interval.contains(one.raw)


def test_independent_looks_are_counted_as_such_and_alike_ones_as_few() -> None:
    rng = np.random.default_rng(3)
    many = op.bbc_losses(candidates(rng, 2000, 100, 0.0, 0.0)[0], resamples=300)
    few = op.bbc_losses(candidates(rng, 2000, 100, 0.98, 0.0)[0], resamples=300)
    assert 35 < many.effective_looks < 250
    assert few.effective_looks < 10
    assert many.optimism == pytest.approx(op.prior_optimism(0.4 / math.sqrt(2000), 100), rel=0.25)


def test_groups_are_drawn_whole() -> None:
    rng = np.random.default_rng(4)
    groups = rng.permutation(np.repeat(np.arange(40), 25))
    losses = rng.normal(size=(40, 20))[groups] + 0.1 * rng.normal(size=(1000, 20))
    rows, whole = op.bbc_losses(losses, resamples=200), op.bbc_losses(losses, groups, resamples=200)
    assert whole.optimism > 2.5 * rows.optimism
    assert whole.standard_error > 2 * rows.standard_error
    means = np.array([losses[groups == g].mean(axis=0) for g in range(40)])
    assert whole.optimism == pytest.approx(op.bbc_losses(means, resamples=200).optimism, rel=0.15)


def test_blocks_of_many_rows_agree_with_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    errors, _ = candidates(np.random.default_rng(5), 60_000, 10, 0.3, 0.0)
    blocks = op.bbc_losses(errors, resamples=200)
    monkeypatch.setattr(op, "MANY_UNITS", 10**6)
    rows = op.bbc_losses(errors, resamples=200)
    assert blocks.raw == rows.raw
    assert blocks.optimism == pytest.approx(rows.optimism, rel=0.3)
    assert blocks.standard_error == pytest.approx(rows.standard_error, rel=0.25)


def test_failed_looks_count_and_are_never_chosen() -> None:
    losses = np.random.default_rng(6).exponential(size=(100, 3))
    broken = np.column_stack([np.full(100, np.nan), losses])
    found, whole = op.bbc_losses(broken, seed=1), op.bbc_losses(losses, seed=1)
    assert (found.looks, found.best) == (4, whole.best + 1)
    assert found.corrected == whole.corrected
    with pytest.raises(InputError, match="finite"):
        op.bbc_losses(broken[:, :1])
    with pytest.raises(InputError, match="shape"):
        op.bbc_losses(losses[:, 0])


@pytest.mark.alone
def test_it_is_fast() -> None:
    errors, _ = candidates(np.random.default_rng(7), 20_000, 100, 0.5, 0.01)
    start = time.perf_counter()
    op.bbc_losses(errors, resamples=200)
    assert time.perf_counter() - start < 5


def accuracy(truth: np.ndarray, said: np.ndarray, weight: np.ndarray | None = None) -> float:
    return float(np.average(truth == said, weights=weight))


def test_metric_form_agrees_with_loss_form() -> None:
    errors, _ = candidates(np.random.default_rng(8), 400, 30, 0.3, 0.0)
    truth = np.ones(400, dtype=int)
    fast = op.bbc_losses(errors, resamples=400)
    slow = op.bbc_metric(truth, 1 - errors.astype(int), accuracy, how=Resampling(400))
    assert slow.raw == pytest.approx(1 - fast.raw)
    assert slow.best == fast.best
    assert slow.optimism == pytest.approx(fast.optimism, rel=0.12)
    assert slow.effective_looks == pytest.approx(fast.effective_looks, rel=0.6)
    assert slow.interval.low == pytest.approx(1 - fast.interval.high, abs=0.01)
    lower = op.bbc_metric(truth, errors, lambda _, e: float(e.mean()), "lower", Resampling(400))
    assert lower.corrected == pytest.approx(1 - slow.corrected)


def area(truth: np.ndarray, scores: np.ndarray) -> float:
    ranks, positive = stats.rankdata(scores), truth == 1
    m = positive.sum()
    return float((ranks[positive].mean() - (m + 1) / 2) / (len(truth) - m))


def test_metric_form_of_ranking_noise_returns_to_one_half() -> None:
    rng = np.random.default_rng(9)
    truth, scores = rng.integers(0, 2, 200), rng.normal(size=(200, 30))
    corrected = op.bbc_metric(truth, list(scores.T), area, how=Resampling(40))
    assert corrected.raw > 0.56
    assert corrected.corrected == pytest.approx(0.5, abs=0.045)
    assert corrected.looks == 30


def test_a_greedy_majority_of_noise_is_seen_through() -> None:
    """The boosting attack of Blum & Hardt 2015: a majority of random answers, the bad ones inverted."""
    rng = np.random.default_rng(10)
    truth, answers = rng.integers(0, 2, 1000), rng.integers(0, 2, (1000, 400))

    def majority(rows: np.ndarray) -> np.ndarray:
        votes = np.sign((answers[rows] == truth[rows, None]).mean(axis=0) - 0.5)
        return ((2 * answers - 1) @ votes > 0).astype(int)

    found = op.bbc_metric(truth, answers, accuracy, how=Resampling(60), select=majority)
    assert found.raw == pytest.approx(0.689, abs=0.05)
    assert found.corrected == pytest.approx(0.5, abs=0.05)
    assert found.best == -1
    assert found.effective_looks > 1000


def test_large_data_is_subsampled_and_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, list[op.Optimism]] = {"whole": [], "part": [], "grouped": []}
    truth, groups = np.zeros(8000), np.repeat(np.arange(400), 20)
    for seed in range(4):
        errors, _ = candidates(np.random.default_rng(seed), 8000, 20, 0.0, 0.0)
        found["whole"].append(op.bbc_metric(truth, errors, accuracy, how=Resampling(100, seed)))
        with monkeypatch.context() as patch:
            patch.setattr(op, "RANK_ROWS", 2000)
            found["part"].append(op.bbc_metric(truth, errors, accuracy, how=Resampling(100, seed)))
            clusters = Resampling(100, seed, groups)
            found["grouped"].append(op.bbc_metric(truth, errors, accuracy, how=clusters))
    assert [one.raw for one in found["part"]] == [one.raw for one in found["whole"]]
    optimism = {name: np.mean([one.optimism for one in some]) for name, some in found.items()}
    error = {name: np.mean([one.standard_error for one in some]) for name, some in found.items()}
    for name in ("part", "grouped"):
        assert optimism[name] == pytest.approx(optimism["whole"], rel=0.3)
        assert error[name] == pytest.approx(error["whole"], rel=0.3)


def test_weights_and_classes_pass_through() -> None:
    rng = np.random.default_rng(12)
    truth = rng.integers(0, 3, 120)
    shares = rng.dirichlet(np.ones(3), (120, 4))

    def likelihood(t: np.ndarray, p: np.ndarray, weight: np.ndarray) -> float:
        return float(np.average(np.log(p[np.arange(len(t)), t]), weights=weight))

    weight = np.where(np.arange(120) < 60, 1.0, 0.0)
    found = op.bbc_metric(truth, shares, likelihood, how=Resampling(50, weight=weight))
    first = [likelihood(truth[:60], shares[:60, j], weight[:60]) for j in range(4)]
    assert found.raw == pytest.approx(max(first))
    with pytest.raises(InputError, match="120 and 7 rows"):
        op.bbc_metric(truth, [np.zeros(7)], accuracy)
    with pytest.raises(InputError, match="undefined"):
        op.bbc_metric(np.ones(9), rng.normal(size=(9, 2)), roc_auc_score)


@pytest.mark.parametrize(("k", "value"), [(1, 0.0), (2, 1 / math.sqrt(math.pi)), (10, 1.539), (1000, 3.241)])
def test_expected_maximum_reference(k: int, value: float) -> None:
    assert op.expected_maximum(k) == pytest.approx(value, abs=5e-4)


def test_expected_maximum_is_that_of_scipy_and_below_its_bound() -> None:
    exact = stats.norm.expect(lambda x: x * 50 * stats.norm.cdf(x) ** 49)
    assert op.expected_maximum(50) == pytest.approx(exact, abs=1e-6)
    for k in (2, 30, 1e6):
        assert op.prior_optimism(0.01, k) <= 0.01 * math.sqrt(2 * math.log(k))
    with pytest.raises(InputError, match="k=0"):
        op.expected_maximum(0)


def test_effective_looks_inverts_the_prior() -> None:
    for k in (1.5, 10, 5000):
        assert op.effective_looks(op.prior_optimism(0.02, k), 0.02) == pytest.approx(k, rel=1e-6)
    assert op.effective_looks(-0.1, 0.02) == 1.0
    assert op.effective_looks(1.0, 0.001) == op.MOST_LOOKS
