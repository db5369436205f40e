"""Near duplicates in tables: rows of equal categories whose numbers differ by next to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from milepost.data.canonical import codes, keys
from milepost.modalities.numeric import quartiles

Ids = np.ndarray[Any, np.dtype[np.int64]]
Matrix = np.ndarray[Any, np.dtype[np.float64]]

LIMIT = 400_000
"""Above so many distinct rows only exact duplicates are looked for."""
_NEAR = 0.01
_NEIGHBOUR = 10
_QUERIES = 400
_FAR = 1e6
_WIDE = 20
_MOST_PAIRS = 5_000_000
_SAMPLE = 2_000
_SHUFFLES, _LARGE = 3, 50_000
_TELLING = 64
"""Columns that tell rows apart best, of a table of many."""


@dataclass(frozen=True)
class Groups:
    """Rows that are copies of each other.

    Args:
        ids: a group number for each row; a row without a copy is alone in its group.
        rows: how many rows have a copy.
        groups: how many groups have more than one row.
        expected: how many rows would have a copy by chance (columns shuffled within classes).
        radius: the distance, in interquartile ranges, below which rows are near copies.
        note: a sentence for the user.
    """

    ids: Ids
    rows: int
    groups: int
    expected: float
    radius: float
    note: str


@dataclass(frozen=True)
class _Table:
    """What is compared: codes of every column, scaled numbers, and which columns are numbers."""

    codes: Ids
    numbers: Matrix
    missing: Ids
    numeric: int

    def telling(self, most: int) -> _Table:
        """The columns of the most values, in their order; the table itself where it has no more."""
        if self.codes.shape[1] <= most:
            return self
        kept = np.sort(np.argsort(-self.codes.max(axis=0), kind="stable")[:most])
        numeric = kept[kept < self.numeric]
        numbers, missing = self.numbers[:, numeric], self.missing[:, numeric]
        return _Table(self.codes[:, kept], numbers, missing, len(numeric))

    def shuffled(self, classes: Ids, rng: np.random.Generator) -> _Table:
        order = np.argsort(classes, kind="stable")
        starts = np.flatnonzero(np.r_[True, np.diff(classes[order]) != 0])
        codes, numbers, missing = self.codes.copy(), self.numbers.copy(), self.missing.copy()
        for column in range(self.codes.shape[1]):
            mixed = np.empty_like(order)
            for block in np.split(order, starts[1:]):
                mixed[block] = rng.permutation(block)
            codes[:, column] = self.codes[mixed, column]
            if column < self.numeric:
                numbers[:, column] = self.numbers[mixed, column]
                missing[:, column] = self.missing[mixed, column]
        return _Table(codes, numbers, missing, self.numeric)


def near_groups(
    frame: pl.DataFrame,
    numeric: Sequence[str],
    categories: Sequence[str],
    *,
    classes: np.ndarray[Any, Any] | None = None,
    limit: int = LIMIT,
    seed: int = 0,
) -> Groups:
    """Finds exact and near duplicates and joins them into groups that must not be split.

    Numbers are scaled by their interquartile range. Two rows are near copies if all their categories and
    missing values agree and they are closer than 1 % of the median distance of a row to its nearest neighbour
    that is no copy. Where duplicates are natural (few values, few columns) chance makes copies too: groups
    are kept only if the rows that have a copy are more than three standard deviations above what shuffling
    each column within the classes yields; else every row is its own group.

    Args:
        frame: the rows; the label must not be among the columns named.
        numeric: columns of numbers, dates or moments.
        categories: all other columns that count.
        classes: class codes, shape (rows,), within which columns are shuffled; None for one class.
        limit: above so many distinct rows only exact duplicates are looked for, and the note says so.
        seed: of the shuffles and of the rows whose neighbours are measured.
    """
    rng = np.random.default_rng(seed)
    table = _table(frame, list(numeric), list(categories))
    strata = (
        np.zeros(frame.height, np.int64) if classes is None else np.unique(classes, return_inverse=True)[1]
    )
    radius, note = _radius(table, limit, rng)
    ids, complete = _components(table, radius)
    if not complete:
        radius, note = 0.0, "numbers are too dense to tell near copies; only exact ones were looked for"
        ids, _ = _components(table, radius)
    rows, groups = _count(ids)
    if not rows:
        return Groups(ids, 0, 0, 0.0, radius, note or "no row has a copy")
    expected = _by_chance(table, strata, radius, rng)
    if rows <= expected + 3 * np.sqrt(expected):
        said = f"{rows} rows have a copy, no more than chance makes ({expected:.0f}), so they are not grouped"
        return Groups(np.arange(frame.height), 0, 0, expected, radius, "; ".join(filter(None, (said, note))))
    largest = int(np.bincount(ids).max())
    said = f"{rows} rows have an exact or near copy, in {groups} groups of up to {largest} rows"
    said += f" (by chance: {expected:.0f} rows)"
    return Groups(ids, rows, groups, expected, radius, "; ".join(filter(None, (said, note))))


def _by_chance(table: _Table, classes: Ids, radius: float, rng: np.random.Generator) -> float:
    """How many rows have a copy where columns are shuffled within classes.

    Rows that are copies in all columns are copies in some of them: of many columns those of the most values
    are shuffled first, and where they make no copy, all together make none.
    """
    times = _SHUFFLES if len(classes) < _LARGE else 1
    few = table.telling(_TELLING)
    if few is not table:
        shuffles = [_components(few.shuffled(classes, rng), radius) for _ in range(times)]
        if all(complete and not _count(ids)[0] for ids, complete in shuffles):
            return 0.0
    return float(
        np.mean([_count(_components(table.shuffled(classes, rng), radius)[0])[0] for _ in range(times)])
    )


def _table(frame: pl.DataFrame, numeric: list[str], categories: list[str]) -> _Table:
    table = np.empty((len(numeric), frame.height))
    for column, name in zip(table, numeric, strict=True):
        series = frame.get_column(name)
        values = (series.to_physical() if series.dtype.is_temporal() else series).cast(pl.Float64)
        column[:] = values.to_numpy()  # what is null becomes NaN
    table[~np.isfinite(table)] = np.nan
    gone = np.isnan(table)
    missing = np.ascontiguousarray(gone.T, np.int64) if gone.any() else np.zeros(gone.T.shape, np.int64)
    for column in table:
        column[:] = _scaled(column)
    return _Table(codes(frame, [*numeric, *categories]), np.ascontiguousarray(table.T), missing, len(numeric))


def _scaled(column: Matrix) -> Matrix:
    """Median 0 and interquartile range 1 (standard deviation where that is 0); missing becomes 0.

    Beyond a million ranges only the logarithm grows on, as squared distances would overflow.
    """
    known = column[~np.isnan(column)]
    if not len(known):
        return np.zeros_like(column)
    low, middle, high = quartiles(np.sort(known))
    spread = (high - low) or float(known.std()) or 1.0
    scaled = (column - middle) / spread
    if len(known) < len(column):
        scaled[np.isnan(column)] = 0.0
    if np.abs(scaled).max() <= _FAR:
        return np.asarray(scaled, np.float64)
    scaled = np.nan_to_num(scaled, nan=0.0)
    beyond = np.log1p(np.maximum(np.abs(scaled) - _FAR, 0.0))
    return np.asarray(np.clip(scaled, -_FAR, _FAR) + np.sign(scaled) * beyond, np.float64)


def _radius(table: _Table, limit: int, rng: np.random.Generator) -> tuple[float, str]:
    """1 % of the median nearest-neighbour distance among rows without a copy, measured on a sample of rows.

    A first radius comes from the tenth neighbour, which a few copies of a row do not reach; rows with a
    neighbour within it are then left out of the median.
    """
    if not table.numeric:
        return 0.0, ""
    points = np.unique(table.numbers, axis=0)
    if len(points) > limit:
        return 0.0, f"more than {limit:,} distinct rows: near copies were not looked for, only exact ones"
    if len(points) < 3:
        return 0.0, ""
    from sklearn.neighbors import NearestNeighbors

    chosen = points[rng.permutation(len(points))[:_QUERIES]]
    way = "brute" if points.shape[1] > _WIDE else "kd_tree"
    index = NearestNeighbors(n_neighbors=min(_NEIGHBOUR + 1, len(points)), algorithm=way).fit(points)
    distances, _ = index.kneighbors(chosen)
    first = _NEAR * float(np.median(distances[:, -1]))
    alone = distances[distances[:, 1] > first, 1]
    return (_NEAR * float(np.median(alone)) if len(alone) else first), ""


def _components(table: _Table, radius: float) -> tuple[Ids, bool]:
    """Group numbers of all rows, and whether all pairs within the radius could be looked at."""
    _, first, exact = np.unique(keys(table.codes), return_index=True, return_inverse=True)
    if radius <= 0 or not table.numeric:
        return exact.astype(np.int64), True
    blocks = keys(np.hstack([table.codes[first, table.numeric :], table.missing[first]]))
    pairs = _pairs(table.numbers[first], np.unique(blocks, return_inverse=True)[1], radius)
    if pairs is None:
        return exact.astype(np.int64), False
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    shape = (len(first), len(first))
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=shape)
    _, joined = connected_components(graph, directed=False)
    return joined.astype(np.int64)[exact], True


def _pairs(points: Matrix, blocks: Ids, radius: float) -> Ids | None:
    """Pairs of one block within the radius; None where they are too many to hold.

    The block is one more coordinate, wider apart than the radius. Many columns are first projected on few
    orthogonal directions, which can only bring points closer: no pair is missed, and all are checked.
    """
    from scipy.spatial import cKDTree

    few = points
    if points.shape[1] > _WIDE:
        directions = np.random.default_rng(0).normal(size=(points.shape[1], _WIDE))
        few = points @ np.linalg.qr(directions)[0]
    few = np.column_stack([few, blocks * (4.0 * radius)])
    tree = cKDTree(few)
    sample = few[np.random.default_rng(0).permutation(len(few))[:_SAMPLE]]
    # Asking each point is far faster than query_pairs where almost no point has a neighbour.
    seen = tree.query_ball_point(sample, radius, return_length=True, workers=-1)
    if (np.mean(seen) - 1) * len(few) > _MOST_PAIRS:
        return None
    crowd = np.flatnonzero(tree.query_ball_point(few, radius, return_length=True, workers=-1) > 1)
    lists = tree.query_ball_point(few[crowd], radius, workers=-1)
    sizes = [len(found) for found in lists]
    pairs = np.column_stack([np.repeat(crowd, sizes), np.concatenate([[], *lists])]).astype(np.int64)
    far = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    return np.asarray(pairs[(far < radius) & (blocks[pairs[:, 0]] == blocks[pairs[:, 1]])], np.int64)


def _count(ids: Ids) -> tuple[int, int]:
    """How many rows have a copy, and in how many groups."""
    sizes = np.bincount(ids)
    return int(sizes[sizes > 1].sum()), int((sizes > 1).sum())
