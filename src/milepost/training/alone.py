"""How long one row alone takes: the features of a fit, and its model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from milepost.data.schema import Schema
from milepost.graphs.builder import Builder
from milepost.graphs.session import run, session
from milepost.learners.base import Model
from milepost.modalities.feeds import parts
from milepost.training.material import Prepared

ROWS, TIMES = 5, 25
"""Rows that go through one by one, and how many times in all."""


def alone(prepared: Prepared, model: Model, schema: Schema, frame: pl.DataFrame) -> tuple[float, float]:
    """Milliseconds of one row through the model, and through what makes its features of raw columns.

    Args:
        prepared: the matrices it was fitted on, with their transform.
        model: the fitted model.
        schema: the raw columns.
        frame: rows to go through, of which the first few do.
    """
    features, whole = _medians([_graph(prepared, one, schema) for one in (None, model)], schema, frame)
    return max(0.0, whole - features), features


def _graph(prepared: Prepared, model: Model | None, schema: Schema) -> Any:
    builder = Builder()
    raw = {column.name: builder.input(column.name, column.wire) for column in schema.inputs}
    made = prepared.transform.emit(builder, raw)
    if model is None:
        builder.output(made, "features", "float", prepared.train.x.shape[1])
    else:
        builder.output(model.emit(builder, made), "scores", "float", prepared.head.width)
    return builder.model()


def _medians(graphs: Sequence[Any], schema: Schema, frame: pl.DataFrame) -> list[float]:
    """Milliseconds of a row in each graph; they take turns, so that other work on the machine hits all."""
    wires = {column.name: column.wire for column in schema.inputs}
    feeds = [tensors for row in frame[:ROWS].iter_slices(1) for _, tensors in parts(row, wires)]
    opened, spent = [session(graph) for graph in graphs], [list[float]() for _ in graphs]
    for feed in feeds:
        for one in opened:
            run(one, feed)
    for i in range(TIMES):
        for one, times in zip(opened, spent, strict=True):
            start = time.perf_counter()
            run(one, feeds[i % len(feeds)])
            times.append(1000 * (time.perf_counter() - start))
    return [float(np.median(times)) for times in spent]
