"""The corrected score is close to the truth, its interval covers it, and luck is not taken for skill."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from milepost import metrics
from milepost.statistics.intervals import Interval
from milepost.statistics.optimism import Optimism
from milepost.tasks.classification import Binary, Multiclass
from milepost.training.ensemble import Library, blend, choose
from milepost.training.optimism import Looks, area, corrected, scaled

TASK = Binary(("y",), ("no", "yes"))


def looks(truth, shown, metric="roc_auc", units=None, task=TASK) -> Looks:
    units = np.arange(len(truth)) if units is None else units
    return Looks(task, metrics.get(metric), truth, list(shown), units, [1] * len(shown))


def test_the_area_is_that_of_scikit_learn(rng: np.random.Generator) -> None:
    truth, scores = rng.integers(0, 2, 300), rng.integers(0, 20, 300) / 20
    assert area(truth, scores) == pytest.approx(roc_auc_score(truth, scores), abs=1e-12)
    assert np.isnan(area(np.zeros(5), np.arange(5.0)))


def test_noise_is_not_taken_for_skill() -> None:
    inside, naive = 0, []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth = rng.permutation(np.arange(300) % 2)
        shown = np.clip(0.5 + rng.normal(0, 0.1, (12, 300)), 0.01, 0.99)
        found = corrected(looks(truth, shown), seed, resamples=60)
        weights = choose(Library(TASK, truth, shown), [1] * 12).weights
        naive.append(area(truth, blend(list(shown), weights)))
        inside += found.interval.contains(0.5)
        assert found.corrected < naive[-1] + 1e-9
    assert np.mean(naive) > 0.53
    assert inside >= 19


def test_one_look_costs_nothing(rng: np.random.Generator) -> None:
    truth = rng.integers(0, 2, 200)
    shown = np.clip(0.5 + 0.2 * (truth - 0.5) + rng.normal(0, 0.2, 200), 0.01, 0.99)
    found = corrected(looks(truth, [shown]), 0, resamples=40)
    assert found.optimism == pytest.approx(0, abs=1e-12)
    assert found.corrected == pytest.approx(found.raw)


@pytest.mark.parametrize("metric", ["log_loss", "accuracy"])
def test_any_metric_and_several_classes(rng: np.random.Generator, metric: str) -> None:
    task = Multiclass(("y",), ("a", "b", "c"))
    truth = rng.integers(0, 3, 150)
    raw = rng.gamma(1, 1, (6, 150, 3)) + np.eye(3)[truth]
    shown = raw / raw.sum(axis=2, keepdims=True)
    found = corrected(looks(truth, shown, metric, task=task), 0, resamples=40)
    assert found.interval.low < found.corrected < found.interval.high
    assert found.optimism > 0


def test_repeats_of_a_row_are_no_new_rows(rng: np.random.Generator) -> None:
    truth = rng.integers(0, 2, 150)
    shown = np.clip(0.5 + 0.3 * (truth - 0.5) + rng.normal(0, 0.2, (4, 150)), 0.01, 0.99)
    once = corrected(looks(truth, shown), 0, resamples=100)
    again = looks(np.tile(truth, 4), np.tile(shown, 4), units=np.tile(np.arange(150), 4))
    assert corrected(again, 0, resamples=100).standard_error == pytest.approx(once.standard_error, rel=0.3)


def test_more_rows_than_are_resampled_shrink_the_spread(rng: np.random.Generator) -> None:
    truth = rng.integers(0, 2, 60_000)
    shown = np.clip(0.5 + 0.3 * (truth - 0.5) + rng.normal(0, 0.3, (3, 60_000)), 0.01, 0.99)
    found = corrected(looks(truth, shown), 0, resamples=40)
    few = corrected(looks(truth[:20_000], shown[:, :20_000]), 0, resamples=40)
    assert found.standard_error == pytest.approx(few.standard_error / np.sqrt(3), rel=0.4)


def test_the_time_decides_how_often_the_choice_is_repeated(rng: np.random.Generator) -> None:
    truth = rng.integers(0, 2, 100)
    shown = np.clip(0.5 + 0.3 * (truth - 0.5) + rng.normal(0, 0.2, (3, 100)), 0.01, 0.99)
    short, long = (
        corrected(looks(truth, shown), 0, seconds=0.0),
        corrected(looks(truth, shown), 0, seconds=0.0),
    )
    assert short == long
    assert corrected(looks(truth, shown), 0).interval != short.interval


def test_scaling_keeps_the_raw_score() -> None:
    found = Optimism(0.2, 0.24, 0.04, Interval(0.2, 0.3), 0.02, 5, 2.0, 0)
    half = scaled(found, 0.5, "lower")
    assert (half.raw, half.corrected, half.optimism) == (0.2, pytest.approx(0.22), 0.02)
    assert (half.interval.low, half.interval.high) == (pytest.approx(0.2), pytest.approx(0.25))
    assert scaled(found, 1.0, "lower") is found
