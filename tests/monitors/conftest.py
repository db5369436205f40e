"""What is normal, of a known relation, and windows in which one thing has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from milepost import metrics
from milepost.data.infer import infer_schema
from milepost.monitors.base import Reference, Window
from milepost.tasks.infer import infer

ROLES = {"c": {"role": "input", "modality": "category"}, "at": {"role": "input", "modality": "moment"}}


def rows(count: int, seed: int) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Rows, truth, and the true probability as the prediction."""
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=count), rng.normal(size=count)
    c = rng.choice(["a", "b", "d"], count, p=[0.6, 0.3, 0.1])
    p = 1 / (1 + np.exp(-(2 * x + (c == "b"))))
    start = datetime(2024, 1, 1)
    at = [start + timedelta(hours=int(h)) for h in rng.integers(0, 24 * 7, count)]
    gaps = pl.Series(z).set(pl.Series(rng.random(count) < 0.1), None)
    return pl.DataFrame({"x": x, "z": gaps, "c": c, "at": at}), (rng.random(count) < p).astype(int), p


@pytest.fixture(scope="session")
def normal() -> Reference:
    frame, truth, p = rows(4000, 0)
    task, _ = infer(frame.select(y=pl.Series(truth)), "binary", "1")
    schema = infer_schema(frame, roles=ROLES)
    return Reference(task, metrics.get("roc_auc"), schema, frame, truth, p, None, 0.5, {"latency_ms": 5.0})


@pytest.fixture(scope="session")
def window() -> Callable[..., Window]:
    """Makes a window of some rows, a column changed."""

    def made(count: int = 500, seed: int = 1, labelled: bool = False, **columns: pl.Expr) -> Window:
        frame, truth, p = rows(count, seed)
        known = np.arange(count) if labelled else None
        return Window("w", frame.with_columns(**columns), p, truth if labelled else None, known)

    return made
