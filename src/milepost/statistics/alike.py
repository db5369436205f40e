"""Agreement of answers that are more or less alike, such as drawn shapes: within items, and beyond chance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from milepost.errors import InputError
from milepost.statistics.agreement import Share
from milepost.statistics.arrays import Floats, Integers
from milepost.statistics.intervals import Interval


@dataclass(frozen=True)
class Alike:
    """How alike two people's answers to one item are.

    Args:
        mean: mean similarity of two people's answers to an item, each item counting once.
        enough: the share of pairs that are at least `bar` alike.
        beyond: alpha with the distance 1 - similarity: 1 where all are equal, 0 where answers to one item are
            no more alike than answers to different items; nan where those were not compared.
        bar: from which similarity on two answers count as the same.
    """

    mean: Share
    enough: Share
    beyond: Share
    bar: float


def alike(
    item: Integers,
    similarity: Floats,
    elsewhere: Floats,
    bar: float = 0.5,
    resamples: int = 1000,
    seed: int = 0,
) -> Alike:
    """Returns agreement from the similarities of pairs of answers, with bootstraps over items.

    Beyond chance: Krippendorff's alpha with any distance (Krippendorff 2018); expected is the disagreement
    of pairs from different items, drawn at random.

    Args:
        item: the item of each pair of two people's answers (pairs,).
        similarity: how alike they are, 0 to 1 (pairs,).
        elsewhere: how alike answers of two people to different items are (draws,); may be empty.
        bar: from which similarity on two answers count as the same.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        InputError: no pair is given.

    >>> found = alike(np.array([1, 1, 2]), np.array([1.0, 0.8, 0.6]), np.array([0.1, 0.1]))
    >>> round(found.mean.value, 2), round(found.beyond.value, 2)
    (0.75, 0.72)
    """
    pairs = np.asarray(similarity, np.float64)
    if not len(pairs):
        raise InputError(
            "No item has two answers.",
            expected="Agreement is seen on items that two or more people labelled.",
            todo="Raise the overlap.",
        )
    codes = np.unique(item, return_inverse=True)[1].ravel()
    many = np.bincount(codes)
    means, enough = (np.bincount(codes, of) / many for of in (pairs, pairs >= bar))
    rng = np.random.default_rng(seed)
    rows = [rng.integers(0, len(many), len(many)) for _ in range(resamples)]
    within, above = (np.array([of[some].mean() for some in rows]) for of in (means, enough))
    apart = np.asarray(elsewhere, np.float64)
    usual, chance = math.nan, np.full(resamples, math.nan)
    if len(apart):
        usual = float(apart.mean())
        chance = np.array([apart[rng.integers(0, len(apart), len(apart))].mean() for _ in range(resamples)])
    return Alike(
        mean=_share(float(means.mean()), within, len(many)),
        enough=_share(float(enough.mean()), above, len(many)),
        beyond=_share(_beyond(means.mean(), usual), _beyond(within, chance), len(many)),
        bar=bar,
    )


def _beyond(within: Floats, chance: Floats | float) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - (1 - within) / (1 - np.asarray(chance)), np.float64)


def _share(value: float | Floats, replicates: Floats, items: int) -> Share:
    known = replicates[np.isfinite(replicates)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (math.nan, math.nan)
    return Share(
        float(value), Interval(float(low), float(high), 0.95, "percentile bootstrap of items"), items
    )
