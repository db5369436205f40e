import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.neural_network import MLPClassifier

from milepost.errors import InputError
from milepost.statistics.border import border, sweep_means, sweep_rows

CAPACITIES = [1, 4, 16, 64, 256, 1024]


def rows(means: list[float], n: int = 2000, noise: float = 0.1, seed: int = 0) -> np.ndarray:
    """Per-row losses that share the difficulty of each row."""
    rng = np.random.default_rng(seed)
    return np.array(means)[:, None] + rng.exponential(size=n) + noise * rng.normal(size=(len(means), n))


def test_a_clear_border_is_found_from_both_sides() -> None:
    losses = rows([0.9, 0.6, 0.5, 0.5, 0.7, 0.9])
    found = border(sweep_rows(CAPACITIES, losses, train=[0.9, 0.6, 0.4, 0.2, 0.1, 0.01], baseline=1.0))
    assert (found.found, found.overfit_at) == (True, 256)
    assert found.border in (16, 64)
    assert found.interpolates is True
    assert (found.descends_again, found.next_capacity) == (False, 4096)
    assert "256" in found.reason


def test_the_border_is_the_smallest_within_one_paired_error() -> None:
    found = border(sweep_means(CAPACITIES, [0.9, 0.6, 0.505, 0.5, 0.5005, 0.6], 0.01))
    assert (found.border, found.overfit_at) == (16, 1024)
    assert border(sweep_means(CAPACITIES, [0.9, 0.6, 0.505, 0.5, 0.5005, 0.6], 0.001)).border == 64


def test_pairing_sees_what_separate_errors_hide() -> None:
    losses = rows([0.5, 0.52], noise=0.05)
    apart = float(np.hypot(*(losses.std(axis=1) / np.sqrt(2000))))
    assert losses[1].mean() - losses[0].mean() < 2 * apart
    assert border(sweep_rows([1, 2], losses)).overfit_at == 2


def test_one_noisy_uptick_is_not_overfitting() -> None:
    found = border(sweep_means(CAPACITIES, [0.9, 0.7, 0.6, 0.55, 0.5, 0.515], 0.01))
    assert (found.found, found.overfit_at) == (False, None)
    assert found.next_capacity == 4096
    assert "No border was found up to 1024" in found.reason
    calls = [border(sweep_rows(CAPACITIES, rows([0.5] * 6, seed=s)[:, :300])).found for s in range(100)]
    assert np.mean(calls) < 0.17


def test_overfitting_within_one_training_counts() -> None:
    early = rows([0.9, 0.6, 0.5], noise=0.0)
    late = (
        early + np.array([0.0, 0.0, 0.1])[:, None] + 0.2 * np.random.default_rng(1).normal(size=early.shape)
    )
    found = border(sweep_rows([1, 4, 16], late, early))
    assert (found.found, found.overfit_at) == (True, 16)
    assert not border(sweep_rows([1, 4, 16], early, early)).found
    assert border(sweep_means([1, 4, 16], [0.9, 0.6, 0.5], 0.01, uptick=[0, 0, 0.05])).overfit_at == 16


def test_groups_widen_the_paired_error() -> None:
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(20), 50)
    losses = rows([0.5, 0.55], n=1000) + np.array([0.0, 1.0])[:, None] * rng.normal(size=20)[groups] * 0.2
    alone, together = sweep_rows([1, 2], losses), sweep_rows([1, 2], losses, groups=groups)
    assert together.errors[0, 1] > 2 * alone.errors[0, 1]


def test_interpolating_without_harm_ends_the_sweep() -> None:
    train = [0.5, 0.1, 0.001]
    found = border(sweep_means([1, 4, 16], [0.9, 0.6, 0.5], 0.01, train=train, baseline=1.0))
    assert (found.found, found.interpolates, found.next_capacity) == (False, True, None)
    assert "perfectly" in found.reason
    assert border(sweep_means([1, 4, 16], [0.9, 0.6, 0.5], 0.01)).interpolates is None


def test_double_descent_is_noticed_and_two_points_past_the_rise_suffice() -> None:
    found = border(sweep_means(CAPACITIES, [0.9, 0.5, 0.8, 0.9, 0.6, 0.45], 0.01))
    assert (found.overfit_at, found.descends_again, found.next_capacity) == (16, True, None)
    assert "double descent" in found.reason


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_real_network_overfits_noisy_labels() -> None:
    x, y = make_classification(1200, n_features=20, n_informative=5, flip_y=0.3, random_state=0)
    losses, train = [], []
    for width in (1, 8, 64):
        net = MLPClassifier((width,), alpha=0, learning_rate_init=0.02, max_iter=150, random_state=0, tol=0)
        net.fit(x[:300], y[:300])
        p = np.clip(net.predict_proba(x)[np.arange(1200), y], 1e-7, 1)
        losses.append(-np.log(p[300:]))
        train.append(float(-np.log(p[:300]).mean()))
    found = border(sweep_rows([1, 8, 64], losses, train=train, baseline=float(np.log(2))))
    assert found.found
    assert found.overfit_at in (8, 64)
    assert found.border == 1


def test_sweeps_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(InputError, match="do not grow"):
        border(sweep_means([4, 1], [1, 2], 0.1))
    with pytest.raises(InputError, match="train has 1 values"):
        border(sweep_means([1, 4], [1, 2], 0.1, train=[1]))
    with pytest.raises(InputError, match="shape"):
        sweep_rows([1, 4], np.zeros((3, 5)))
    with pytest.raises(InputError, match="best_epoch"):
        sweep_rows([1, 4], np.zeros((2, 5)), np.zeros((2, 4)))
