"""Where a model is weak: a shallow tree on the losses of half of the rows finds groups, the rest test."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from milepost.statistics.distances import benjamini_hochberg
from milepost.statistics.intervals import mean_se

Array = npt.NDArray[Any]
DEPTH = 3
MOST = 40_000
RARE = 20
GAIN = 0.002
"""Share of the losses' variance that a condition has to explain, so that no needless one is told."""


@dataclass(frozen=True)
class Weak:
    """A group of rows with losses above the others'.

    Args:
        says: the group in words: "carrier is EV or MQ, and hour above 17.5".
        rows: rows of the testing half in it.
        share: their share of the testing half.
        loss: mean loss in it.
        low, high: 95 % interval of that mean.
        others: mean loss of the other rows.
        p: one-sided p-value of the difference, on rows that did not find the group.
    """

    says: str
    rows: int
    share: float
    loss: float
    low: float
    high: float
    others: float
    p: float


@dataclass(frozen=True)
class Code:
    """A column as the tree reads it.

    Args:
        values: numbers, NaN where missing; categories by their mean loss in the finding half.
        order: the categories in that order; empty for numbers.
    """

    values: Array
    order: tuple[str, ...] = ()


def weak_slices(
    columns: Mapping[str, Array], losses: Array, units: Array | None = None, seed: int = 0, q: float = 0.05
) -> tuple[Weak, ...]:
    """Returns groups whose losses are higher than the others', worst first; none where none stands the test.

    A tree of depth 3 is fitted to the losses of one half; each leaf is then tested on the other half with a
    cluster-robust t-test, and Benjamini & Hochberg's procedure takes care of their number.

    Args:
        columns: name -> values (n,): numbers, or text objects with None for missing.
        losses: a loss a row (n,).
        units: the unit of independence of each row, or None; units stay in one half.
        seed: of the halves.
        q: share of the groups told that may be no weaker.
    """
    from sklearn.tree import DecisionTreeRegressor

    rng = np.random.default_rng(seed)
    rows = len(losses)
    if rows < 400 or not columns:
        return ()
    codes = np.arange(rows) if units is None else np.unique(units, return_inverse=True)[1].ravel()
    finds = rng.permutation(int(codes.max()) + 1)[codes] % 2 == 0
    finding, testing = np.flatnonzero(finds), np.flatnonzero(~finds)
    if min(len(finding), len(testing)) < 200:
        return ()
    finding = np.sort(rng.permutation(finding)[:MOST])
    read = {name: _read(values, losses, finding) for name, values in columns.items()}
    table = np.column_stack([code.values for code in read.values()])
    clipped = np.minimum(losses[finding], np.quantile(losses[finding], 0.995))
    tree = DecisionTreeRegressor(
        max_depth=DEPTH,
        min_samples_leaf=max(50, len(finding) // 50),
        min_impurity_decrease=GAIN * float(clipped.var()),
        random_state=seed,
    )
    tree.fit(table[finding], clipped)
    leaves = tree.apply(table[testing])
    found = []
    for leaf in np.unique(leaves):
        inside = leaves == leaf
        if inside.sum() >= 50 and not inside.all():
            says = _say(tree.tree_, int(leaf), tuple(read), tuple(read.values()))
            found.append(_tested(says, losses[testing], inside, None if units is None else units[testing]))
    sure = benjamini_hochberg([w.p for w in found], q).tolist()
    kept = [w for w, real in zip(found, sure, strict=True) if real and w.loss > w.others]
    return tuple(sorted(kept, key=lambda w: -w.loss))


def _tested(says: str, losses: Array, inside: Array, units: Array | None) -> Weak:
    parts = []
    for mask in (inside, ~inside):
        groups = None if units is None else units[mask]
        if groups is not None and len(np.unique(groups)) < 10:
            groups = None
        parts.append((float(losses[mask].mean()), mean_se(losses[mask], groups)[0]))
    (mean, error), (others, more) = parts
    z = (mean - others) / max(math.hypot(error, more), 1e-300)
    return Weak(
        says=says,
        rows=int(inside.sum()),
        share=float(inside.mean()),
        loss=mean,
        low=mean - 1.96 * error,
        high=mean + 1.96 * error,
        others=others,
        p=0.5 * math.erfc(z / math.sqrt(2)),
    )


def _read(values: Array, losses: Array, finding: Array) -> Code:
    if values.dtype.kind in "fiub":
        return Code(values.astype(np.float64))
    names, codes, counts = np.unique(
        np.array(["missing" if v is None else str(v) for v in values]),
        return_inverse=True,
        return_counts=True,
    )
    here, inverse = codes.ravel()[finding], codes.ravel()
    number = np.bincount(here, minlength=len(names))
    mean = np.bincount(here, losses[finding], minlength=len(names)) / np.maximum(number, 1)
    mean = np.where(number >= RARE, mean, float(losses[finding].mean()))
    order = np.argsort(mean, kind="stable")
    rank = np.empty(len(names), dtype=np.float64)
    rank[order] = np.arange(len(names))
    told = tuple(str(names[i]) if counts[i] >= RARE else "" for i in order)
    return Code(rank[inverse], told)


def _say(tree: Any, leaf: int, names: tuple[str, ...], codes: tuple[Code, ...]) -> str:
    """The path to a leaf in words, one condition a column."""
    sides = (("left", tree.children_left), ("right", tree.children_right))
    parent = {
        int(below[n]): (n, side) for side, below in sides for n in range(tree.node_count) if below[n] > 0
    }
    bounds: dict[int, tuple[float, float]] = {}
    missing: dict[int, bool] = {}
    node = leaf
    while node in parent:
        node, side = parent[node]
        column, cut = int(tree.feature[node]), float(tree.threshold[node])
        low, high = bounds.get(column, (-math.inf, math.inf))
        bounds[column] = (low, min(high, cut)) if side == "left" else (max(low, cut), high)
        goes = bool(tree.missing_go_to_left[node]) == (side == "left")
        missing[column] = missing.get(column, True) and goes
    parts = [_condition(names[c], codes[c], bounds[c], missing[c]) for c in sorted(bounds)]
    return ", and ".join(parts) or "all rows"


def _condition(name: str, code: Code, span: tuple[float, float], missing: bool) -> str:
    low, high = span
    if code.order:
        inside = [n for i, n in enumerate(code.order) if low < i <= high and n]
        outside = [n for i, n in enumerate(code.order) if not low < i <= high and n]
        if len(inside) > 6 and len(outside) < len(inside):
            return f"{name} is not {_listed(outside)}"
        return f"{name} is {_listed(inside)}"
    known = code.values[np.isfinite(code.values)]
    also = " or missing" if missing and len(known) < len(code.values) else ""
    if len(known) and bool((known % 1 == 0).all()):
        low, high = np.floor(low) + 1, np.floor(high)
        if math.isinf(low):
            return f"{name} up to {high:.0f}{also}"
        return f"{name} from {low:.0f}{'' if math.isinf(high) else f' to {high:.0f}'}{also}"
    if math.isinf(low):
        return f"{name} up to {high:.6g}{also}"
    return (
        f"{name} above {low:.6g}{also}" if math.isinf(high) else f"{name} from {low:.6g} to {high:.6g}{also}"
    )


def _listed(names: list[str]) -> str:
    shown = names[-6:][::-1]
    more = f" or {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return ", ".join(shown) + more if shown else "rare"
