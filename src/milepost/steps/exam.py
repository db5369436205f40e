"""A model's graph is held against the model's own answers: on rows that show, and on rows that are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from milepost.digest import Json
from milepost.errors import Corrupt, MilepostError, MissingExtra
from milepost.graphs.session import run, session
from milepost.modalities.base import feed
from milepost.modalities.doors import WIDE
from milepost.modalities.feeds import answers
from milepost.report.sentences import count
from milepost.shipping.manifest import Column
from milepost.shipping.verify import distance
from milepost.steps import proof
from milepost.steps.work import Work
from milepost.tasks.base import Cut
from milepost.training.assemble import Assembly, Known
from milepost.training.material import Material

Array = np.ndarray[Any, Any]
MACHINE = (MissingExtra, Corrupt)
"""What is no model's fault: a missing library, lost bytes."""
SHOWN, FEWER = 2_000, 20
"""About so many development rows are asked, and of texts, images or sounds."""
BATCHES = (1, 5)
"""So many golden rows are asked at once, too: a graph may answer one row otherwise than many."""
ASKED, FEW = 40, 5
"""Golden rows that are asked so, and how many where there are texts, images or sounds."""
CHUNK = 16_384
"""Rows that run through a graph at once."""
BUILT = 3
"""Graphs that were built last are not built anew for the same models."""
ROUGH = 100.0
"""On rows that are no golden ones a graph may be off by so many times the tolerance: they are many, and what
sums in single precision differ by may pass what few rows may show; a graph that is wrong is off by more."""


@dataclass(frozen=True)
class Gap:
    """How far a graph's answers are from the native ones.

    Args:
        difference: the largest difference.
        apart: the same as the proof of a package counts it: of a probability, or in target deviations.
        flips: decisions that differ.
    """

    difference: float
    apart: float
    flips: int


@dataclass(frozen=True)
class Seen:
    """A model, its graph, and what both say of some rows.

    Args:
        model: the model, with the numbers that it ships with.
        graph: its graph.
        native: the model's own answers to the rows.
        gap: how far the graph's are from them.
    """

    model: Assembly
    graph: Any
    native: Array
    gap: Gap


@dataclass(frozen=True)
class Exam:
    """Golden rows as a package will hold them, and a sample of the development rows.

    Args:
        columns: the package's columns.
        golden: golden rows as JSON, by column.
        made: the same as a table.
        rows: the sample.
        scale: standard deviation of each target of development rows.
        threads: parts of texts, images or sounds that run through a graph side by side.
        known: what members answered to golden rows, to the sample and to opened rows.
    """

    columns: tuple[Column, ...]
    golden: Mapping[str, list[Json]]
    made: pl.DataFrame
    rows: pl.DataFrame
    scale: Array
    threads: int
    known: Known = field(default_factory=Known, repr=False, compare=False)
    _graphs: list[tuple[Assembly, Any]] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, work: Work, data: Material) -> Exam:
        """Drawn from the development rows."""
        columns, golden = proof.rows(data.frame, data.recipe.schema, proof.GOLDEN, work.seed)
        most = FEWER if any(column.wire in WIDE for column in columns) else SHOWN
        rows = data.frame[:: max(1, -(-data.frame.height // most))]
        scale = np.std(data.truth, axis=0)
        return cls(columns, golden, proof.raw(columns, golden), rows, np.asarray(scale), work.threads)

    @property
    def tolerance(self) -> float:
        """How far an answer to a golden row may be off."""
        return proof.tolerance(self.columns)

    def graph(self, model: Assembly) -> Any:
        """The model's graph, after it has answered golden and development rows as the model does.

        Raises:
            MilepostError: it has not, or the model itself has no answer to some of them.
            Exception: what a model of a plug-in, or the runtime, may raise.
        """
        graph = self._built(model)
        opened, native = session(graph), finite(model.predict(self.made, self.known), "golden rows")
        some = FEW if any(column.wire in WIDE for column in self.columns) else ASKED
        for batch in BATCHES:
            said = self._said(opened, model, self.made[:some], batch, self._fed)
            self._near(self.gap(model, said, native), 1.0, "golden rows")
        said = self._said(opened, model, self.made, ready=self._fed)
        self._near(self.gap(model, said, native), 1.0, "golden rows")
        native = finite(model.predict(self.rows, self.known), "development rows")
        said = self._said(opened, model, self.rows)
        self._near(self.gap(model, said, native), ROUGH, "development rows")
        return graph

    def seen(self, model: Assembly, rows: pl.DataFrame, cut: Cut | None, graph: Any = None) -> Seen:
        """What the model and its graph say of rows.

        Args:
            model: the model.
            rows: raw rows.
            cut: the decision threshold, or one a label; None where there is none.
            graph: its graph; None: it is to be built.

        Raises:
            MilepostError: the model has no answer to some rows.
            Exception: what a model of a plug-in, or the runtime, may raise.
        """
        native = finite(model.predict(rows, self.known), "sealed rows")
        graph = self._built(model) if graph is None else graph
        gap = self.gap(model, self._said(session(graph, self.threads), model, rows), native, cut)
        return Seen(model, graph, native, gap)

    def alike(self, seen: Seen) -> Seen:
        """The same, where the graph answers as the model does.

        Raises:
            MilepostError: it does not.
        """
        self._near(seen.gap, ROUGH, "sealed rows")
        return seen

    def strays(self, gap: Gap) -> bool:
        """Whether a graph is wrong on rows that are no golden ones."""
        return not gap.apart <= ROUGH * self.tolerance

    def gap(self, model: Assembly, said: Array, native: Array, cut: Cut | None = None) -> Gap:
        """How far the answers of a graph to the first rows are from the model's own to all.

        Args:
            model: the model.
            said: probabilities of all classes, or values, that the graph gives; what is no number is
                infinitely far off.
            native: predictions by the model.
            cut: the decision threshold, or one a label; None where there is none.
        """
        mine = native[: len(said)]
        theirs = said[:, 1] if model.task.labels and mine.ndim == 1 else said.reshape(mine.shape)
        middle = np.median(native.reshape(len(native), -1), axis=0)
        said, wanted = (one.astype(np.float64).reshape(len(one), -1) for one in (theirs, mine))
        scale = None if model.task.labels else np.atleast_1d(self.scale)
        flips = 0
        if cut is not None:
            decided = [model.task.decide(answer, cut) for answer in (theirs, mine)]
            flips = int((decided[0] != decided[1]).sum())
        worst, apart = (distance(said, wanted, one, middle).max(initial=0.0) for one in (None, scale))
        return Gap(float(worst), float(apart), flips)

    def _built(self, model: Assembly) -> Any:
        """The model's graph; the same again for the same model."""
        found = next((graph for one, graph in self._graphs if one is model), None)
        if found is None:
            found = model.graph()
            self._graphs[:] = [*self._graphs[1 - BUILT :], (model, found)]
        return found

    @cached_property
    def _fed(self) -> dict[str, Array]:
        """The golden rows as tensors, but for those of wide doors: each graph is asked them row by row."""
        return {c.name: feed(self.made[c.name], c.wire) for c in self.columns if c.wire not in WIDE}

    def _said(
        self,
        opened: Any,
        model: Assembly,
        rows: pl.DataFrame,
        batch: int = CHUNK,
        ready: Mapping[str, Array] | None = None,
    ) -> Array:
        """What a graph, opened, answers to rows, so many at once; tensors may be ready."""
        name = "proba" if model.task.labels else "value"
        wires = {column.name: column.wire for column in model.schema.inputs}
        said = []
        for start in range(0, rows.height, batch):
            made = {column: tensor[start : start + batch] for column, tensor in (ready or {}).items()}
            if made.keys() >= wires.keys():
                said.append(run(opened, made)[name])
                continue
            part = rows[start : start + batch]
            said.append(answers(opened, part, wires, made, self.threads)[name])
        return np.concatenate(said)

    def _near(self, gap: Gap, times: float, what: str) -> None:
        if not gap.apart <= times * self.tolerance:
            unit = "" if gap.apart == gap.difference else " target standard deviations"
            raise MilepostError(f"its graph is up to {gap.apart:.2g}{unit} off on {what}.")


def finite(said: Array, what: str) -> Array:
    """The answers, where all are numbers.

    Raises:
        MilepostError: some are not.
    """
    bad = int((~np.isfinite(said)).reshape(len(said), -1).any(axis=1).sum())
    if bad:
        raise MilepostError(f"its answers to {count(bad)} of {count(len(said))} {what} are no numbers.")
    return said
