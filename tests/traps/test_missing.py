"""Values that production will miss are made missing in training, and a missing value may itself be told."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from milepost.data.infer import infer_schema
from milepost.data.recipe import Recipe
from milepost.data.split import Fold
from milepost.learners.base import learners
from milepost.modalities.base import View
from milepost.tasks.classification import Binary
from milepost.training.fit import Config, Fit, train
from milepost.training.material import Material

LEVELS = 8


def proxy(rows: int, seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """`c1` tells the answer, `c2` repeats `c1` in about 82 % of the rows."""
    rng = np.random.default_rng(seed)
    c1 = rng.integers(0, LEVELS, rows)
    c2 = np.where(rng.random(rows) < 0.8, c1, rng.integers(0, LEVELS, rows))
    logit = np.linspace(-3, 3, LEVELS)[np.random.default_rng(5).permutation(LEVELS)][c1]
    truth = (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(np.int64)
    return pl.DataFrame({"c1": [f"a{v}" for v in c1], "c2": [f"b{v}" for v in c2]}), truth


def fitted(frame: pl.DataFrame, truth: np.ndarray, test: pl.DataFrame, masks: dict[str, float], learner: str):
    """Predictions for test rows of a learner trained on material with masks."""
    schema = infer_schema(frame)
    task = Binary.bind(pl.DataFrame({"y": truth.astype(str)}), "1")
    recipe = Recipe.of(frame, schema, masks)
    rows = np.arange(len(truth))
    data = Material(frame, truth, task, recipe, (Fold(rows, rows[:10]),), None, None, 0, "k")
    view: View = learners[learner].view
    prepared = data.prepared(0, view)
    params = learners[learner].portfolio(*prepared.train.x.shape, prepared.head)[0]
    model = train(prepared, Fit(Config(learner, params), 0))
    return prepared.head.predict(model.raw(prepared.transform.matrix(test))), prepared


def test_masked_training_recovers_two_points_of_accuracy() -> None:
    frame, truth = proxy(3000, 0)
    test, answers = proxy(20_000, 1)
    gone = np.random.default_rng(2).random(len(answers)) < 0.3
    test = test.with_columns(c1=pl.Series([None if g else v for g, v in zip(gone, test["c1"], strict=True)]))
    right = {}
    for name, masks in (("clean", {}), ("masked", {"c1": 0.3})):
        prediction, _ = fitted(frame, truth, test, masks, "linear")
        right[name] = float(((prediction > 0.5) == answers)[gone].mean())
    assert right["masked"] > right["clean"] + 0.02


def test_the_mark_of_a_missing_value_is_worth_what_it_tells() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(0)
    x = rng.normal(size=24_000)
    truth = (rng.random(len(x)) < 1 / (1 + np.exp(-1.5 * x))).astype(np.int64)
    hidden = rng.random(len(x)) < 1 / (1 + np.exp(-(2 * x - 1)))
    frame = pl.DataFrame({"x": [None if h else float(v) for h, v in zip(hidden, x, strict=True)]})
    half = len(x) // 2
    prediction, prepared = fitted(frame[:half], truth[:half], frame[half:], {}, "linear")
    assert "x is missing" in prepared.transform.features
    filled = frame.with_columns(pl.col("x").fill_null(frame["x"].median()))
    plain, _ = fitted(filled[:half], truth[:half], filled[half:], {}, "linear")
    gained = roc_auc_score(truth[half:], prediction) - roc_auc_score(truth[half:], plain)
    assert gained == pytest.approx(0.065, abs=0.03)


def test_validation_rows_are_masked_as_production_will_be() -> None:
    frame, truth = proxy(1000, 3)
    schema = infer_schema(frame)
    task = Binary.bind(pl.DataFrame({"y": truth.astype(str)}), "1")
    rows = np.arange(1000)
    data = Material(
        frame, truth, task, Recipe.of(frame, schema), (Fold(rows[:500], rows[500:]),), None, None, 0, "k"
    )
    masked = replace(data, recipe=replace(data.recipe, masks={"c1": 0.5}), key="other")
    clean, hidden = data.prepared(0, "dense"), masked.prepared(0, "dense")
    assert clean.valid is not None
    assert hidden.valid is not None
    column = next(i for i, n in enumerate(hidden.transform.features) if "c1" in n and "missing" in n)
    assert hidden.valid.x[:, column].mean() == pytest.approx(0.5, abs=0.1)
