from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from milepost.errors import InputError
from milepost.tasks.base import tasks
from milepost.tasks.regression import Regression, Vector

RANDOM = np.random.default_rng(0)
VALUES = RANDOM.normal(50, 4, 300)


def test_a_scalar_is_bound_and_comes_back_from_json() -> None:
    task = Regression.bind(pl.DataFrame({"y": VALUES}))
    assert tasks["regression"].of(json.loads(json.dumps(task.plain()))) == task
    assert task.family == "regression"
    assert task.labels == ()
    assert task.positive == ""
    truth = task.encode(pl.DataFrame({"y": VALUES}))
    assert task.losses(truth, task.repeat(task.naive(truth), 300)).mean() == pytest.approx(1)
    assert task.losses(truth, truth).max() == 0


def test_strata_are_even_quantile_bins() -> None:
    task = Regression(("y",), (1.0,))
    strata = task.strata(VALUES)
    assert strata is not None
    assert np.bincount(strata).tolist() == [30] * 10
    tied = task.strata(np.repeat([0.0, 1.0, 5.0], [80, 15, 5]))
    assert tied is not None
    assert np.bincount(tied).min() > 0


def test_facts_hold_the_shape() -> None:
    facts = Regression(("y",), (1.0,)).facts(VALUES)
    assert facts["mean"] == pytest.approx(VALUES.mean())
    assert sum(facts["histogram"]["counts"]) == 300
    assert facts["quantiles"]["50%"] == pytest.approx(np.median(VALUES))
    json.dumps(facts)
    both = Vector(("a", "b"), (1.0, 1.0)).facts(np.column_stack([VALUES, -VALUES]))
    assert both["outputs"]["b"]["mean"] == pytest.approx(-VALUES.mean())


def test_what_is_no_number_or_constant_is_refused() -> None:
    with pytest.raises(InputError, match="holds text"):
        Regression.bind(pl.DataFrame({"y": ["a", "b"] * 9}))
    with pytest.raises(InputError, match="nothing to learn"):
        Regression.bind(pl.DataFrame({"y": [1.0] * 20}))
    with pytest.raises(InputError, match="several target columns"):
        Vector.bind(pl.DataFrame({"y": VALUES}))
    with pytest.raises(InputError, match="'b' holds '1' in all"):
        Vector.bind(pl.DataFrame({"a": VALUES, "b": [1.0] * 300}))


def test_outputs_of_a_vector_weigh_the_same_whatever_their_unit() -> None:
    frame = pl.DataFrame({"small": VALUES / 1000, "large": RANDOM.permutation(VALUES) * 1000})
    task = Vector.bind(frame)
    truth = task.encode(frame)
    assert truth.shape == (300, 2)
    assert task.strata(truth) is None
    assert task.losses(truth, task.repeat(task.naive(truth), 300)).mean() == pytest.approx(1)
    half = truth.copy()
    half[:, 0] = truth[:, 0].mean()
    assert task.losses(truth, half).mean() == pytest.approx(0.5)
    assert task.columns(truth, None).columns == ["prediction_small", "prediction_large"]
    assert tasks["vector"].of(json.loads(json.dumps(task.plain()))) == task
    assert Vector.of({"targets": ["a", "b"]}).scale == (1.0, 1.0)
