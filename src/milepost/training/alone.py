"""How long one row alone takes: the features of a fit, and its model."""

from __future__ import annotations

import time
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
    features = _median(_graph(prepared, None, schema), schema, frame)
    whole = _median(_graph(prepared, model, schema), schema, frame)
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


def _median(graph: Any, schema: Schema, frame: pl.DataFrame) -> float:
    wires = {column.name: column.wire for column in schema.inputs}
    feeds = [tensors for row in frame[:ROWS].iter_slices(1) for _, tensors in parts(row, wires)]
    opened, spent = session(graph), list[float]()
    for feed in feeds:
        run(opened, feed)
    for i in range(TIMES):
        start = time.perf_counter()
        run(opened, feeds[i % len(feeds)])
        spent.append(1000 * (time.perf_counter() - start))
    return float(np.median(spent))
