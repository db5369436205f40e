"""Learns the order in which a learner's configurations are tried, from predictions on many tables.

    python benchmarks/portfolio.py fit INDEX.json RESULTS.db [--sizes 600 3000] [--drop titanic.alive ...]
    python benchmarks/portfolio.py learn RESULTS.db [--learner lightgbm] [--steps 8]

`fit` trains random configurations of each learner's space, and those of today's portfolio, on one holdout of
each table of the index (see `tables.py`), on one thread, and keeps losses, seconds of the processor and
validation predictions in a file; it may be stopped and goes on where it was. `learn` finds greedily the order
that lowers most what a user has: the mean of the best loss so far and of a blend's loss, whose weights one
half of the validation rows chooses and the other half judges, normalised by table, weighted by what a
configuration costs. It is held against today's order on tables that it did not learn from.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from holdouts import DRAWN, fit, today

from milepost.tasks.base import Task, tasks

Array = np.ndarray[Any, Any]
SHARES = (0.0, 0.1, 0.2, 0.35, 0.5)
"""Shares that a new member may take of a blend."""


@dataclass(frozen=True)
class Place:
    """The configurations of one learner on one holdout.

    Args:
        table: the table's name.
        rows: training rows that were asked for.
        losses: validation loss of each configuration (configurations,), normalised.
        costs: seconds of each by those of a mean one.
        halves: per-row losses of blends are taken on one half, then on the other.
        task, truth, shown: the task, the truth (rows,) and predictions (configurations, rows[, classes]).
        beside: the prediction of other learners' first configurations, blended, or None.
        best, scale: what normalises a loss: (loss - best) / scale.
    """

    table: str
    rows: int
    losses: Array
    costs: Array
    task: Task
    truth: Array
    shown: Array
    beside: Array | None
    best: float
    scale: float

    def normal(self, loss: float) -> float:
        """A loss by the best and the median configuration: 0 and 1; no more than 2."""
        return min(2.0, (loss - self.best) / self.scale)

    def start(self) -> list[Array | None]:
        """The blend before the first configuration, for each half."""
        return [self.beside, self.beside]

    def add(self, blends: Sequence[Array | None], number: int) -> tuple[list[Array | None], float]:
        """The blends with a further member: one half of the rows chooses its share, the other judges."""
        new, total = self.shown[number], 0.0
        found: list[Array | None] = []
        for half, blend in enumerate(blends):
            mine, other = slice(half, None, 2), slice(1 - half, None, 2)
            mixes = [new] if blend is None else [(1 - share) * blend + share * new for share in SHARES]
            chosen = min(mixes, key=lambda mix: float(self.task.losses(self.truth[mine], mix[mine]).mean()))
            total += float(self.task.losses(self.truth[other], chosen[other]).mean()) / 2
            found.append(chosen)
        return found, self.normal(total)


def load(base: sqlite3.Connection, learner: str, asked: Sequence[str]) -> list[Place]:
    """The holdouts on which every configuration has ended."""
    found = []
    for name, naive, told, blob in base.execute("select * from places").fetchall():
        plain = json.loads(told)
        task = tasks[plain["name"]].of(plain["plain"])
        truth = np.frombuffer(blob)
        truth = truth.astype(np.int64) if task.labels else truth[:, None]
        rows = base.execute(
            "select learner, asked, loss, seconds, prediction from fits where place=?", (name,)
        )
        seen: dict[str, dict[str, Any]] = {}
        for of, params, *rest in rows:
            shape = (len(truth),) if task.family == "binary" else (len(truth), -1)
            seen.setdefault(of, {})[params] = (*rest[:2], np.frombuffer(rest[2], np.float32).reshape(shape))
        own = seen.get(learner, {})
        if any(params not in own for params in asked):
            continue
        losses, costs = (np.array([own[params][i] for params in asked]) for i in (0, 1))
        first = [next(iter(some.values()))[2] for of, some in seen.items() if of != learner]
        best, scale = losses.min(), max(np.median(losses) - losses.min(), 0.005 * (naive - losses.min()))
        table, size = name.split("/")
        found.append(
            Place(
                table, int(size), (losses - best) / scale, costs / costs.mean(), task, truth,
                np.stack([own[params][2] for params in asked]).astype(np.float64),
                np.mean(first, axis=0, dtype=np.float64) if first else None, best, scale,
            )
        )  # fmt: skip
    return found


def greedy(places: Sequence[Place], steps: int) -> list[int]:
    """The order in which each next configuration lowers the mean loss most for its cost.

    Greedy by gain over cost keeps the area under the curve of an anytime search within a factor of four of
    the least (Streeter & Golovin 2008). To its cost comes as much again as a mean one takes, as each has to
    be prepared, corrected for and refitted.
    """
    blends = [place.start() for place in places]
    least, now = np.full(len(places), 2.0), np.full(len(places), 2.0)
    order: list[int] = []
    for _ in range(steps):
        rated = []
        for number in set(range(len(places[0].losses))) - set(order):
            mixed = np.array([p.add(b, number)[1] for p, b in zip(places, blends, strict=True)])
            single = np.minimum(least, [p.losses[number] for p in places])
            cost = float(np.mean([p.costs[number] for p in places]))
            rated.append((float((now - (mixed + single) / 2).mean()) / (1 + cost), -number, number))
        number = max(rated)[2]
        order.append(number)
        parts = [p.add(b, number) for p, b in zip(places, blends, strict=True)]
        blends, mixed = [part[0] for part in parts], np.array([part[1] for part in parts])
        least = np.minimum(least, [p.losses[number] for p in places])
        now = (mixed + least) / 2
    return order


def curve(place: Place, order: Sequence[int]) -> tuple[Array, Array, Array]:
    """Costs up to, best loss after, and blend's loss after each configuration of an order."""
    blends, mixed = place.start(), []
    for number in order:
        blends, loss = place.add(blends, number)
        mixed.append(loss)
    return (
        np.cumsum(place.costs[order]),
        np.minimum.accumulate(place.losses[order]).clip(max=2),
        np.array(mixed),
    )


def after(costs: Array, values: Array, spent: float) -> float:
    """The value after so much was spent; 2 before the first configuration has ended."""
    return float(values[np.searchsorted(costs, spent, "right") - 1]) if spent >= costs[0] else 2.0


def compare(name: str, places: Sequence[Place], written: int, steps: int, folds: int = 10) -> None:
    """Prints how much lower losses are in the learnt order than in today's, on tables not learnt from."""
    names = sorted({place.table for place in places})
    fold_of = {name: i % folds for i, name in enumerate(np.random.default_rng(0).permutation(names))}
    gaps: dict[tuple[str, str], dict[str, list[float]]] = {}
    for fold in range(folds):
        inside = [place for place in places if fold_of[place.table] != fold]
        outside = [place for place in places if fold_of[place.table] == fold]
        learnt = greedy(inside, steps) if outside else []
        for place in outside:
            new, old = (curve(place, order) for order in (learnt, today(name, place.rows, written)))
            for at in (1.0, 2.0, 4.0, old[0][-1]):
                for kind, which in (("best", 1), ("blend", 2)):
                    gap = after(old[0], old[which], at) - after(new[0], new[which], at)
                    said = "all of today's" if at == old[0][-1] else f"{at:g}"
                    gaps.setdefault((kind, said), {}).setdefault(place.table, []).append(gap)
    for (kind, at), by in gaps.items():
        means = np.array([np.mean(values) for values in by.values()])
        error = means.std(ddof=1) / np.sqrt(len(means))
        print(f"{kind:6} after {at:15} mean costs: {means.mean():+.3f} lower, +-{1.96 * error:.3f}")


def learn(given: argparse.Namespace) -> None:
    """Prints the learnt order, and what it is worth."""
    base = sqlite3.connect(given.results)
    for learner in given.learners:
        listed = base.execute("select distinct asked from fits where learner=? order by rowid", (learner,))
        asked = [row[0] for row in listed]
        places = [p for p in load(base, learner, asked) if not given.sizes or p.rows in given.sizes]
        written = len(asked) - DRAWN[learner]
        steps = min(given.steps, len(asked))
        print(f"{learner}: {len(asked)} configurations on {len(places)} holdouts")
        compare(learner, places, written, steps)
        for number in greedy(places, steps):
            costs, losses = ([float(getattr(p, n)[number]) for p in places] for n in ("costs", "losses"))
            where = "written" if number < written else "drawn"
            print(f"  {where:8} cost {np.mean(costs):.2f} loss {np.mean(losses):.2f} {asked[number]}")


def main() -> None:
    """Fits or learns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parts = parser.add_subparsers(required=True)
    fits, learns = parts.add_parser("fit"), parts.add_parser("learn")
    fits.add_argument("index", type=Path)
    for part, todo in ((fits, fit), (learns, learn)):
        part.add_argument("results", type=Path)
        part.add_argument("--learners", nargs="+", default=list(DRAWN))
        part.add_argument("--sizes", type=int, nargs="+", default=[600, 3000])
        part.set_defaults(todo=todo)
    fits.add_argument("--drop", nargs="*", default=[], help="TABLE.COLUMN that tells the answer")
    fits.add_argument("--skip", nargs="*", default=[])
    fits.add_argument("--only", nargs="*", default=[])
    fits.add_argument("--limit", type=float, default=120.0, help="wall-clock seconds of a fit")
    learns.add_argument("--steps", type=int, default=8)
    given = parser.parse_args()
    given.todo(given)


if __name__ == "__main__":
    main()
