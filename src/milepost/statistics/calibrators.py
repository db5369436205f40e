"""Calibrators: maps that make probabilities happen as often as they say, with plain parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from milepost.errors import InputError
from milepost.statistics.arrays import Floats

Form: TypeAlias = tuple[Any, ...]

EDGE = 1e-7
"""Probabilities are kept this far from 0 and 1: single precision cannot tell closer ones apart."""
CELL = 0.02
"""Tables have at most one knot per this much logit, so that rounding of scores is not blown up by a jump."""


@dataclass(frozen=True)
class Calibrator:
    """A fitted map from probabilities to probabilities, with plain parameters that a graph can be built from.

    Args:
        name: "identity", "temperature", "platt", "beta", "isotonic" or "venn_abers".
        form: ("identity",): p. ("affine_logit", slope, intercept): sigmoid(slope logit(p) + intercept).
            ("beta", a, b, c): sigmoid(a log(p) - b log(1 - p) + c). ("table", x, y): linear between
            the knots, flat outside. ("softmax", slope): softmax(slope log(p)) over classes, where further
            numbers, one a class, are added to slope log(p). In all but the first p is clipped to
            [1e-7, 1 - 1e-7] before.

    >>> Calibrator("platt", ("affine_logit", 1.0, 0.0))([0.25]).round(3).tolist()
    [0.25]
    """

    name: str
    form: Form

    def __call__(self, p: npt.ArrayLike) -> Floats:
        """Returns calibrated probabilities, shaped like p: (n,) of class 1, or (n, k) whose rows sum to 1."""
        given = np.asarray(p, dtype=np.float64)
        kind, *parameters = self.form
        if kind == "identity":
            return given
        inside = np.clip(given, EDGE, 1 - EDGE)
        if kind == "affine_logit":
            return sigmoid(parameters[0] * logit(inside) + parameters[1])
        if kind == "beta":
            a, b, c = parameters
            return sigmoid(a * np.log(inside) - b * np.log1p(-inside) + c)
        if kind == "table":
            return np.asarray(np.interp(inside, parameters[0], parameters[1]), dtype=np.float64)
        scaled = parameters[0] * np.log(inside) + np.asarray(parameters[1:] or 0.0)
        odds = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)


IDENTITY = Calibrator("identity", ("identity",))

Fit: TypeAlias = Callable[[Floats, npt.NDArray[Any], Floats], Calibrator]


def sigmoid(x: npt.ArrayLike) -> Floats:
    """Returns 1 / (1 + exp(-x)) without overflow."""
    from scipy.special import expit

    return np.asarray(expit(np.asarray(x, dtype=np.float64)), dtype=np.float64)


def logit(p: npt.ArrayLike) -> Floats:
    """Returns log(p / (1 - p)) of probabilities kept off 0 and 1.

    >>> logit([0.5, 1.0]).round(1).tolist()
    [0.0, 16.1]
    """
    inside = np.clip(np.asarray(p, dtype=np.float64), EDGE, 1 - EDGE)
    return np.asarray(np.log(inside) - np.log1p(-inside), dtype=np.float64)


def logistic(features: Floats, y: Floats, weight: Floats) -> Floats:
    """Returns the coefficients (d,) of a weighted logistic regression on features (n, d), by Newton's method.

    A ridge of 1e-4 of one row keeps them finite where the classes are separated.
    """
    beta = np.zeros(features.shape[1])
    ridge = 1e-4 * np.eye(len(beta))

    def loss(at: Floats) -> float:
        z = features @ at
        return float(weight @ (np.logaddexp(0, z) - y * z) + 0.5 * at @ ridge @ at)

    now = loss(beta)
    for _ in range(100):
        p = sigmoid(features @ beta)
        gradient = features.T @ (weight * (p - y)) + ridge @ beta
        curvature = (features * (weight * p * (1 - p))[:, None]).T @ features + ridge
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while (then := loss(beta - size * step)) > now and size > 1e-6:
            size /= 2
        beta = beta - size * step
        if now - then <= 1e-10 * (1 + abs(now)):
            break
        now = then
    return np.asarray(beta, dtype=np.float64)


def smoothed(y: npt.NDArray[Any], weight: Floats, classes: int = 2) -> Floats:
    """Returns targets (classes,) of the true class's probability: (n + 1) / (n + k) for a class of n rows.

    Where the rows separate the classes, a fit on 0 and 1 claims certainty that so few rows cannot show
    (Platt 1999).

    >>> smoothed(np.array([0, 0, 0, 1]), np.ones(4)).round(2).tolist()
    [0.8, 0.67]
    """
    count = np.bincount(y, weights=weight / weight.mean(), minlength=classes)
    return np.asarray((count + 1) / (count + classes), dtype=np.float64)


def _targets(y: npt.NDArray[Any], weight: Floats) -> Floats:
    """Smoothed targets (n,) of class 1."""
    low, high = smoothed(y, weight)
    return np.asarray(np.where(y == 1, high, 1 - low), dtype=np.float64)


def fit_identity(p: Floats, y: npt.NDArray[Any], weight: Floats) -> Calibrator:  # noqa: ARG001
    """Leaves probabilities as they are."""
    return IDENTITY


def fit_temperature(p: Floats, y: npt.NDArray[Any], weight: Floats) -> Calibrator:
    """Divides logits (n,), or log probabilities (n, k), by one temperature (Guo et al. 2017)."""
    if p.ndim == 1:
        slope = float(logistic(logit(p)[:, None], _targets(y, weight), weight)[0])
        return Calibrator("temperature", ("affine_logit", max(slope, 0.0), 0.0))
    from scipy.optimize import minimize_scalar

    rows, classes = np.arange(len(y)), p.shape[1]
    sure = smoothed(y, weight, classes)[y]
    target = np.repeat(((1 - sure) / (classes - 1))[:, None], classes, axis=1)
    target[rows, y] = sure

    def loss(size: float) -> float:
        scaled = Calibrator("temperature", ("softmax", float(np.exp(size))))(p)
        return float(weight @ -(target * np.log(np.clip(scaled, EDGE, 1))).sum(axis=1))

    best = minimize_scalar(loss, bounds=(np.log(0.02), np.log(50.0)), method="bounded")
    return Calibrator("temperature", ("softmax", float(np.exp(best.x))))


def fit_platt(p: Floats, y: npt.NDArray[Any], weight: Floats) -> Calibrator:
    """Fits a slope and an intercept on the logit (Platt 1999); a negative slope becomes 0."""
    truth, one = _targets(y, weight), np.ones(len(p))
    slope, intercept = logistic(np.column_stack([logit(p), one]), truth, weight)
    if slope < 0:
        slope, intercept = 0.0, logistic(one[:, None], truth, weight)[0]
    return Calibrator("platt", ("affine_logit", float(slope), float(intercept)))


def fit_beta(p: Floats, y: npt.NDArray[Any], weight: Floats) -> Calibrator:
    """Fits beta calibration (Kull, Silva Filho & Flach 2017); a negative slope is left out and refitted."""
    inside = np.clip(p, EDGE, 1 - EDGE)
    sides, truth = [np.log(inside), -np.log1p(-inside)], y.astype(np.float64)
    used, slopes = [0, 1], np.zeros(2)
    while used:
        found = logistic(np.column_stack([*(sides[j] for j in used), np.ones(len(p))]), truth, weight)
        if (found[:-1] >= 0).all():
            slopes[used] = found[:-1]
            return Calibrator("beta", ("beta", float(slopes[0]), float(slopes[1]), float(found[-1])))
        used.remove(used[int(np.argmin(found[:-1]))])
    return Calibrator("beta", ("beta", 0.0, 0.0, fit_platt(np.full(len(p), 0.5), y, weight).form[2]))


def _cells(p: Floats, y: npt.NDArray[Any], weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Scores rounded to a grid of the logit: knots, the mean of y and the weight at each."""
    cells, place = np.unique(np.round(logit(p) / CELL), return_inverse=True)
    mass = np.bincount(place, weights=weight)
    mean = np.bincount(place, weights=weight * y) / np.where(mass > 0, mass, 1)
    return sigmoid(cells[mass > 0] * CELL), mean[mass > 0], mass[mass > 0].astype(np.float64)


def _table(name: str, x: Floats, y: Floats) -> Calibrator:
    """A table without the knots that lie on the line between their neighbours."""
    kept = np.ones(len(x), dtype=np.bool_)
    if len(x) > 2:
        same = np.isclose(y[1:-1], y[:-2], rtol=0, atol=1e-12) & np.isclose(
            y[1:-1], y[2:], rtol=0, atol=1e-12
        )
        kept[1:-1] = ~same
    return Calibrator(name, ("table", tuple(x[kept].tolist()), tuple(y[kept].tolist())))


def fit_isotonic(p: Floats, y: npt.NDArray[Any], weight: Floats) -> Calibrator:
    """Fits the best non-decreasing function of the score, linear between knots (Zadrozny & Elkan 2002)."""
    from scipy.optimize import isotonic_regression

    knots, mean, mass = _cells(p, y, weight)
    return _table("isotonic", knots, isotonic_regression(mean, weights=mass).x)


def venn_abers(p: Floats, y: npt.NDArray[Any], weight: Floats | None = None) -> tuple[Floats, Floats, Floats]:
    """Returns knots and the two probabilities [p0, p1] of each: inductive Venn-Abers prediction.

    At each knot isotonic regression is fitted with the knot itself added as a 0 (giving p0) and as a 1 (p1).
    One of the two is calibrated whatever the distribution, if rows are exchangeable (Vovk, Petej & Fedorova
    2015). Scores are rounded to a grid of .02 logits first, which keeps that guarantee.

    Args:
        p: out-of-fold probabilities of class 1 (n,).
        y: 0/1 (n,).
        weight: of rows; the added one has the mean weight.
    """
    from scipy.optimize import isotonic_regression

    weights = np.ones(len(p)) if weight is None else weight
    knots, mean, mass = _cells(p, y, weights)
    extra = float(weights.mean())
    bounds = np.empty((2, len(knots)))
    for label in (0, 1):
        for j in range(len(knots)):
            heavier, moved = mass.copy(), mean.copy()
            heavier[j] += extra
            moved[j] = (mean[j] * mass[j] + label * extra) / heavier[j]
            bounds[label, j] = isotonic_regression(moved, weights=heavier).x[j]
    return knots, bounds[0], bounds[1]


def fit_venn_abers(p: Floats, y: npt.NDArray[Any], weight: Floats) -> Calibrator:
    """Fits Venn-Abers prediction merged to one probability, p1 / (1 - p0 + p1), linear between knots."""
    knots, low, high = venn_abers(p, y, weight)
    return _table("venn_abers", knots, high / (1 - low + high))


FITS: dict[str, tuple[Fit, int]] = {
    "identity": (fit_identity, 0),
    "temperature": (fit_temperature, 1),
    "platt": (fit_platt, 2),
    "beta": (fit_beta, 3),
    "venn_abers": (fit_venn_abers, 50),
    "isotonic": (fit_isotonic, 100),
}
"""Candidate -> how to fit it, and its parameters (of the two tables: a rank of their freedom)."""


def calibrate(
    name: str, p: npt.ArrayLike, y: npt.ArrayLike, weight: npt.ArrayLike | None = None
) -> Calibrator:
    """Fits one calibrator on out-of-fold probabilities (n,) of class 1, or (n, k), and true codes (n,).

    Raises:
        InputError: the candidate is unknown or not for several classes, or lengths differ.

    >>> calibrate("temperature", [0.9, 0.9, 0.1, 0.1], [1, 0, 0, 1]).form[1] < 0.1
    True
    """
    given, truth = np.asarray(p, dtype=np.float64), np.asarray(y).astype(np.int64)
    weights = np.ones(len(truth)) if weight is None else np.asarray(weight, dtype=np.float64)
    if not len(given) == len(truth) == len(weights) > 0:
        raise InputError(
            f"{len(given)} probabilities, {len(truth)} truths and {len(weights)} weights.",
            expected="As many of each, and at least one.",
        )
    if name not in FITS or (given.ndim == 2 and name not in ("identity", "temperature")):
        raise InputError(f"'{name}' cannot calibrate probabilities shaped {given.shape}.")
    return FITS[name][0](given, truth, weights)
