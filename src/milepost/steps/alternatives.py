"""What could ship in place of what does: points of the frontier as graphs, measured, with sealed scores."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import numpy as np
import polars as pl

from milepost.digest import Digest
from milepost.graphs.session import run, session
from milepost.graphs.slim import packed
from milepost.modalities.feeds import WIDE, parts
from milepost.report.blocks import Block, Table, Text
from milepost.report.charts import frontier
from milepost.report.sentences import figure, number, percent, size
from milepost.steps.exam import Exam, finite
from milepost.steps.lost import Missing, raised
from milepost.steps.points import WHOLE, Point
from milepost.steps.search import Findings as Tuned
from milepost.steps.student import STUDENT
from milepost.steps.work import Work
from milepost.training.assemble import Assembly

Array = np.ndarray[Any, Any]
ROWS, FEW = 5_000, 100
"""Rows that are timed together, and how many where there are texts, images or sounds."""
CELLS = 1_000_000
"""Values of the rows that are timed together, at most: of many columns there are fewer rows."""
ALONE, REPEATS = 200, 3
SECONDS, LEAST = 0.5, 20
"""Seconds that single rows may take together, and how many are timed at least."""
HEAD = ("model", "members", "price", "of the gain", "sealed score", "size", "one row, ms", "rows/s")


@dataclass(frozen=True)
class Built:
    """A point of the frontier as it was fitted.

    Args:
        name: "ensemble", "single", "small" or "student".
        members: how many models it holds, several seeds of one counted once.
        price, low, high, share, score: of out-of-fold rows, see `Point`; what rounding costs is added, on
            sealed rows, by which a student is priced too.
        sealed: its score on the sealed rows, seen at the one opening, for information.
        bytes: its graph.
        p50_ms: one row alone on one thread, median, without reading it from JSON.
        rows_per_second: many rows together on the threads of the brief.
        ships: whether the brief asks for it.
        rounded: whether its numbers are coarser than they were fitted.
    """

    name: str
    members: int
    price: float
    low: float
    high: float
    share: float
    score: float
    sealed: float
    bytes: int
    p50_ms: float
    rows_per_second: float
    ships: bool
    rounded: bool = False


class Scores(Protocol):
    """How the opened rows are scored."""

    def score(self, prediction: Array) -> float:
        """The metric of success."""

    def price(self, prediction: Array, other: Array) -> tuple[float, float, float]:
        """How much worse one scores than another, the standard error, and the share of the other's gain."""


@dataclass(frozen=True)
class Bench:
    """What points are built from and measured with.

    Args:
        evaluated: what ships, fitted on development rows, its numbers as they were fitted.
        shipped: the same, which may be fitted on all rows.
        graph: the graph of what ships.
        exam: proves the others' graphs.
        rows: development rows.
        sealed: the opened rows.
        scores: scores predictions of the opened rows.
        student: the distilled student, or None.
    """

    evaluated: Assembly
    shipped: Assembly
    graph: Any
    exam: Exam
    rows: pl.DataFrame
    sealed: pl.DataFrame
    scores: Scores
    student: Assembly | None = None

    def said(self, model: Assembly) -> Array:
        """What a model answers to the opened rows."""
        return model.predict(self.sealed, self.exam.known)


@dataclass
class Frontier:
    """What was built.

    Args:
        found: the points with their measures.
        kept: digests of what `ship` needs of them, by name.
        missing: points that could not be built, measured or proven.
    """

    found: list[Built] = field(default_factory=list)
    kept: dict[str, Digest] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)


def alternatives(work: Work, tuned: Tuned, bench: Bench) -> Frontier:
    """Builds every point whose members are fitted, without training: its measures, and what `ship` needs.

    The points, which numbers are coarser and what leaving out members costs were fixed before the seal was
    opened, so that sealed scores choose nothing. A student that is no smaller than the ensemble is left out.
    The seal is spent by then, so that nothing may end the step here: a point that fails is left out and told.
    """
    made = Frontier()
    known = {member.config.name for member in bench.shipped.members}
    points: list[tuple[str, Callable[[], None]]] = []
    for point in tuned.points:
        same = point.name not in (WHOLE, tuned.point) and point.weights == tuned.points[0].weights
        if set(point.weights) <= known and (point.rounded or not same):
            points.append((point.name, partial(_built, work, tuned, bench, made, point)))
    if bench.student is not None:
        points.append((STUDENT, partial(_taught, work, bench, made, bench.student)))
    for name, build in points:
        if made.found and tuned.trials is None and not work.clock.left and name not in (tuned.point, STUDENT):
            work.say(f"no time is left to measure the point '{name}'")
            continue
        try:
            build()
        except Exception as problem:
            work.say(f"the point '{name}' could not be built: {raised(problem)}")
            made.missing.append(Missing(f"the point '{name}'", raised(problem)))
    return made


def _built(work: Work, tuned: Tuned, bench: Bench, made: Frontier, point: Point) -> None:
    """Adds a point that is a part of the ensemble."""
    judged = bench.said(part(bench.evaluated, point, tuned))
    ships = point.name == tuned.point
    model = part(bench.shipped, point, tuned)
    graph = packed(bench.graph if ships else bench.exam.graph(model))
    _add(work, bench, made, (_dearer(bench, point, tuned, judged), model, graph), (judged, ships))


def _taught(work: Work, bench: Bench, made: Frontier, student: Assembly) -> None:
    """Adds the student, where it is smaller than the ensemble; its price is that of the sealed rows."""
    graph = packed(bench.exam.graph(student))
    if made.found and len(graph) >= made.found[0].bytes:
        return
    mine, theirs = finite(bench.said(student), "sealed rows"), bench.said(bench.evaluated)
    price, error, share = bench.scores.price(mine, theirs)
    low, high, score = price - 1.96 * error, price + 1.96 * error, bench.scores.score(mine)
    point = Point(STUDENT, {STUDENT: 1.0}, ["identity"], score, price, low, high, share, 0.0, True)
    _add(work, bench, made, (point, student, graph), (mine, False))


def _add(
    work: Work, bench: Bench, made: Frontier, what: tuple[Point, Assembly, bytes], shown: tuple[Array, bool]
) -> None:
    """Adds a point with its model and graph; its answers to the sealed rows, and whether it ships."""
    point, model, graph = what
    judged, ships = finite(shown[0], "sealed rows"), shown[1]
    alone, together = speed(graph, model, bench.rows, work.threads)
    built = Built(
        point.name, len(point.weights), point.price, point.low, point.high, point.share, point.score,
        bench.scores.score(judged), len(graph), alone, together, ships, point.rounded,
    )  # fmt: skip
    answers = model.predict(bench.exam.made, bench.exam.known)
    made.kept[f"graph:{point.name}"] = work.keep(graph)
    made.kept[f"golden answers:{point.name}"] = work.keep(answers)
    made.found.append(built)


def _dearer(bench: Bench, point: Point, tuned: Tuned, judged: Array) -> Point:
    """The point with what coarser numbers cost it on the sealed rows, the errors of both prices added."""
    if not point.rounded:
        return point
    exact = bench.said(part(bench.evaluated, replace(point, rounded=False), tuned))
    price, error, share = bench.scores.price(judged, exact)
    low, high = point.low + price - 1.96 * error, point.high + price + 1.96 * error
    return replace(point, price=point.price + price, low=low, high=high, share=point.share + share)


def part(model: Assembly, point: Point, tuned: Tuned) -> Assembly:
    """The model with the members of a point only, its calibrator and numbers; seeds share a weight.

    Args:
        model: all members as they were fitted.
        point: the point.
        tuned: names the point that ships, which is all of the model.
    """
    found = model if point.name == tuned.point else _share(model, point)
    return found.rounded() if point.rounded else found


def _share(model: Assembly, point: Point) -> Assembly:
    kept = [m for m in model.members if m.config.name in point.weights]
    seeds = Counter(m.config.name for m in kept)
    members = [replace(m, weight=point.weights[m.config.name] / seeds[m.config.name]) for m in kept]
    form: Any = tuple(point.form)
    return replace(model, members=members, form=form)


def speed(graph: bytes, model: Assembly, rows: pl.DataFrame, threads: int) -> tuple[float, float]:
    """Milliseconds of one row alone on one thread (median), and rows a second together, of a graph."""
    wires: Mapping[str, str] = {column.name: column.wire for column in model.schema.inputs}
    wide = any(wire in WIDE for wire in wires.values())
    tensors = [one for _, one in parts(rows[:1], wires)]
    opened = session(graph)
    single: list[float] = []
    while len(single) < (FEW if wide else ALONE) and (len(single) < LEAST or sum(single) < SECONDS):
        single.append(_timed(lambda: run(opened, tensors[0])))
    many = timed(rows.height, wires)
    together = [one for _, one in parts(rows[:many], wires)]
    opened = session(graph, 1 if wide else threads)
    spent = min(_timed(lambda: [run(opened, one) for one in together]) for _ in range(REPEATS))
    return 1000 * float(np.median(single)), many / max(spent, 1e-9)


def timed(height: int, wires: Mapping[str, str]) -> int:
    """How many of so many rows are timed together: fewer of texts, images or sounds, and of many columns."""
    wide = any(wire in WIDE for wire in wires.values())
    return min(height, FEW if wide else max(FEW, min(ROWS, CELLS // len(wires))))


def _timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def drawn(found: Sequence[Built], metric: str, better: str) -> list[Block]:
    """The frontier as a chart and a table; nothing where there is one model only."""
    if len(found) < 2:
        return []
    sign = -1.0 if better == "higher" else 1.0
    whole = next((one for one in found if one.name == WHOLE), found[0])
    spans: list[tuple[str, float, float, float, float]] = []
    for one in found:
        low, high = sorted(whole.score + sign * end for end in (one.low, one.high))
        spans.append((one.name, one.bytes / 1e6, whole.score + sign * one.price, low, high))
    rows = tuple(
        (
            one.name + (", rounded" if one.rounded else "") + (" (ships)" if one.ships else ""),
            str(one.members),
            "" if one.name == WHOLE else f"{number(one.price)} ({number(one.low)} to {number(one.high)})",
            "" if one.name == WHOLE else percent(one.share),
            figure(one.sealed),
            size(one.bytes),
            f"{one.p50_ms:.2g}",
            f"{one.rows_per_second:,.0f}",
        )
        for one in found
    )
    said = (
        "Prices are paired, on out-of-fold rows, and were fixed before the seal was opened; what rounding "
        "costs (leaves on a grid, weights of a byte) and a student are priced on the sealed rows, since the "
        "models have seen all others. The sealed scores choose nothing. "
        "Another point ships without training: milepost ship --point NAME."
    )
    return [
        frontier(spans, "What smaller models cost", metric),
        Table(HEAD, rows, "The frontier of size and quality"),
        Text(said),
    ]
