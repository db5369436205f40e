"""Learning curves: how the error falls with more rows, and how far that may be believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from milepost.errors import InputError
from milepost.statistics.arrays import Floats, Integers, Numbers, vector
from milepost.statistics.intervals import Interval

Kind = Literal["power3", "power2", "exponential", "ill-behaved"]
FORMS: tuple[Literal["power3", "power2", "exponential"], ...] = ("power3", "power2", "exponential")
FARTHEST = 4.0
"""The curve is never read beyond this multiple of the largest size measured."""
SLOWEST, FASTEST = 0.05, 2.0
"""Bounds of the exponent of a power law."""
RATES = 80


@dataclass(frozen=True)
class LearningCurve:
    """An error as a function of the number of training rows, with what is not known about it.

    Args:
        c: the error that no number of rows removes.
        a: scale of the falling part.
        b: exponent of the power law c + a·n^-b, or rate of the exponential c + a·exp(-b·n).
        kind: the form that predicted the two largest sizes best, or "ill-behaved" when the errors are
            not falling and convex: such a curve is not extended.
        sizes: the numbers of rows measured, shape (s,).
        means: mean error at each, shape (s,).
        draws: form number, c, a and b of each bootstrap refit, shape (4, resamples).
        replicates: replicates of each size, the fewest.
    """

    c: float
    a: float
    b: float
    kind: Kind
    sizes: Floats = field(repr=False, compare=False)
    means: Floats = field(repr=False, compare=False)
    draws: Floats = field(repr=False, compare=False)
    replicates: int = 10

    @property
    def farthest(self) -> float:
        """The largest number of rows for which the curve may be read."""
        return float(self.sizes[-1]) * (1.0 if self.kind == "ill-behaved" else FARTHEST)

    def _check(self, n: float) -> None:
        if n <= 0 or n > self.farthest:
            raise InputError(
                f"The curve was asked for {n:,.0f} rows.",
                expected=f"Measured up to {self.sizes[-1]:,.0f}, it may be read up to {self.farthest:,.0f}.",
                todo="The errors are not falling and convex: measure more replicates."
                if self.kind == "ill-behaved"
                else "Measure larger samples first.",
            )

    def predict(self, n: float) -> float:
        """Returns the expected error at n rows; never show it without its interval.

        Raises:
            InputError: n is beyond what may be believed (see `farthest`).
        """
        self._check(n)
        if self.kind == "ill-behaved":
            return float(np.interp(n, self.sizes, self.means))
        return self.c + self.a * float(_shape(FORMS.index(self.kind), np.array(self.b), np.array(float(n))))

    def samples(self, n: float) -> Floats:
        """Returns the error at n rows by each bootstrap refit, shape (resamples,)."""
        self._check(n)
        form, c, a, b = self.draws
        where = np.array(float(n))
        values: Floats = c + a * np.where(form == 2, _shape(2, b, where), _shape(0, b, where))
        return values

    def interval(self, n: float, level: float = 0.95) -> Interval:
        """Returns the interval of the error at n rows, by refits of resampled replicates.

        The quantiles are those of the expanded percentile bootstrap (Hesterberg 2015), which makes up
        for few replicates.
        """
        from scipy.special import ndtr, stdtrit

        tail = float(ndtr(-stdtrit(self.replicates - 1, (1 + level) / 2)))
        low, high = np.quantile(self.samples(n), [tail, 1 - tail])
        return Interval(float(low), float(high), level, "bootstrap of the replicates and of the form")


def _shape(form: int, rate: Floats, n: Floats) -> Floats:
    """The falling part at n for a rate; form 2 is the exponential, the others are power laws."""
    falling: Floats = np.exp(-rate * n) if form == 2 else n**-rate
    return falling


def _profile(form: int, sizes: Floats, errors: Floats, weight: Floats, rates: Floats) -> Floats:
    """Best c, a, b and squared error for each curve, for rates of shape (1 or curves, rates).

    For a given rate the curve is linear in c and a, so that only the rate is searched (variable
    projection, Golub & Pereyra 1973). Bounds: a >= 0, 0 <= c <= smallest error; c = 0 for form 1.
    """
    x = _shape(form, rates[:, :, None], sizes[None, None, :])
    wx, wxx = (x * weight).sum(axis=2), (x * x * weight).sum(axis=2)
    w, wy, wyy = weight.sum(), errors @ weight, (errors**2) @ weight
    wxy = np.einsum("brs,bs->br", np.broadcast_to(x, (len(errors), *x.shape[1:])), errors * weight)
    if form == 1:
        c = np.zeros_like(wxy)
    else:
        bottom = np.maximum(w * wxx - wx**2, 1e-300)
        c = (wxx * wy[:, None] - wx * wxy) / bottom
        c = np.clip(c, 0.0, np.maximum(errors.min(axis=1), 0.0)[:, None])
    a = np.maximum((wxy - c * wx) / np.maximum(wxx, 1e-300), 0.0)
    loss = wyy[:, None] - 2 * (c * wy[:, None] + a * wxy) + c**2 * w + 2 * a * c * wx + a**2 * wxx
    best = loss.argmin(axis=1)
    row = np.arange(len(errors))
    chosen = np.broadcast_to(rates, loss.shape)[row, best]
    return np.stack([c[row, best], a[row, best], chosen, loss[row, best]])


def _fit(form: int, sizes: Floats, errors: Floats, weight: Floats) -> Floats:
    """Weighted least squares of one form to many curves: errors (curves, s) -> (4, curves)."""
    low, high = (0.1 / sizes[-1], 10 / sizes[0]) if form == 2 else (SLOWEST, FASTEST)
    grid = np.geomspace(low, high, RATES)
    found = _profile(form, sizes, errors, weight, grid[None, :])
    step = np.log(grid[1] / grid[0])
    for _ in range(2):
        near = np.clip(found[2][:, None] * np.exp(np.linspace(-step, step, 21)), low, high)
        found = _profile(form, sizes, errors, weight, near)
        step /= 10
    return found


def _choose(sizes: Floats, errors: Floats, weight: Floats) -> Integers:
    """The form, by number, that predicts the two largest sizes of each curve best from the others."""
    scores = []
    for form in range(len(FORMS)):
        c, a, b, _ = _fit(form, sizes[:-2], errors[:, :-2], weight[:-2])
        ahead = c[:, None] + a[:, None] * _shape(form, b[:, None], sizes[None, -2:])
        scores.append((((errors[:, -2:] - ahead) ** 2) * weight[-2:]).sum(axis=1))
    best: Integers = np.stack(scores).argmin(axis=0)
    return best


def _fit_chosen(sizes: Floats, errors: Floats, weight: Floats) -> Floats:
    """Form, c, a and b of each curve, the form chosen on its own largest sizes; shape (4, curves)."""
    form = _choose(sizes, errors, weight)
    every = np.stack([_fit(number, sizes, errors, weight)[:3] for number in range(len(FORMS))])
    return np.vstack([form[None, :].astype(np.float64), every[form, :, np.arange(len(errors))].T])


def _convex_residual(sizes: Floats, means: Floats, error: Floats) -> tuple[Floats, float]:
    """The nearest falling convex curve through the sizes, and its weighted squared distance."""
    from scipy.optimize import nnls

    hinges = np.maximum(sizes[None, 1:] - sizes[:, None], 0.0) / (sizes[-1] - sizes[0])
    design = np.column_stack([np.ones(len(sizes)), hinges]) / error[:, None]
    weights, distance = nnls(design, means / error)
    return (design @ weights) * error, float(distance) ** 2


def well_behaved(sizes: Numbers, errors: Numbers, seed: int = 0, level: float = 0.05) -> bool:
    """Says whether errors fall and flatten with the number of rows, as far as their noise can tell.

    The distance to the nearest falling convex curve is compared with that of 200 curves simulated
    from it. About 15 % of real learning curves fail (Yan, Mohr & Viering 2025).

    Args:
        sizes: growing numbers of rows, shape (s,).
        errors: replicates of the error at each, shape (s, r), not negative.
        seed: seed of the simulation.
        level: share of well-behaved curves that may be refused.
    """
    where, table, error = _table(sizes, errors)
    means, count = np.nanmean(table, axis=1), _fewest(table)
    nearest, distance = _convex_residual(where, means, error)
    rng = np.random.default_rng(seed)
    noise = rng.standard_t(max(count - 1, 2), (200, len(where))) * error
    null = [_convex_residual(where, nearest + one, error)[1] for one in noise]
    return bool((1 + np.sum(np.array(null) >= distance)) / 201 > level)


def _fewest(table: Floats) -> int:
    return int(np.isfinite(table).sum(axis=1).min())


def _table(sizes: Numbers, errors: Numbers) -> tuple[Floats, Floats, Floats]:
    """Checked sizes, errors (s, r) and the standard error of each mean."""
    where = vector(sizes, "sizes", least=5)
    table: Floats = np.asarray(errors, dtype=np.float64)
    if table.shape[:1] != where.shape or table.ndim != 2 or table.shape[1] < 3:
        raise InputError(
            f"errors has shape {table.shape} for {len(where)} sizes.",
            expected="One row a size and three or more replicates.",
        )
    if (np.diff(where) <= 0).any() or where[0] <= 0 or np.nanmin(table) < 0:
        raise InputError("Sizes must grow from above 0 and errors may not be negative.")
    count = np.isfinite(table).sum(axis=1)
    if count.min() < 3:
        raise InputError(
            f"{where[count.argmin()]:,.0f} rows have {count.min()} replicate(s).",
            expected="Three or more each.",
        )
    spread = np.nanstd(table, axis=1, ddof=1)
    # Few replicates may agree by chance: the spread is smoothed by a power law in the number of rows.
    floor = max(0.2 * float(np.median(spread)), 1e-6 * float(np.nanmax(table)), 1e-12)
    logs, x = np.log(np.maximum(spread, floor)), np.log(where)
    smooth = np.exp(np.polyval(np.polyfit(x, logs, 1), x))
    return where, table, smooth / np.sqrt(count)


def fit_learning_curve(sizes: Numbers, errors: Numbers, resamples: int = 500, seed: int = 0) -> LearningCurve:
    """Fits how the error falls with the number of training rows.

    c + a·n^-b, a·n^-b and c + a·exp(-b·n) are fitted by weighted least squares to all but the two
    largest sizes; the one that predicts those best is chosen (Alabdulmohsin et al. 2022) and refitted
    to all. The interval repeats choice and fit on resampled replicates.

    Args:
        sizes: growing numbers of training rows, shape (s,), five or more.
        errors: error on a common test set, shape (s, r), three or more replicates; NaN for a missing one.
        resamples: number of refits.
        seed: seed of the resampling.

    Raises:
        InputError: too few sizes or replicates, or sizes that do not grow.
    """
    where, table, error = _table(sizes, errors)
    means, weight, fewest = np.nanmean(table, axis=1), 1 / error**2, _fewest(table)
    rng = np.random.default_rng(seed)
    picked = table[:, rng.integers(0, table.shape[1], (resamples, table.shape[1] - 1))]
    present = np.isfinite(picked)
    total, count = np.where(present, picked, 0.0).sum(axis=2), present.sum(axis=2)
    drawn = np.where(count > 0, total / np.maximum(count, 1), means[:, None]).T
    form, c, a, b = _fit_chosen(where, means[None, :], weight)[:, 0]
    kind: Kind = FORMS[int(form)] if well_behaved(where, table, seed) else "ill-behaved"
    return LearningCurve(
        float(c), float(a), float(b), kind, where, means, _fit_chosen(where, drawn, weight), fewest
    )
