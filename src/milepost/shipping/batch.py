"""Answers a whole table with a package: columns by name, in the order of its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from milepost.errors import InputError, did_you_mean
from milepost.graphs.session import run, session
from milepost.modalities.base import feed
from milepost.shipping.manifest import Column, Package
from milepost.tasks.base import Task, tasks

Array = np.ndarray[Any, Any]
BATCH = 50_000


def task_of(package: Package) -> Task:
    """The package's task."""
    plain = package.manifest.task
    return tasks[plain["name"]].of(plain)


def predict(package: Package, frame: pl.DataFrame, threads: int = 1) -> pl.DataFrame:
    """Returns key columns, `prediction`, `proba_<class>` and `decision` for every row, in input order.

    Args:
        package: an opened package.
        frame: raw rows with at least the package's columns; others are passed over.
        threads: threads of the graph runtime.

    Raises:
        InputError: a column is missing or holds values of another kind.
    """
    manifest = package.manifest
    for column in manifest.columns:
        if column.name not in frame.columns:
            raise InputError(
                f"the rows lack the column '{column.name}'.",
                expected=f"The columns {', '.join(c.name for c in manifest.columns)}.",
                todo=did_you_mean(column.name, frame.columns),
            )
    opened = session(package.graph, threads)
    parts = [
        run(opened, {c.name: tensor(frame[start : start + BATCH][c.name], c) for c in manifest.columns})
        for start in range(0, max(1, frame.height), BATCH)
    ]
    task = task_of(package)
    threshold = manifest.threshold.value if manifest.threshold else None
    if task.labels:
        proba = np.concatenate([part["proba"] for part in parts])
        prediction = proba[:, 1] if task.family == "binary" else proba
    else:
        prediction = np.concatenate([part["value"] for part in parts])
        prediction = prediction[:, 0] if len(task.targets) == 1 else prediction
    keys = [name for name in manifest.keys if name in frame.columns]
    return pl.concat([frame.select(keys), task.columns(prediction, threshold)], how="horizontal")


def tensor(series: pl.Series, column: Column) -> Array:
    """A column of rows as the tensor the graph takes.

    Raises:
        InputError: the values are of another kind, quoting one.
    """
    try:
        if column.wire in ("float", "double") and series.dtype == pl.String:
            series = series.str.strip_chars().replace("", None).cast(pl.Float64)
        elif column.wire == "int64" and series.dtype == pl.String:
            series = series.str.to_datetime(strict=True)
        return feed(series, column.wire)
    except pl.exceptions.PolarsError as problem:
        kinds = {"float": "numbers", "double": "numbers", "int64": "dates or moments", "string": "text"}
        shown = series.drop_nulls().head(1).to_list()
        raise InputError(
            f"column '{column.name}' holds {series.dtype} values such as {shown}.",
            expected=f"It should hold {kinds[column.wire]}.",
        ) from problem
