"""Weights that make rows count as production or a population would: density ratios, raking, cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Integers
from milepost.statistics.prior import (
    Bbse,
    LabelShift,
    bbse,
    estimate_label_shift,
    prior_correction,
    saerens_em,
)

__all__ = [
    "Bbse",
    "LabelShift",
    "Weights",
    "bbse",
    "density_ratio_weights",
    "design_effect",
    "estimate_label_shift",
    "kish",
    "post_stratification",
    "prior_correction",
    "raking",
    "saerens_em",
]


@dataclass(frozen=True)
class Weights:
    """Weights of rows, of mean 1, and what they cost.

    Args:
        values: one weight a row (n,).
        ess: effective sample size: so many equal rows say as much (Kish 1965).
        clipped: share of the rows whose weight was cut.
        correctable: false when so few rows stand for production that weights cannot repair the difference;
            rows have to be collected there.
        says: one sentence.
    """

    values: Floats
    ess: float
    clipped: float
    correctable: bool
    says: str


def kish(weights: npt.ArrayLike) -> float:
    """Returns the effective sample size (sum of weights)² / sum of squared weights.

    >>> kish([1.0, 1.0, 1.0]), kish([1.0, 0.0, 0.0])
    (3.0, 1.0)
    """
    w = np.asarray(weights, dtype=np.float64)
    return float(w.sum() ** 2 / (w**2).sum()) if (w > 0).any() else 0.0


def design_effect(weights: npt.ArrayLike) -> float:
    """Returns by how much weighting inflates variances: n over the effective sample size.

    >>> design_effect([2.0, 2.0])
    1.0
    """
    w = np.asarray(weights, dtype=np.float64)
    return len(w) / kish(w) if (w > 0).any() else float("inf")


def density_ratio_weights(
    p_domain: npt.ArrayLike, n0: int, n1: int, *, quantile: float = 0.99, auc: float | None = None
) -> Weights:
    """Returns weights that let rows of the first sample stand for the second, under covariate shift.

    p / (1 - p) · n0 / n1, cut at a quantile, with mean 1. Use them to estimate a metric on production,
    always; to train only when the effective sample size stays above a fifth of the rows (Shimodaira 2000;
    Byrd & Lipton 2019).

    Args:
        p_domain: calibrated out-of-fold probability that a row of the first sample is of the second (n,).
        n0: rows of the first sample that the classifier saw.
        n1: rows of the second.
        quantile: weights above it are cut to it.
        auc: of the classifier, if known: above .95 weights are not trusted.

    Raises:
        InputError: a probability lies outside [0, 1], or a sample is empty.

    >>> density_ratio_weights([0.5, 0.5], 10, 10).values.tolist()
    [1.0, 1.0]
    """
    p = np.asarray(p_domain, dtype=np.float64)
    if len(p) == 0 or n0 < 1 or n1 < 1 or not ((p >= 0) & (p <= 1)).all():
        raise InputError(
            f"no weights from {len(p)} probabilities and samples of {n0} and {n1} rows.",
            expected="Probabilities between 0 and 1, and rows in both samples.",
        )
    inside = np.clip(p, 1e-6, 1 - 1e-6)
    raw = inside / (1 - inside) * (n0 / n1)
    most = float(np.quantile(raw, quantile))
    values = np.minimum(raw, most)
    values = values / values.mean()
    ess = kish(values)
    share = ess / len(values)
    correctable = not (share < 0.05 or (auc is not None and auc > 0.95))
    if not correctable:
        says = (
            "production lies where there are hardly any rows: weights cannot correct it, collect rows there."
        )
    else:
        usable = (
            "and may be tried in training" if share > 0.2 else "good for estimating, too few for training"
        )
        says = f"weighted, {len(values):,} rows say as much as {ess:,.0f} of production, {usable}."
    return Weights(np.asarray(values), ess, float((raw > most).mean()), correctable, says)


def raking(
    margins: Sequence[tuple[npt.ArrayLike, Mapping[Any, float]]],
    *,
    initial: npt.ArrayLike | None = None,
    trim: tuple[float, float] | None = (0.2, 5.0),
    tolerance: float = 1e-12,
    rounds: int = 1000,
) -> Weights:
    """Returns weights that give rows the known margins of a population (iterative proportional fitting).

    The odds ratios of the sample stay. Margins repair only a bias that they explain: report a metric with and
    without weights.

    Args:
        margins: for each margin the value of each row (n,) and the target share of each value.
        initial: weights to start from (n,), such as inverse sampling rates.
        trim: weights are kept within these multiples of their mean, at the price of the margins' exactness;
            None leaves them.
        tolerance: stop when no weight changes by more than this share.
        rounds: at most.

    Raises:
        InputError: a target is missing or without rows, or the margins contradict each other.

    >>> rows = np.array(["a", "a", "a", "b"])
    >>> raking([(rows, {"a": 0.5, "b": 0.5})]).values.round(3).tolist()
    [0.667, 0.667, 0.667, 2.0]
    """
    coded = [_margin(values, targets) for values, targets in margins]
    if not coded:
        raise InputError("there is no margin to rake to.", expected="At least one.")
    rows = len(coded[0][0])
    w = np.ones(rows) if initial is None else np.asarray(initial, dtype=np.float64).copy()
    w /= w.sum()
    for _ in range(rounds):
        before = w.copy()
        for place, target in coded:
            w *= (target / np.bincount(place, weights=w, minlength=len(target)))[place]
        if np.abs(w / before - 1).max() <= tolerance:
            break
    worst = max(float(np.abs(np.bincount(c, w, len(t)) - t).max()) for c, t in coded)
    if worst > 1e-6:
        raise InputError(
            f"the margins contradict each other: one is missed by {100 * worst:.2f} % after up to {rounds} "
            "rounds.",
            todo="Check the shares, or use fewer margins.",
        )
    return _trimmed(w / w.mean(), trim)


def post_stratification(cells: npt.ArrayLike, targets: Mapping[Any, float], *, least: int = 20) -> Weights:
    """Returns weights that give each cell of a full cross-classification its known share.

    Raises:
        InputError: a cell has fewer than `least` rows (rake to the margins then), or its share is not given.

    >>> rows = np.repeat(["a", "b"], [30, 90])
    >>> post_stratification(rows, {"a": 0.5, "b": 0.5}).values[[0, -1]].round(3).tolist()
    [2.0, 0.667]
    """
    place, target = _margin(cells, targets)
    count = np.bincount(place, minlength=len(target))
    if count.min() < least:
        name = sorted(targets, key=str)[int(count.argmin())]
        raise InputError(
            f"the cell '{name}' has {count.min()} rows.",
            expected=f"At least {least} rows a cell.",
            todo="Rake to the margins instead, or merge cells.",
        )
    w = (target / (count / count.sum()))[place]
    return _trimmed(w / w.mean(), None)


def _margin(values: npt.ArrayLike, targets: Mapping[Any, float]) -> tuple[Integers, Floats]:
    """Codes of each row and the share of each code, which sum to 1."""
    names = sorted(targets, key=str)
    index = {str(name): number for number, name in enumerate(names)}
    texts = np.asarray(values).astype(str)
    found, inverse = np.unique(texts, return_inverse=True)
    unknown = [text for text in found if text not in index]
    empty = [name for name in names if str(name) not in set(found) and targets[name] > 0]
    if unknown or empty:
        what = f"no target share for '{unknown[0]}'" if unknown else f"no row for '{empty[0]}'"
        raise InputError(f"{what}.", expected="A share for each value of the rows, and rows for each share.")
    shares = np.array([targets[name] for name in names], dtype=np.float64)
    if (shares <= 0).any():
        raise InputError("a target share is 0 or negative.", expected="Positive shares; leave such rows out.")
    place = np.array([index[text] for text in found], dtype=np.int64)[inverse]
    return place, np.asarray(shares / shares.sum())


def _trimmed(w: Floats, trim: tuple[float, float] | None) -> Weights:
    cut = np.clip(w, *trim) if trim is not None else w
    values = np.asarray(cut / cut.mean())
    ess = kish(values)
    says = (
        f"weighted, {len(values):,} rows say as much as {ess:,.0f} (design effect {len(values) / ess:.2f})."
    )
    return Weights(values, ess, float((cut != w).mean()), ess / len(values) >= 0.05, says)
