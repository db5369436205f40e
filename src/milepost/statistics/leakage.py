"""Signs that a column knows the answer: too good alone, empty with the target, in row order, a pure rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from milepost.statistics.univariate import MAX_ROWS, Array, Univariate, factorize, missing_mask

Severity: TypeAlias = Literal["block", "ask", "inform"]
Mask = npt.NDArray[np.bool_]

EXTREME = 4.0
NARROWEST = 0.01
COPY = 0.999
SHARE_OF_LIFT = 0.5
HELD = 10
"""So many of the strongest columns are held against a model without them, each a fit."""


@dataclass(frozen=True)
class Leak:
    """One column's evidence of knowing the answer.

    Args:
        name: the column.
        severity: "block" (it was written with the answer), "ask" (strong evidence), "inform" (one weak sign).
        signs: the detectors that fired.
        score: the column's score alone.
        z: robust distance of that score from the other columns' scores.
        says: the evidence in one sentence.
    """

    name: str
    severity: Severity
    signs: tuple[str, ...]
    score: float
    z: float
    says: str


def robust_z(scores: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Returns (score - median) / (1.4826 MAD), the spread being at least .01 of a score.

    The floor keeps a column of .56 from standing out among columns of pure noise.

    >>> robust_z([0.5, 0.52, 0.54, 0.9]).round(1).tolist()
    [-1.0, -0.3, 0.3, 12.5]
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.size == 0:
        return values
    middle = np.median(values)
    spread = max(1.4826 * float(np.median(np.abs(values - middle))), NARROWEST)
    return np.asarray((values - middle) / spread)


@dataclass(frozen=True)
class Model:
    """What all columns together reach, to hold single columns against.

    Args:
        full: score of the model with all columns.
        baseline: score of no knowledge: .5 for an AUC, 0 for a share of variance.
        se: standard error of the scores.
        without: column -> score of the model without it, as a mapping or a function that fits it; a function
            is called only for columns that stand out alone; None means not known.
    """

    full: float
    baseline: float
    se: float
    without: Mapping[str, float] | Callable[[str], float | None]

    def leaving(self, name: str) -> float | None:
        """Returns the score of the model without a column, if known."""
        return self.without(name) if callable(self.without) else self.without.get(name)


def flag_leaks(scores: Mapping[str, float], model: Model | None = None) -> dict[str, Leak]:
    """Returns the columns that are too good to be true, the most suspicious first.

    Signs: "stands out" (robust z above 4), "copy" (a score above .999), "beats the rest" (alone better than
    all other columns together, less one standard error) and "carries the model" (without it more than half of
    the lift over the baseline is gone). Two signs, or a copy, ask; one informs. Never a reason to drop a
    column silently: an honest column can be strong, and only its owner knows when it is written.

    Args:
        scores: column -> its score alone, 1 at best (`univariate_score`).
        model: scores of all columns together, against which the ten strongest columns are held; without it
            only the first two signs are seen.

    >>> [*flag_leaks({"a": 0.52, "b": 0.55, "c": 0.6, "d": 0.58, "paid": 0.9995})]
    ['paid']
    """
    names = list(scores)
    found, strongest = {}, set(sorted(names, key=lambda name: -scores[name])[:HELD])
    for name, z in zip(names, robust_z([scores[n] for n in names]), strict=True):
        signs, says = _signs(name, scores[name], float(z), model if name in strongest else None)
        if signs:
            severity: Severity = "ask" if len(signs) > 1 or "copy" in signs else "inform"
            found[name] = Leak(name, severity, signs, scores[name], float(z), says)
    worst = sorted(found.values(), key=lambda leak: (leak.severity != "ask", -leak.score))
    return {leak.name: leak for leak in worst}


def _signs(name: str, score: float, z: float, model: Model | None) -> tuple[tuple[str, ...], str]:
    signs, parts = [], []
    if score > COPY:
        signs.append("copy")
        parts.append(f"alone it gives the answer almost always (score {score:.4f})")
    if z > EXTREME:
        signs.append("stands out")
        parts.append(f"alone it scores {score:.3f}, {z:.1f} times the usual spread above the other columns")
    worth = model is not None and (z > EXTREME / 2 or score > model.full - 2 * model.se)
    without = model.leaving(name) if model is not None and worth else None
    if model is not None and without is not None:
        if score > without - model.se and score > model.baseline + 2 * model.se:
            signs.append("beats the rest")
            parts.append(f"alone it scores {score:.3f}, all other columns together {without:.3f}")
        lift = model.full - model.baseline
        if lift > 2 * model.se and model.full - without > SHARE_OF_LIFT * lift:
            signs.append("carries the model")
            gone = 100 * (model.full - without) / lift
            parts.append(f"without it {gone:.0f} % of what the model gains over no model is gone")
    return tuple(signs), f"'{name}': " + "; ".join(parts) + "."


def null_with_target(
    column: Mask, target: Mask, *, share: float = 0.8, elsewhere: float = 0.001, least: int = 10
) -> float | None:
    """Returns the share of rows without target that lack the column too, if it is written with the answer.

    A column that is missing where the target is missing (in at least `share` of those rows, and `least` of
    them) and almost nowhere else (at most `elsewhere` of the others) comes into being together with the
    answer: it does not exist when the prediction is made. None when it does not look so.

    Args:
        column: where the column is missing (n,).
        target: where the target, or the raw column the target is made of, is missing (n,).

    >>> cancelled = np.arange(1000) < 40
    >>> null_with_target(cancelled, cancelled)
    1.0
    """
    without, with_target = int(target.sum()), int((~target).sum())
    if without < least or with_target < least:
        return None
    shared = float(column[target].mean())
    return shared if shared >= share and float(column[~target].mean()) <= elsewhere else None


def missingness_score(x: Array, target: Univariate) -> float:
    """Scores how well it predicts the target that a value is missing: the AUC (or share) of `isna`."""
    return target.score(missing_mask(x))


def format_score(x: Array, target: Univariate) -> float:
    """Scores how well the way a value is written predicts the target: its length, or a number's decimals."""
    return target.score(_shape(x))


def row_order_score(y: Array, task: str, *, seed: int = 0) -> float:
    """Scores how well the place of a row in the file predicts the target."""
    return Univariate(y, task, seed=seed).score(np.arange(len(y), dtype=np.float64))


def _shape(x: Array) -> Array:
    if x.dtype.kind in "OUS":
        return np.fromiter((-1 if v is None else len(str(v)) for v in x), dtype=np.int64, count=len(x))
    if x.dtype.kind != "f":
        return np.zeros(len(x), dtype=np.int64)
    decimals = np.full(len(x), -1, dtype=np.int64)
    finite = np.isfinite(x)
    left = finite.copy()
    for places in range(7):
        if not left.any():
            break
        scaled = x * 10.0**places
        exact = left & (np.abs(scaled - np.round(np.where(finite, scaled, 0))) <= 1e-9 * np.abs(scaled))
        decimals[exact] = places
        left &= ~exact
    decimals[left] = 7
    return decimals


@dataclass(frozen=True)
class Identifier:
    """How much a column looks like a name of rows.

    Args:
        unique: distinct values by present values.
        monotone: values only rise or only fall with the row number.
        hashed: texts of one length made of hexadecimal digits.
        grouping: each value names a group of rows (between 1 and 90 of 100 values are distinct).
        flagged: it names rows, and would be a leak of time or source if it predicts.
    """

    unique: float
    monotone: bool
    hashed: bool
    grouping: bool
    flagged: bool


def identifier(x: Array) -> Identifier:
    """Looks for a name of rows: distinct beyond 95 of 100 and no fraction, in row order, or hash-like.

    >>> identifier(np.arange(100)).flagged, identifier(np.tile([1, 2], 50)).flagged
    (True, False)
    """
    missing = missing_mask(x)
    values, codes = factorize(x, missing)
    present = codes[codes >= 0]
    if len(present) < 2:
        return Identifier(0.0, False, False, False, False)
    unique = len(values) / len(present)
    steps = np.diff(present)
    monotone = len(values) > 20 and unique > 0.5 and bool((steps >= 0).all() or (steps <= 0).all())
    texts = [str(value) for value in values[:200]] if x.dtype.kind in "OUS" else []
    hashed = len(texts) > 20 and _hash_like(texts)
    whole = x.dtype.kind != "f" or bool((x[~missing] == np.round(x[~missing])).all())
    grouping = whole and 0.01 <= unique <= 0.9 and len(values) > 20
    named = len(present) >= 20 and unique > 0.95 and x.dtype.kind != "f"
    return Identifier(unique, monotone, hashed, grouping, bool(named or monotone or hashed))


def _hash_like(texts: list[str]) -> bool:
    plain = [text.replace("-", "").lower() for text in texts]
    digits = set("0123456789abcdef")
    return (
        len({len(text) for text in plain}) == 1
        and len(plain[0]) >= 8
        and all(set(text) <= digits for text in plain)
        and any(set(text) & set("abcdef") for text in plain)
    )


@dataclass(frozen=True)
class Rule:
    """A nearly deterministic rule on one column.

    Args:
        low: smallest value (or the category) of the rows it speaks of.
        high: largest value.
        rows: rows it speaks of.
        purity: the share of them that are of class `code`.
        support: the share of that class they are.
        code: the class.
    """

    low: Any
    high: Any
    rows: int
    purity: float
    support: float
    code: int


def pure_rule(x: Array, y: Array, *, code: int = 1, least: int = 30) -> Rule | None:
    """Returns a leaf of a depth-2 tree on one column that holds one class only, or None.

    Purity above .999, more than 5 % of the class and at least `least` rows; a weak sign on its own.
    At most 50,000 rows are read.

    Args:
        x: the column; categories are ordered by their share of the class first.
        y: class codes (n,).
        code: the class looked for.
    """
    from sklearn.tree import DecisionTreeClassifier

    if len(x) > MAX_ROWS:
        kept = np.random.default_rng(0).choice(len(x), MAX_ROWS, replace=False)
        x, y = x[kept], y[kept]
    values, codes = factorize(x, missing_mask(x))
    present, truth = codes[codes >= 0], (y == code)[codes >= 0]
    if len(present) < 2 * least or not truth.any() or truth.all():
        return None
    order = np.arange(len(values), dtype=np.float64)
    if x.dtype.kind in "OUSb":
        order = np.bincount(present, weights=truth) / np.bincount(present)
    place = order[present]
    tree = DecisionTreeClassifier(max_depth=2, min_samples_leaf=least, random_state=0)
    leaves = tree.fit(place[:, None], truth).apply(place[:, None])
    for leaf in np.unique(leaves):
        inside = leaves == leaf
        purity, support = float(truth[inside].mean()), float(truth[inside].sum() / truth.sum())
        if purity > COPY and support > 0.05:
            held = values[np.unique(present[inside])]
            return Rule(held[0], held[-1], int(inside.sum()), purity, support, code)
    return None
