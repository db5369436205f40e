"""Columns that say what another column says already, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from milepost.statistics.univariate import Array, factorize, missing_mask

Why: TypeAlias = Literal["constant", "duplicate", "affine", "renamed", "monotone"]
Mask = npt.NDArray[np.bool_]

ALIKE = 0.98
MAX_ROWS = 50_000


@dataclass(frozen=True)
class Redundant:
    """A column that adds nothing, or little, to an earlier one.

    Args:
        name: the column.
        of: the earlier column; "" for a constant.
        why: "constant", "duplicate" (equal), "affine" (a scaled and shifted copy), "renamed" (the same
            categories under other names) or "monotone" (rank correlation beyond .98; only worth a mention).
    """

    name: str
    of: str
    why: Why


def redundant(columns: Mapping[str, Array], *, seed: int = 0) -> tuple[Redundant, ...]:
    """Returns the columns that repeat an earlier one, each with the closest relation to the earliest.

    At most 50,000 rows are read, drawn with the seed. Missing values have to be missing in both.

    Args:
        columns: name -> values (n,), in the table's order.

    >>> x = np.arange(6.0)
    >>> [(r.name, r.of, r.why) for r in redundant({"km": x, "m": 1000 * x, "one": np.ones(6)})]
    [('m', 'km', 'affine'), ('one', '', 'constant')]
    """
    if not columns:
        return ()
    rows = len(next(iter(columns.values())))
    if rows > MAX_ROWS:
        kept = np.sort(np.random.default_rng(seed).choice(rows, MAX_ROWS, replace=False))
        columns = {name: values[kept] for name, values in columns.items()}
    found: dict[str, Redundant] = {}
    alive: dict[str, tuple[Array, Mask]] = {}
    for name, values in columns.items():
        missing = missing_mask(values)
        if len(factorize(values, missing)[0]) + bool(missing.any()) <= 1:
            found[name] = Redundant(name, "", "constant")
        else:
            alive[name] = (values, missing)
    _same_partition(alive, found)
    _correlated(alive, found)
    return tuple(found[name] for name in columns if name in found)


def _same_partition(alive: Mapping[str, tuple[Array, Mask]], found: dict[str, Redundant]) -> None:
    """Columns that part the rows in the same way: equal, affine or renamed."""
    seen: dict[bytes, str] = {}
    for name, (values, missing) in alive.items():
        distinct, codes = factorize(values, missing)
        if len(distinct) > 0.5 * len(values):  # any two columns of distinct values part rows alike
            key = _content(values)
        else:
            key = _first_seen(codes, len(distinct)).tobytes()
        first = seen.setdefault(key, name)
        if first == name:
            continue
        other, gaps = alive[first]
        if np.array_equal(values[~missing], other[~gaps]):
            found[name] = Redundant(name, first, "duplicate")
        elif _numeric(values) and _numeric(other) and _affine(values[~missing], other[~gaps]):
            found[name] = Redundant(name, first, "affine")
        else:
            found[name] = Redundant(name, first, "renamed")


def _first_seen(codes: npt.NDArray[np.int64], distinct: int) -> npt.NDArray[np.int64]:
    """Codes renumbered by first appearance, which equal partitions share."""
    _, first = np.unique(codes[codes >= 0], return_index=True)
    rank = np.empty(distinct + 1, dtype=np.int64)
    rank[np.argsort(first)] = np.arange(distinct)
    rank[-1] = -1
    return np.asarray(rank[codes])


def _content(values: Array) -> bytes:
    return "\0".join(map(str, values)).encode() if values.dtype.kind == "O" else values.tobytes()


def _numeric(x: Array) -> bool:
    return x.dtype.kind in "fiu"


def _affine(a: Array, b: Array) -> bool:
    return len(a) > 2 and abs(float(np.corrcoef(a.astype(np.float64), b.astype(np.float64))[0, 1])) > 1 - 1e-9


def _correlated(alive: Mapping[str, tuple[Array, Mask]], found: dict[str, Redundant]) -> None:
    """Numbers with the same gaps whose values or ranks correlate almost perfectly."""
    from scipy.stats import rankdata

    groups: dict[bytes, list[str]] = {}
    for name, (values, missing) in alive.items():
        if _numeric(values) and name not in found and (~missing).sum() > 2:
            groups.setdefault(missing.tobytes(), []).append(name)
    for names in groups.values():
        present = ~alive[names[0]][1]
        table = np.array([alive[name][0][present].astype(np.float64) for name in names])
        if len(names) < 2:
            continue
        straight = np.abs(np.corrcoef(table))
        ranked = np.abs(np.corrcoef(rankdata(table, axis=1)))
        for later in range(1, len(names)):
            for earlier in range(later):
                if straight[later, earlier] > 1 - 1e-9:
                    found[names[later]] = Redundant(names[later], names[earlier], "affine")
                    break
                if ranked[later, earlier] > ALIKE and names[later] not in found:
                    found[names[later]] = Redundant(names[later], names[earlier], "monotone")
