"""Linear scores of the target from the n-grams of a text, for models made for tables."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
import polars as pl

from milepost.digest import digest_bytes
from milepost.graphs.bag import Terms, emit_bag
from milepost.graphs.builder import Builder
from milepost.graphs.ngrams import emit_hashes
from milepost.modalities.base import Array, Fitted, Vectorizer, View, text
from milepost.modalities.doors import encode
from milepost.modalities.grams import LONGEST, Weights, store
from milepost.modalities.prose import NAMES, Scale

OUTPUTS = 8
"""At most so many targets have a score: the ones that vary most."""
GRID = (0.3, 1.0, 3.0, 10.0)
"""Strengths of the ridge that are compared."""
SAMPLE = 5_000
"""Rows on which they are compared."""
STEPS = 20
KEPT = 64
"""Solutions that are kept: all views of the same rows have the same scores."""


@dataclass(frozen=True, eq=False)
class Scoring:
    """Ridge scores of the target.

    Args:
        terms: the n-grams.
        columns: which targets they are of.
        mean, sd: of those targets over training rows: scores are in standard deviations.
        ridge: the strength.
        slope: float32 (terms, scores).
        intercept: float64 (scores,).
    """

    terms: Terms
    columns: Array
    mean: Array
    sd: Array
    ridge: float
    slope: Array
    intercept: Array


@dataclass(frozen=True, eq=False)
class TextFitted(Fitted):
    """Scores of the target and plain numbers of a text.

    Args:
        features: their names, scores first.
        scoring: how scores are made.
        plain: how plain numbers are scaled.
    """

    features: tuple[str, ...]
    scoring: Scoring
    plain: Scale

    def emit(self, builder: Builder, raw: tuple[str, ...]) -> str:
        scoring = self.scoring
        bag = emit_bag(builder, emit_hashes(builder, raw[0], LONGEST), scoring.terms)
        score = builder.node("Add", bag.dot(builder, scoring.slope), builder.const(scoring.intercept[None]))
        parts = builder.cast(score, "float"), self.plain.emit(builder, raw[0])
        return builder.node("Concat", *parts, axis=1)

    def shortcut(self, columns: pl.DataFrame) -> Array:
        """Scores and plain numbers, bit by bit as the graph has them."""
        texts = encoded(columns.to_series())
        weights = store.rows([one[:LONGEST] for one in texts]).weigh(self.scoring.terms)
        score = (weights.dot(self.scoring.slope) + self.scoring.intercept).astype(np.float32)
        return np.concatenate([score, self.plain.of(texts)], axis=1)


@dataclass(frozen=True)
class TextVectorizer(Vectorizer):
    """Learns scores of the target from n-grams; their training features are made out of fold.

    N-grams of two training rows or more count, at most 100,000, weighted as in TF-IDF with sublinear counts;
    ridge regression of the targets by conjugate gradients, whose strength is chosen on a fifth of at most
    5,000 rows. Statistics of other rows keep n-grams, weights and strength.

    Args:
        name: the column.
        view: "trees" leaves plain numbers as they are, other views standardise them.
        uses_target: always true.
    """

    name: str
    view: View
    uses_target: bool = True

    def fit(self, columns: pl.DataFrame, target: Array | None, weight: Array | None) -> Fitted:
        texts = encoded(columns[self.name])
        rows = store.rows([one[:LONGEST] for one in texts])
        plain = Scale.fit(texts, self.view)
        terms = rows.terms()
        if target is None:
            zero = np.zeros(1)
            slope = np.zeros((len(terms.keys), 1), np.float32)
            scoring = Scoring(terms, np.array([0]), zero, zero + 1, 1.0, slope, zero)
            return TextFitted(self._names((f"{self.name} score",)), scoring, plain)
        wide = target[:, None] if target.ndim == 1 else target
        chosen = np.sort(np.argsort(-wide.var(0), kind="stable")[:OUTPUTS])
        names = tuple(
            f"{self.name} score {place + 1}" if len(chosen) > 1 else f"{self.name} score" for place in chosen
        )
        mean, sd = wide[:, chosen].mean(0), np.maximum(wide[:, chosen].std(0), 1e-9)
        key = _key(texts, (wide[:, chosen], weight, terms.keys, terms.idf))

        def solved() -> Scoring:
            goal = (wide[:, chosen] - mean) / sd
            weights = rows.weigh(terms)
            ridge = _strength(weights, goal, weight)
            return Scoring(terms, chosen, mean, sd, ridge, *solve(weights, goal, weight, ridge))

        return TextFitted(self._names(names), _remembered(key, solved), plain)

    def refit(
        self, fitted: Fitted, columns: pl.DataFrame, target: Array | None, weight: Array | None
    ) -> Fitted:
        """Learns the scores anew from other rows, with the n-grams, targets and strength of `fitted`."""
        if not isinstance(fitted, TextFitted) or target is None:
            return fitted
        texts, scoring = encoded(columns[self.name]), fitted.scoring
        wide = target[:, None] if target.ndim == 1 else target
        goal = (wide[:, scoring.columns] - scoring.mean) / scoring.sd
        key = _key(texts, (goal, weight, scoring.terms.keys, scoring.terms.idf, np.array(scoring.ridge)))

        def solved() -> Scoring:
            weights = store.rows([one[:LONGEST] for one in texts]).weigh(scoring.terms)
            slope, intercept = solve(weights, goal, weight, scoring.ridge)
            return replace(scoring, slope=slope, intercept=intercept)

        return replace(fitted, scoring=_remembered(key, solved))

    def _names(self, scores: tuple[str, ...]) -> tuple[str, ...]:
        return (*scores, *plain_names(self.name))


def plain_names(name: str) -> tuple[str, ...]:
    """The names of a text's plain numbers."""
    return tuple(f"{name} {one}" for one in NAMES)


def encoded(column: pl.Series) -> list[bytes]:
    """UTF-8 of texts as it enters a graph, missing ones empty."""
    return [encode(one) for one in text(column).fill_null("")]


def solve(weights: Weights, goal: Array, weight: Array | None, ridge: float) -> tuple[Array, Array]:
    """Ridge regression on sparse rows by conjugate gradients (Hestenes & Stiefel 1952).

    Minimises the weighted squared error + ridge * |slope|^2 with weights of mean 1.

    Args:
        weights: the rows.
        goal: targets (rows, outputs).
        weight: row weights or None.
        ridge: the strength.

    Returns:
        slope float32 (terms, outputs), intercept float64 (outputs,).
    """
    x = weights.matrix
    mass = (
        np.ones(x.shape[0]) if weight is None or not weight.sum() else weight * (len(weight) / weight.sum())
    )
    mass = mass.astype(np.float32)
    share = mass / max(float(mass.sum()), 1e-12)
    back = weights.back
    middle, level = back @ share, share @ goal
    rest = (mass[:, None] * (goal - level)).astype(np.float32)

    def hessian(slope: Array) -> Array:
        away = mass[:, None] * (x @ slope - middle @ slope)
        return np.asarray(back @ away - middle[:, None] * away.sum(0) + ridge * slope)

    slope = np.zeros((x.shape[1], goal.shape[1]), np.float32)
    left = np.asarray(back @ rest - middle[:, None] * rest.sum(0), np.float32)
    path, size = left.copy(), (left**2).sum(0)
    begun = np.maximum(size, 1e-20)
    for _ in range(STEPS):
        bent = hessian(path)
        pace = size / np.maximum((path * bent).sum(0), 1e-20)
        slope += pace * path
        left -= pace * bent
        new = (left**2).sum(0)
        if bool((new <= 1e-5 * begun).all()):
            break
        path = left + (new / np.maximum(size, 1e-20)) * path
        size = new
    return slope.astype(np.float32), np.asarray(level - middle @ slope, np.float64)


def _strength(weights: Weights, goal: Array, weight: Array | None) -> float:
    """The strength with the least squared error on every fifth of at most 5,000 rows."""
    count = len(goal)
    chosen = np.random.default_rng(0).permutation(count)[:SAMPLE]
    held = np.arange(len(chosen)) % 5 == 0
    if held.sum() < 5:
        return 1.0
    parts = [_part(weights, chosen[side]) for side in (~held, held)]
    masses = [None if weight is None else weight[chosen[side]] for side in (~held, held)]
    errors = []
    for ridge in GRID:
        slope, intercept = solve(parts[0], goal[chosen[~held]], masses[0], ridge)
        gap = parts[1].matrix @ slope + intercept - goal[chosen[held]]
        heavy = masses[1] if masses[1] is not None and masses[1].sum() else None
        errors.append(float(np.average((gap**2).sum(1), weights=heavy)))
    return GRID[int(np.argmin(errors))]


def _part(weights: Weights, rows: Array) -> Weights:
    """Some rows of sparse weights."""
    few = weights.matrix[rows].tocoo()
    return Weights(few.row, few.col, few.data, len(rows), weights.terms)


_kept: OrderedDict[str, Scoring] = OrderedDict()
_guard = Lock()


def _key(texts: list[bytes], arrays: tuple[Array | None, ...]) -> str:
    parts = [b"" if one is None else np.ascontiguousarray(one).tobytes() for one in arrays]
    sizes = np.array([len(one) for one in texts], np.int64).tobytes()
    return digest_bytes(b"|".join([*(digest_bytes(p).encode() for p in (*parts, sizes)), b"".join(texts)]))


def _remembered(key: str, solved: Callable[[], Scoring]) -> Scoring:
    with _guard:
        if key in _kept:
            return _kept[key]
    found = solved()
    with _guard:
        _kept[key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found
