"""The development rows as the steps from `baseline` to `explain` use them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from milepost.data.split import Fold
from milepost.digest import digest, digest_bytes
from milepost.steps.crafted import Part, fields_of
from milepost.steps.prepare import recipe_of
from milepost.steps.protocol import Findings as Protocol
from milepost.steps.weights import weights
from milepost.steps.work import STORE, Work
from milepost.training.features import made
from milepost.training.material import Material
from milepost.training.memory import Remembered
from milepost.training.subsample import thinned

ABOVE = ("baseline", "overfit", "tune")
"""Steps that see columns before anything was made of them."""


def material(work: Work) -> Material:
    """Rows, truth, recipe, folds and groups of the development rows."""
    frame = work.rows("development")
    found = work.found("protocol", Protocol)
    packed = work.array("protocol", "folds")
    folds = tuple(
        Fold(np.flatnonzero(packed[i] == 1), np.flatnonzero(packed[i] == 2), int(found.repeat_of[i]))
        for i in range(len(packed))
    )
    groups = work.array("collect", "groups") if found.grouped else None
    weight = _weight(work, frame)
    parts = [work.evidence[name].result for name in ("collect", "prepare", "protocol")]
    heavy = "" if weight is None else digest_bytes(weight.tobytes())
    weighed = work.brief.constraints.size_mb is not None
    timed = work.brief.constraints.latency_ms is not None
    marks = [*([heavy] if heavy else []), *["weighed"] * weighed, *["timed"] * timed]
    data = Material(
        frame=frame,
        truth=work.task.encode(frame.select(work.task.targets)),
        task=work.task,
        recipe=recipe_of(work),
        folds=folds,
        groups=groups,
        weight=weight,
        seed=work.seed,
        key=digest(work.task.plain(), work.seed, *parts, *marks),
        weighed=weighed,
        timed=timed,
    )
    if work.step in ABOVE or not work.has("tune"):
        return data
    tuned = work.found("tune", Part)
    return thinned(made(data, fields_of(data.recipe, tuned.features)), tuned.sample.rows)


def _weight(work: Work, frame: pl.DataFrame) -> np.ndarray[Any, Any] | None:
    """How much each row counts, mean 1: by the brief's weight column times the correction's weights."""
    own, correction = weights(frame, work.brief), None
    if work.has("understand") and "weights" in work.evidence["understand"].artifacts:
        correction = np.asarray(work.array("understand", "weights"), dtype=np.float64)
    if own is None or correction is None:
        return correction if own is None else own
    both = own * correction
    return np.asarray(both / both.mean()) if both.any() else correction


def memory(work: Work) -> Remembered:
    """Where finished fits are remembered, and running ones keep their state."""
    return Remembered(work.ledger.rows, work.blobs, checkpoints(work))


def checkpoints(work: Work) -> Path:
    """The folder in which long fits keep their state while they run."""
    return work.folder / STORE / "checkpoints"
