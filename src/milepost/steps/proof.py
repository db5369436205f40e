"""Golden rows and the native model's answers to them: what every copy of the package has to reproduce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from milepost.data.schema import Schema
from milepost.digest import Json
from milepost.modalities.base import text
from milepost.shipping.manifest import Column
from milepost.shipping.package import golden, with_examples
from milepost.shipping.wire import tensors
from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]
SAMPLE = 5000


def doors(schema: Schema) -> tuple[Column, ...]:
    """The package's columns, without examples."""
    return tuple(Column(c.name, c.dtype, c.modality, c.wire) for c in schema.inputs)  # type: ignore[arg-type]


def samples(frame: pl.DataFrame, schema: Schema, seed: int) -> dict[str, list[Json]]:
    """A sample of each column's values as JSON, each column shuffled on its own."""
    found: dict[str, list[Json]] = {}
    for place, column in enumerate(schema.inputs):
        values = frame[column.name].sample(min(SAMPLE, frame.height), seed=seed + place, shuffle=True)
        if column.dtype == "text":
            values = text(values)
        elif column.dtype in ("date", "datetime"):
            values = values.cast(pl.Date if column.dtype == "date" else pl.Datetime("us")).dt.to_string(
                "iso:strict"
            )
        found[column.name] = [None if v is None or v != v else v for v in values.to_list()]
    return found


def rows(
    frame: pl.DataFrame, schema: Schema, count: int, seed: int
) -> tuple[tuple[Column, ...], dict[str, list[Json]]]:
    """The package's columns with examples, and its golden rows by column."""
    drawn = samples(frame, schema, seed)
    columns = with_examples(doors(schema), drawn)
    return columns, golden(columns, drawn, count, seed)


def raw(columns: Sequence[Column], given: Mapping[str, Sequence[Json]]) -> pl.DataFrame:
    """JSON rows as a table of raw columns, by way of the tensors that the graph would get."""
    found = {}
    for name, tensor in tensors(columns, given).items():
        values = tensor.ravel()
        if values.dtype == object:
            found[name] = pl.Series(name, [v or None for v in values], dtype=pl.String)
        elif values.dtype == np.int64:
            found[name] = pl.Series(name, values).replace(np.iinfo(np.int64).min, None)
        else:
            found[name] = pl.Series(name, values).fill_nan(None)
    return pl.DataFrame(found)


def answers(task: Task, prediction: Array, threshold: float | None) -> dict[str, Json]:
    """The answers a package must give, from native predictions."""
    if not task.labels:
        return {"value": np.asarray(prediction, np.float64).reshape(len(prediction), -1).tolist()}
    proba = np.asarray(prediction, np.float64)
    wide = np.column_stack([1 - proba, proba]) if proba.ndim == 1 else proba
    wide = wide.astype(np.float32)
    found: dict[str, Json] = {"proba": wide.tolist()}
    if threshold is None:
        chosen = wide.argmax(axis=1)
    else:
        chosen = (wide[:, 1] >= np.float32(threshold)).astype(np.int64)
        found["decision"] = [[int(c)] for c in chosen]
    found["label"] = [[task.labels[int(c)]] for c in chosen]
    return found
