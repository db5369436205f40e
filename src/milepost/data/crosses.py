"""Which columns are worth taking together, and which whole numbers are names: chosen on residuals."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from milepost.data.schema import Column, Field
from milepost.digest import Digest, digest, digest_bytes
from milepost.modalities.base import Array, Facts, View
from milepost.modalities.cross import LEAST
from milepost.modalities.distinct import distinct
from milepost.modalities.statistics import FEW, LEVELS, OUTPUTS, even, prior_rows, smoothed, sums, two

MOST = 4
"""Combinations of columns that are made at most."""
WIDEST = 16
"""Columns of which pairs are looked at, those that say most alone first."""
SAMPLE = 20_000
"""Rows on which the choice is made at most."""
KEPT = 64
"""Choices that are remembered: views and steps ask for the same rows again."""
BROAD, VALUES = 500, 4_000_000
"""Columns beyond which none is made, and rows times columns times targets that are looked at, at most: what
each column says is held once a fold."""
FEWEST = 500
"""Rows below which none is made."""
SURE = 4.0
"""Standard errors by which the squared loss must fall out of fold; a hundred pairs are tried at once."""
GAIN = 0.001
"""The share of what is left to explain that a key must explain."""
BINS = 16
Pair = tuple[Column, Column]
Between = tuple[Array, Array, Array]
Coded = tuple[Array, Between | None]
AROUND = 2
"""How often means of what is left are taken by each column."""
NUMBERS = {"int", "float"}
_found: OrderedDict[Digest, tuple[tuple[Found, ...], tuple[Found, ...]]] = OrderedDict()


@dataclass(frozen=True)
class Found:
    """A key that says more than its parts.

    Args:
        columns: the raw columns.
        gain: by how much of what single columns leave unexplained it lowers the squared loss, out of fold.
        z: that gain in standard errors.
    """

    columns: tuple[Column, ...]
    gain: float
    z: float

    @property
    def field(self) -> Field:
        """The field that it becomes."""
        return Field(" x ".join(column.name for column in self.columns), "category", self.columns)


@dataclass(frozen=True)
class _Rows:
    """What the choice is made on: the target (rows, k), weights with mean 1, and the fold of each row.

    What is left of the target is kept once a fold, as a model says that saw nothing of the fold: were one
    row's answer in another's residual, the means of rare keys would tell it with the wrong sign.
    """

    target: Array
    weight: Array
    fold: Array

    @property
    def folds(self) -> list[Array]:
        """The rows of each fold, bool (rows,)."""
        return [self.fold == at for at in np.unique(self.fold)]

    def means(self, codes: Array, between: Between | None = None) -> list[Array]:
        """Means of the target by code, (rows, k) a fold: for its own rows of all others, for each other fold
        of the rest; for numbers between those of two bins."""
        low, high, far = between or (codes, codes, np.zeros(len(codes)))
        size, inside = int(codes.max()) + 1, self.folds
        each = [sums(codes[part], size, self.target[part], self.weight[part]) for part in inside]
        every = [np.sum([one[i] for one in each], axis=0) for i in range(3)]
        result = []
        for at, part in enumerate(inside):
            mass, first, second = (whole - own for whole, own in zip(every, each[at], strict=True))
            prior, rows = first.sum(0) / max(float(mass.sum()), 1e-12), prior_rows(mass, first, second)
            means = np.empty(self.target.shape)
            table = smoothed(mass, first, prior, rows)
            means[part] = _between(table, low[part], high[part], far[part])
            for other, its in enumerate(inside):
                if other != at:
                    table = smoothed(mass - each[other][0], first - each[other][1], prior, rows)
                    means[its] = _between(table, low[its], high[its], far[its])
            result.append(means)
        return result

    def residuals(self, said: list[list[Array]], columns: list[Coded]) -> list[Array]:
        """What an additive model leaves of the target, (rows, k) a fold.

        A ridge regression on the columns' means, then, as columns overlap, means of what it leaves by column,
        twice around (backfitting: Buja, Hastie & Tibshirani 1989).
        """
        root, left = np.sqrt(self.weight), []
        for at, part in enumerate(self.folds):
            rest, others = np.empty(self.target.shape), ~part
            for output in range(self.target.shape[1]):
                x = np.column_stack([np.ones(len(rest)), *(means[at][:, output] for means in said)])
                a, y = x[others] * root[others, None], self.target[:, output]
                gram = a.T @ a
                ridge = np.eye(len(gram)) * 1e-3 * max(float(np.trace(gram)) / len(gram), 1e-12)
                rest[:, output] = y - x @ np.linalg.solve(gram + ridge, a.T @ (y[others] * root[others]))
            for codes, between in columns * AROUND:
                rest = self._after(codes, rest, part, between)
            left.append(rest)
        return left

    def _after(self, codes: Array, rest: Array, part: Array, between: Between | None = None) -> Array:
        """What means by code, of the rows outside a fold, leave."""
        size = int(codes.max()) + 1
        mass, first, second = sums(codes[~part], size, rest[~part], self.weight[~part])
        prior, rows = first.sum(0) / max(float(mass.sum()), 1e-12), prior_rows(mass, first, second)
        table = smoothed(mass, first, prior, rows) - prior
        return np.asarray(rest - (table[codes] if between is None else _between(table, *between)))

    def gain(self, codes: Array, left: list[Array]) -> tuple[float, float]:
        """What a key explains of what is left: the share, and its z."""
        fell = np.empty(len(codes))
        for part, rest, after in zip(self.folds, left, self.remains(codes, left), strict=True):
            unit = np.maximum((self.weight[part, None] * rest[part] ** 2).mean(0), 1e-12)
            fell[part] = self.weight[part] * ((rest[part] ** 2 - after[part] ** 2) / unit).mean(1)
        error = max(float(fell.std() / np.sqrt(len(fell))), 1e-12)
        return float(fell.mean()), float(fell.mean()) / error

    def remains(self, codes: Array, left: list[Array]) -> Iterator[Array]:
        """What a key leaves of what is left, (rows, k) a fold."""
        return (self._after(codes, rest, part) for part, rest in zip(self.folds, left, strict=True))


def crossed(
    frame: pl.DataFrame,
    fields: Sequence[Field],
    facts: Mapping[str, Facts],
    given: tuple[Array, Array | None, Array],
    view: View = "trees",
) -> tuple[Found, ...]:
    """Returns the keys that lower the squared loss out of fold beyond what single columns say.

    First an additive model of all columns, each by out-of-fold means of the target (numbers in 16 bins). On
    what it leaves, whole numbers are tried as names, then pairs of names, of which the surest is taken, and
    so on up to four. A key must explain 0.1 % of what is left and be sure by four standard errors. At most
    20,000 rows are looked at. For trees both columns of a pair have more than 12 values, as a few are split
    by trees themselves; for other learners one of them.

    Args:
        frame: training rows.
        fields: the fields of the recipe.
        facts: what is known of each column.
        given: the target (rows,) or (rows, k), row weights or None, and the inner fold of each row.
        view: for what kind of learner.
    """
    target, weight, fold = given
    target = two(target)
    broad = sum(len(field.columns) for field in fields)
    most = min(SAMPLE, VALUES // max(1, broad * min(OUTPUTS, target.shape[1])))
    if min(len(frame), most) < FEWEST or broad > BROAD:
        return ()
    names = [f.columns[0] for f in fields if f.modality == "category" and facts[f.names[0]].distinct > 1]
    whole = [f.columns[0] for f in fields if _may_name(f, facts[f.names[0]])]
    if len(names) + len(whole) < 2 and not whole:
        return ()
    if len(frame) > most:
        some = np.sort(np.random.default_rng(0).permutation(len(frame))[:most])
        frame, target, fold = frame[some], target[some], fold[some]
        weight = None if weight is None else weight[some]
    numbers = [c for f in fields for c in f.columns if c.dtype in NUMBERS]
    parts = [[column.name for column in part] for part in (names, whole, numbers)]
    looked = frame.select({name: 0 for part in parts for name in part}.keys())
    said = (parts, [facts[column.name].distinct for column in (*names, *whole)])
    arrays = (looked.hash_rows().to_numpy(), target, fold, *(() if weight is None else (weight,)))
    key = digest(*said, *(digest_bytes(np.ascontiguousarray(array).tobytes()) for array in arrays))
    if key not in _found:
        _found[key] = _look(frame, (names, whole, numbers), facts, (target, weight, fold))
        while len(_found) > KEPT:
            _found.popitem(last=False)
    return _found[key][view == "trees"]


def _look(
    frame: pl.DataFrame,
    columns: tuple[list[Column], list[Column], list[Column]],
    facts: Mapping[str, Facts],
    given: tuple[Array, Array | None, Array],
) -> tuple[tuple[Found, ...], tuple[Found, ...]]:
    """The keys for other learners, and those for trees; columns: names, whole numbers, all numbers."""
    (names, whole, numbers), (target, weight, fold) = columns, given
    target = target[:, np.argsort(-target.var(0), kind="stable")[:OUTPUTS]]
    heavy = even(weight)
    rows = _Rows(target, np.ones(len(target)) if heavy is None else heavy, fold)
    codes = {c.name: distinct(frame[c.name])[0] for c in (*names, *whole)}
    said = {c.name: rows.means(codes[c.name]) for c in names}
    bins = [_bins(frame[c.name]) for c in numbers]
    curves = [rows.means(*one) for one in bins]
    single: list[Coded] = [*bins, *((codes[c.name], None) for c in names)]
    left = rows.residuals([*said.values(), *curves], single)
    ids = []
    for column in whole:
        share, z = rows.gain(_often(codes[column.name]), left)
        if share > GAIN and z > SURE:
            ids.append(Found((column,), share, z))
            said[column.name] = rows.means(codes[column.name])
            single.append((codes[column.name], None))
    if ids:
        left = rows.residuals([*said.values(), *curves], single)
    every = [*names, *(one.columns[0] for one in ids)]
    telling = sorted(every, key=lambda column: -float(said[column.name][0].var()))[:WIDEST]
    many = {column.name for column in every if facts[column.name].distinct > FEW["trees"]}
    pairs = list(combinations([column for column in every if column in telling], 2))
    keys = {(a, b): _often(_key(codes[a.name], codes[b.name])) for a, b in pairs if {a.name, b.name} & many}
    tried = {pair: rows.gain(key, left) for pair, key in keys.items()}
    of_trees = {(a, b): z for (a, b), z in tried.items() if {a.name, b.name} <= many}
    return (*ids, *_pairs(rows, keys, tried, left)), (*ids, *_pairs(rows, keys, of_trees, left))


def _pairs(
    rows: _Rows, keys: Mapping[Pair, Array], tried: Mapping[Pair, tuple[float, float]], left: list[Array]
) -> list[Found]:
    """The surest pair of those tried, then the surest on what it leaves, and so on."""
    found: list[Found] = []
    while tried:
        best = max(tried, key=lambda pair: tried[pair][1])
        share, z = tried[best]
        if share <= GAIN or z <= SURE:
            break
        found.append(Found(best, share, z))
        hopeful = [pair for pair, (_, z) in tried.items() if pair != best and z > SURE / 2]
        if len(found) == MOST or not hopeful:
            break
        left = list(rows.remains(keys[best], left))
        tried = {pair: rows.gain(keys[pair], left) for pair in hopeful}
    return found


def _may_name(field: Field, facts: Facts) -> bool:
    """Whether a field holds whole numbers that come again and again."""
    if field.modality != "number" or facts.dtype != "int" or facts.low is None or facts.high is None:
        return False
    if any(column.monotone for column in field.columns):
        return False
    known = facts.rows - facts.missing
    return FEW["trees"] < facts.distinct <= min(LEVELS, known / LEAST) and max(-facts.low, facts.high) < 2**53


def _key(first: Array, second: Array) -> Array:
    return np.asarray(first.astype(np.int64) * (int(second.max()) + 1) + second)


def _often(keys: Array) -> Array:
    """Keys as codes 1, 2, ...; all that have a single row are 0, as in the table that is made of them."""
    _, codes, counts = np.unique(keys, return_inverse=True, return_counts=True)
    often = counts >= LEAST
    return np.asarray(np.where(often, np.cumsum(often), 0)[codes.ravel()])


def _bins(column: pl.Series) -> tuple[Array, Between]:
    """Quantile bins of numbers, int (rows,), a bin of its own for what is missing, and which two lie about a
    number: a curve within bins must not look as if each number were a name."""
    values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
    known = values[np.isfinite(values)]
    edges = np.unique(np.quantile(known, np.arange(1, BINS) / BINS)) if len(known) else np.zeros(0)
    gone = np.isnan(values)
    codes = np.where(gone, len(edges) + 1, np.searchsorted(edges, values))
    mass = np.bincount(codes, np.isfinite(values), len(edges) + 2)[:-1]
    total = np.bincount(codes, np.where(np.isfinite(values), values, 0.0), len(edges) + 2)[:-1]
    full = np.flatnonzero(mass)
    if len(full) < 2:
        return codes, (codes, codes, np.zeros(len(codes)))
    middle = total[full] / mass[full]
    at = np.clip(np.searchsorted(middle, values), 1, len(middle) - 1)
    far = np.clip((values - middle[at - 1]) / (middle[at] - middle[at - 1]), 0.0, 1.0)
    low, high = np.where(gone, codes, full[at - 1]), np.where(gone, codes, full[at])
    return codes, (low, high, np.where(gone, 0.0, far))


def _between(table: Array, low: Array, high: Array, far: Array) -> Array:
    return np.asarray(table[low] * (1 - far[:, None]) + table[high] * far[:, None])
