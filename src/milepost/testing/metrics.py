"""The property checks that every metric passes, ours and those of plug-ins."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from milepost.metrics import Metric
from milepost.metrics.base import Array

ROWS = 400


def check_metric(metric: Metric) -> None:
    """Checks a metric on a toy of each of its tasks, one positive in twenty for binary ones.

    Perfect predictions reach `perfect` and no others do better; predictions shuffled among rows do worse;
    mixing in noise never helps; the same call gives the same number; weights may be scaled, and a weight of 2
    is a row twice; where there are losses a row, their means order predictions as the metric does.

    Raises:
        AssertionError: naming the property that does not hold.
    """
    for task in metric.tasks:
        truth, best, noise = _toy(task)
        mixed = 0.3 * best + 0.7 * noise
        value = metric(truth, mixed)
        assert np.isfinite(value), f"{metric.name} is not a number on a {task} toy"
        assert metric.sentence(value), f"{metric.name} has no words"
        assert value == metric(truth, mixed), f"{metric.name} is not deterministic"
        _check_order(metric, task, truth, best, noise)
        _check_weights(metric, truth, mixed)
        _check_losses(metric, task)


def _check_order(metric: Metric, task: str, truth: Array, best: Array, noise: Array) -> None:
    perfect = metric(truth, best)
    assert np.isclose(perfect, metric.perfect, atol=1e-6), (
        f"perfect predictions of a {task} toy give {metric.name} = {perfect}, not {metric.perfect}"
    )
    ladder = [metric(truth, (1 - share) * best + share * noise) for share in (0.0, 0.4, 0.7, 1.0)]
    for better, worse in pairwise(ladder):
        assert metric.gain(better, worse) >= -1e-9, (
            f"{metric.name} improves when noise is mixed in ({ladder})"
        )
    generator = np.random.default_rng(1)
    null = [metric(truth, best[generator.permutation(ROWS)]) for _ in range(20)]
    assert all(metric.gain(perfect, shuffled) > 0 for shuffled in null), (
        f"{metric.name} does not see that predictions were shuffled among rows"
    )


def _check_weights(metric: Metric, truth: Array, prediction: Array) -> None:
    weight = np.random.default_rng(2).integers(1, 4, ROWS).astype(np.float64)
    weighted = metric(truth, prediction, weight)
    assert np.isclose(weighted, metric(truth, prediction, weight * 7.5), rtol=1e-9), (
        f"{metric.name} changes when all weights are multiplied by 7.5"
    )
    times = weight.astype(int)
    repeated = metric(np.repeat(truth, times, axis=0), np.repeat(prediction, times, axis=0))
    assert np.isclose(weighted, repeated, rtol=1e-6), (
        f"{metric.name} of weighted rows is {weighted}, of repeated rows {repeated}"
    )


def _check_losses(metric: Metric, task: str) -> None:
    truth, best, noise = _toy(task)
    ladder = [(1 - share) * best + share * noise for share in (0.0, 0.4, 0.7, 1.0)]
    losses = [metric.losses(truth, prediction) for prediction in ladder]
    for (better, high), (worse, low) in pairwise(zip(ladder, losses, strict=True)):
        if low is None or high is None:
            return
        assert low.shape == (ROWS,), f"the losses of {metric.name} are shaped {low.shape}, not ({ROWS},)"
        gain = metric.gain(metric(truth, better), metric(truth, worse))
        assert np.sign(round(gain, 9)) == np.sign(round(float(low.mean() - high.mean()), 9)), (
            f"the losses of {metric.name} order two predictions otherwise than {metric.name} itself"
        )


def _toy(task: str) -> tuple[Array, Array, Array]:
    """Truth, perfect predictions and useless ones."""
    generator = np.random.default_rng(0)
    if task == "binary":
        truth = (np.arange(ROWS) % 20 == 0).astype(np.int64)
        return truth, truth.astype(np.float64), generator.uniform(size=ROWS)
    if task == "multiclass":
        truth = generator.choice(4, ROWS, p=[0.5, 0.3, 0.15, 0.05])
        return truth, np.eye(4)[truth], generator.dirichlet(np.ones(4), ROWS)
    if task == "multilabel":
        borne = (generator.uniform(size=(ROWS, 4)) < [0.5, 0.3, 0.1, 0.05]).astype(np.int64)
        return borne, borne.astype(np.float64), generator.uniform(size=borne.shape)
    truth = generator.gamma(3.0, 10.0, ROWS)
    return truth, truth, generator.permutation(truth)
