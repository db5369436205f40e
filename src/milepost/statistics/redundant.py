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
    parted: dict[bytes, str] = {}
    for name, values in columns.items():
        missing = missing_mask(values)
        distinct, codes = factorize(values, missing)
        if len(distinct) + bool(missing.any()) <= 1:
            found[name] = Redundant(name, "", "constant")
            continue
        alive[name] = (values, missing)
        if len(distinct) > 0.5 * len(values):  # any two columns of distinct values part rows alike
            key = _content(values)
        else:
            key = _first_seen(codes, len(distinct)).tobytes()
        first = parted.setdefault(key, name)
        if first != name:
            found[name] = Redundant(name, first, _alike(*alive[name], *alive[first]))
    _correlated(alive, found)
    return tuple(found[name] for name in columns if name in found)


def _alike(values: Array, missing: Mask, other: Array, gaps: Mask) -> Why:
    """How columns go together that part the rows in the same way."""
    if np.array_equal(values[~missing], other[~gaps]):
        return "duplicate"
    numeric = _numeric(values) and _numeric(other)
    return "affine" if numeric and _affine(values[~missing], other[~gaps]) else "renamed"


def _first_seen(codes: npt.NDArray[np.int64], distinct: int) -> npt.NDArray[np.int64]:
    """Codes renumbered by first appearance, which equal partitions share."""
    known = codes[codes >= 0]
    first = np.empty(distinct, dtype=np.int64)
    first[known[::-1]] = np.arange(len(known))[::-1]  # of several rows the last one written stays
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
        ranked = np.tril(np.abs(np.corrcoef(rankdata(table, axis=1))) > ALIKE, -1)
        straight = np.tril(np.abs(np.corrcoef(table)) > 1 - 1e-9, -1)
        kinds: tuple[tuple[npt.NDArray[np.bool_], Why], ...] = ((ranked, "monotone"), (straight, "affine"))
        for close, why in kinds:
            for later in np.flatnonzero(close.any(axis=1)):
                found[names[later]] = Redundant(names[later], names[int(close[later].argmax())], why)
