"""What is typical of a group of texts: counts held against those of all others."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def log_odds(counts: Array, strength: float = 1_000.0) -> Array:
    """How typical each word is of each class, in standard errors, (words, classes).

    Log-odds ratio of a class against the rest with an informative Dirichlet prior (Monroe, Colaresi & Quinn
    2008): the prior are the words of all classes, so that rare words are not called typical by chance.

    Args:
        counts: how often each word occurs in each class (words, classes).
        strength: how many words the prior counts for.

    >>> log_odds(np.array([[30, 1], [5, 30], [50, 50]])).round(1).tolist()
    [[1.7, -1.7], [-1.5, 1.5], [-0.2, 0.2]]
    """
    table = np.asarray(counts, np.float64)
    whole = table.sum(1, keepdims=True)
    total = max(1.0, float(whole.sum()))
    prior = strength * whole / total
    own, rest = table + prior, whole - table + prior
    size = table.sum(0, keepdims=True) + strength
    other = total - table.sum(0, keepdims=True) + strength
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(own / (size - own)) - np.log(rest / (other - rest))
        return np.asarray(np.nan_to_num(ratio / np.sqrt(1 / own + 1 / rest)))
