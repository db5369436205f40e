"""What to label next: four ways of picking rows, each by chance, so that every row's weight is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
SHARES: Mapping[str, float] = {"doubtful": 0.4, "weak": 0.2, "strange": 0.2, "random": 0.2}
"""Shares of the batch: close calls far apart from each other, the worst slices, outliers, and chance."""
DEEP = 10
"""Close calls are clustered out of so many times the rows wanted."""
WIDE = 5
"""Outliers are drawn out of so many times the rows wanted."""


@dataclass(frozen=True)
class Picked:
    """The rows to label next.

    Args:
        rows: row numbers, ascending.
        reasons: for each of them the ways that picked it, joined by " + ".
        chance: probability with which each of them is picked at all, in (0, 1].
    """

    rows: Array
    reasons: tuple[str, ...]
    chance: Array

    @property
    def weight(self) -> Array:
        """One over the chance: sums with it are those of the whole pool on average (Horvitz & Thompson)."""
        return np.asarray(1 / self.chance)

    @property
    def hard(self) -> Array:
        """Rows that something else than chance alone picked: they may never enter a test set."""
        return np.array([reason != "random" for reason in self.reasons], dtype=bool)


def pick(margin: Array, weak: Array, far: Array, place: Array, most: int, seed: int = 0) -> Picked:
    """Returns about `most` rows of a pool to label next.

    40 % close calls (the smallest margins, clustered, one drawn from each cluster), 20 % out of the worst
    slices, 20 % out of the rows farthest from the training rows, and 20 % out of all (Bahri et al. 2022 for
    margins; the random part keeps an unbiased stream). A way that finds nothing leaves its share to chance.
    The ways draw independently of each other; a row that two of them pick is listed once, so that fewer rows
    than asked for may come.

    Args:
        margin: how close each row's call is (rows,), the smaller the closer.
        weak: whether each row lies in a slice that is answered badly (rows,).
        far: distance of each row to the training rows (rows,).
        place: where each row lies (rows, width), for picks that differ.
        most: rows wanted.
        seed: of the draws.
    """
    rows, random = len(margin), np.random.default_rng(seed)
    want = {name: round(share * min(most, rows)) for name, share in SHARES.items()}
    draws: dict[str, tuple[Array, Array]] = {
        "doubtful": _spread(margin, place, want["doubtful"], seed),
        "weak": _even(np.flatnonzero(weak), want["weak"], rows),
        "strange": _even(np.argsort(-far, kind="stable")[: WIDE * want["strange"]], want["strange"], rows),
    }
    taken = sum(float(chance.sum()) for chance, _ in draws.values())
    draws["random"] = _even(np.arange(rows), max(want["random"], round(min(most, rows) - taken)), rows)
    missed = np.ones(rows)
    names: list[list[str]] = [[] for _ in range(rows)]
    for name, (chance, cells) in draws.items():
        missed = missed * (1 - chance)
        for cell in np.unique(cells[cells >= 0]):
            inside = np.flatnonzero(cells == cell)
            number = round(float(chance[inside].sum()))
            for row in random.choice(inside, number, replace=False):
                names[row].append(name)
    found = np.array([row for row in range(rows) if names[row]], dtype=np.int64)
    reasons = tuple(" + ".join(names[row]) for row in found)
    return Picked(found, reasons, (1 - missed)[found])


def _even(inside: Array, number: int, rows: int) -> tuple[Array, Array]:
    """An even draw of some rows out of those inside: each row's chance, and one cell that holds them."""
    chance, cells = np.zeros(rows), np.full(rows, -1)
    if len(inside) and number:
        chance[inside] = min(1.0, number / len(inside))
        cells[inside] = 0
    return chance, cells


def _spread(margin: Array, place: Array, number: int, seed: int) -> tuple[Array, Array]:
    """One row out of each cluster of the close calls: each row's chance, and its cluster."""
    from sklearn.cluster import KMeans

    chance, cells = np.zeros(len(margin)), np.full(len(margin), -1)
    close = np.argsort(margin, kind="stable")[: DEEP * number]
    if not number or not len(close):
        return chance, cells
    distinct = len(np.unique(place[close], axis=0))
    found = KMeans(min(number, distinct), n_init=1, random_state=seed).fit_predict(place[close])
    cells[close] = found
    chance[close] = 1 / np.bincount(found)[found]
    return chance, cells
