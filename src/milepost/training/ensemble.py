"""Greedy ensemble selection: members are added, with replacement, while the validation loss falls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]


def greedy(
    task: Task,
    truth: Array,
    predictions: Sequence[Array],
    rounds: int = 50,
    start: int = 3,
    limit: int = 40_000,
) -> Array:
    """Returns one weight a model (they sum to 1) by greedy selection with replacement (Caruana et al. 2004).

    The selection starts from the best `start` models, adds the model that lowers the mean loss most, keeps the
    best prefix and drops members below 2 %.

    Args:
        task: gives the per-row loss.
        truth: truth of the validation rows.
        predictions: each model's out-of-fold predictions.
        rounds: how many members are added at most.
        start: how many of the best models begin.
        limit: at most so many rows are used, evenly spaced.
    """
    step = max(1, -(-len(truth) // limit))
    truth = truth[::step]
    shown = [np.asarray(p[::step], dtype=np.float64) for p in predictions]
    single = np.array([task.losses(truth, p).mean() for p in shown])
    chosen = list(np.argsort(single)[: min(start, len(shown))])
    best_loss, best = float(single.min()), [int(single.argmin())]
    total = np.sum([shown[i] for i in chosen], axis=0)
    for _ in range(rounds):
        count = len(chosen)
        mixed = float(task.losses(truth, total / count).mean())
        if mixed < best_loss:
            best_loss, best = mixed, list(chosen)
        trials = [float(task.losses(truth, (total + p) / (count + 1)).mean()) for p in shown]
        pick = int(np.argmin(trials))
        if trials[pick] > mixed - 1e-7 * abs(mixed) and len(chosen) > start:
            break
        chosen.append(pick)
        total = total + shown[pick]
    weights = np.bincount(best, minlength=len(shown)) / len(best)
    weights[weights < 0.02] = 0.0
    return np.asarray(weights / weights.sum())


def blend(predictions: Sequence[Array], weights: Array) -> Array:
    """The weighted mean of predictions; members without weight are passed over."""
    used = [(w, np.asarray(p, dtype=np.float64)) for p, w in zip(predictions, weights, strict=True) if w > 0]
    return np.asarray(sum(w * p for w, p in used))
