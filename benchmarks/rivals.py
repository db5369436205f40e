"""Rivals that a table may be set beside: today LightGBM as it comes, on columns as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from milepost.tasks.base import Task

Array = np.ndarray[Any, Any]


def plain(frame: pl.DataFrame, columns: list[str], kinds: Mapping[str, Any]) -> Any:
    """A pandas table as a default LightGBM takes it: numbers, seconds, and pandas categories."""
    import pandas as pd

    made: dict[str, Any] = {}
    for name in columns:
        series = frame[name]
        if series.dtype.is_temporal():
            made[name] = series.cast(pl.Datetime("us")).dt.epoch("s").cast(pl.Float64).to_numpy()
        elif series.dtype.is_numeric() or series.dtype == pl.Boolean:
            made[name] = series.cast(pl.Float64).to_numpy()
        else:
            made[name] = pd.Categorical(series.cast(pl.String).to_list(), categories=kinds[name])
    return pd.DataFrame(made)


def default(
    task: Task, columns: list[str], rows: tuple[pl.DataFrame, pl.DataFrame], targets: list[str], threads: int
) -> Array:
    """Predictions of a default LightGBM for the second rows, learnt from the first."""
    import lightgbm

    train, held = rows
    kinds = {
        n: train[n].drop_nulls().unique().sort().cast(pl.String).to_list()
        for n in columns
        if train[n].dtype == pl.String
    }
    x, z = plain(train, columns, kinds), plain(held, columns, kinds)
    x.columns = z.columns = [f"c{i}" for i in range(len(columns))]
    truth = task.encode(train.select(targets))
    if task.labels:
        model = lightgbm.LGBMClassifier(n_jobs=threads, verbose=-1).fit(x, truth)
        proba = np.zeros((len(z), len(task.labels)))
        proba[:, model.classes_] = model.predict_proba(z)
        return proba[:, 1] if task.family == "binary" else proba
    single = truth.reshape(len(truth), -1)
    each = [
        lightgbm.LGBMRegressor(n_jobs=threads, verbose=-1).fit(x, column).predict(z) for column in single.T
    ]
    return np.column_stack(each) if truth.ndim == 2 else each[0]
