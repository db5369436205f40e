"""Material made by hand: rows of the toy shop with folds, ready to be fitted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.data.split import folds
from milepost.digest import digest
from milepost.tasks.infer import infer
from milepost.testing import toys
from milepost.training.material import Material

Make = Callable[..., Material]
TARGETS = ("bought", "tier", "spent")


@pytest.fixture
def make() -> Make:
    """Makes the material of a table and its target."""

    def made(rows: int = 300, target: str = "bought", parts: int = 3, repeats: int = 1) -> Material:
        if target == "topics":
            return of(toys.tickets(rows).drop("ticket"), target, parts, repeats)
        frame = toys.shop(rows).drop("visit", *(name for name in TARGETS if name != target))
        return of(frame, target, parts, repeats)

    def of(frame: pl.DataFrame, target: str, parts: int, repeats: int) -> Material:
        task, _ = infer(frame.select(target))
        truth = task.encode(frame.select(target))
        kind = "repeated" if repeats > 1 else "kfold"
        drawn = folds(len(frame), kind=kind, folds=parts, repeats=repeats, strata=task.strata(truth), seed=0)
        recipe = Recipe.of(frame, infer_schema(frame, task.targets, {}, None, None, ()), {})
        key = digest(target, len(frame), parts, repeats)
        return Material(frame, truth, task, recipe, tuple(drawn), None, None, 0, key)

    return made


@pytest.fixture
def rng() -> np.random.Generator:
    """Repeatable random numbers."""
    return np.random.default_rng(0)
