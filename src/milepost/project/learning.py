"""The learning curve before the road has one: a quick model on ever more labels, judged on others."""

from __future__ import annotations

from typing import Any

import numpy as np

from milepost.labels.labels import Labels
from milepost.project.guess import Known, known, regression
from milepost.steps.buys import Buys, Measured, buys, of_road
from milepost.steps.labelled import QUEUE, SEAL
from milepost.steps.team import Team
from milepost.steps.together import KEY
from milepost.steps.whereabouts import places
from milepost.steps.work import Work

Array = np.ndarray[Any, Any]
LEAST, SIZES, DRAWS, FOLDS = 60, 6, 5, 5
"""Labels below which nothing is fitted; sizes; draws a size, each judged on a fold of its own; folds."""


def worth(work: Work, labels: Labels, team: Team) -> Buys | None:
    """What more labels buy beside more tuning; None while there are too few labels for a curve.

    By the curve that `overfit` measured, or, before the road got there, by a quick model's.

    Args:
        work: work of `collect`.
        labels: the project's labels.
        team: what people have done.
    """
    measured = of_road(work)
    if measured is None:
        have = known(work, labels)
        measured = curve(have, units(work, have))
    return None if measured is None else buys(work, team, measured)


def units(work: Work, have: Known) -> Array:
    """The unit of each labelled row (rows,): copies of each other, or rows of one group, share one."""
    last = work.ledger.rows.last(SEAL, QUEUE)
    frame = work.blobs.get_frame(last.body["frame"]) if last else None
    unit = dict(zip(frame[KEY], frame["unit"], strict=True)) if frame is not None else {}
    return np.unique([unit.get(key, key) for key in have.keys], return_inverse=True)[1]


def curve(have: Known, units: Array, seed: int = 0) -> Measured | None:
    """The share of wrong answers of a logistic regression against labels; None with fewer than 60.

    Every draw is judged on a fifth of the units that had no part in it.

    Args:
        have: rows with a label.
        units: the unit of each (rows,).
        seed: of the draws.
    """
    names, codes = np.unique(np.array(have.ids, dtype=str), return_inverse=True)
    if len(codes) < LEAST or len(names) < 2:
        return None
    place, rng = places(have.rows), np.random.default_rng(seed)
    fold = (rng.permutation(units.max() + 1) % FOLDS)[units]
    whole = min(int((fold != at).sum()) for at in range(FOLDS))
    sizes = np.unique(np.geomspace(max(2 * len(names), whole // 20, 10), whole, SIZES).astype(int))
    losses: list[tuple[float, ...]] = []
    for size in sizes:
        drawn = []
        for draw in range(DRAWS):
            rows, test = rng.permutation(np.flatnonzero(fold != draw)), np.flatnonzero(fold == draw)
            rows = rows[:size]
            drawn.append(_error(place, codes, rows, test))
        losses.append(tuple(drawn))
    return Measured(
        tuple(int(size) for size in sizes), tuple(losses), "share of wrong answers",
        f"a quick model's, refitted {DRAWS} times a size and judged on labels that it had not learnt from",
    )  # fmt: skip


def _error(place: Array, codes: Array, rows: Array, test: Array) -> float:
    if len(np.unique(codes[rows])) < 2:
        return float((codes[test] != codes[rows][0]).mean())
    return float((regression(place[rows], codes[rows]).predict(place[test]) != codes[test]).mean())
