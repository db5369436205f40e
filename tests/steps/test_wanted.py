"""What to label next, with two models that are known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from milepost.steps.wanted import wanted


class Model:
    """Answers with a known function of the row."""

    def __init__(self, kind: str, answer: Any, threshold: float | None = None) -> None:
        labels = {"binary": ["no", "yes"], "regression": []}[kind]
        self.task = SimpleNamespace(labels=labels, exclusive=True)
        self.cut = lambda _: threshold
        self.answer = answer
        names = [SimpleNamespace(name=name) for name in ("a", "b", "c")]
        self.package = SimpleNamespace(manifest=SimpleNamespace(columns=names))

    def answers(self, frame: pl.DataFrame) -> np.ndarray[Any, Any]:
        return np.asarray(self.answer(frame), np.float64)


def table(rows: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {"a": rng.normal(size=rows), "b": rng.normal(size=rows), "c": rng.choice(list("xyz"), rows)}
    )


def sigmoid(frame: pl.DataFrame) -> np.ndarray[Any, Any]:
    return 1 / (1 + np.exp(-2 * frame["a"].to_numpy()))


@pytest.fixture
def tested() -> tuple[pl.DataFrame, np.ndarray[Any, Any]]:
    """Rows on which the model errs where c is z."""
    rows = table(600, 2)
    losses = np.random.default_rng(0).exponential(0.2, 600) + 1.5 * (rows["c"] == "z").to_numpy()
    return rows, losses


def test_each_reason_finds_its_rows(tested) -> None:
    pool = table(3000, 1)
    pool = pool.with_columns(b=pl.when(pl.int_range(3000) < 15).then(9.0).otherwise("b"))
    model = Model("binary", sigmoid, threshold=0.3)
    found = wanted(pool, table(1000, 3), tested, (model, model), 100)
    assert found is not None
    assert found.counts == {
        "a close call": 40,
        "in a slice that is answered badly": 20,
        "unlike the rows learnt from": 20,
        "drawn at random": 20,
    }
    close = found.rows.filter(pl.col("reason").str.contains("close"))
    assert np.abs(sigmoid(close) - 0.3).max() < 0.1
    assert set(found.rows.filter(pl.col("reason").str.contains("slice"))["c"]) == {"z"}
    assert (found.rows.filter(pl.col("reason").str.contains("unlike"))["b"] == 9.0).sum() >= 1
    assert found.hard.height == (~found.rows["may_test"]).sum()
    assert set(found.rows.filter("may_test")["reason"]) == {"drawn at random"}
    assert (found.rows["weight"] >= 1).all()


def test_for_numbers_the_close_calls_are_those_on_which_the_models_differ(tested) -> None:
    old = Model("regression", lambda frame: frame["a"].to_numpy())
    new = Model("regression", lambda frame: frame["a"].to_numpy() + 5 * (frame["b"].to_numpy() > 1))
    found = wanted(table(2000, 1), table(500, 3), tested, (old, new), 50)
    assert found is not None
    assert (found.rows.filter(pl.col("reason").str.contains("close"))["b"] > 1).all()


def test_weights_reach_the_whole_of_a_pool_too_large_to_be_looked_at(tested, monkeypatch) -> None:
    from milepost.steps import wanted as module

    monkeypatch.setattr(module, "MOST", 500)
    model = Model("binary", sigmoid)
    found = [wanted(table(2000, 1), table(500, 3), tested, (model, model), 100, seed) for seed in range(25)]
    sums = [made.rows["weight"].sum() for made in found if made is not None]
    assert np.mean(sums) == pytest.approx(2000, rel=0.1)


def test_an_even_loss_has_no_slice(tested) -> None:
    model = Model("binary", sigmoid)
    even = tested[0], np.random.default_rng(1).exponential(0.2, 600)
    found = wanted(table(2000, 1), table(500, 3), even, (model, model), 50)
    assert found is not None
    assert found.counts["in a slice that is answered badly"] == 0
    assert found.counts["drawn at random"] == 20


def test_an_empty_pool_asks_for_nothing(tested) -> None:
    model = Model("binary", sigmoid)
    assert wanted(table(0, 1), table(500, 3), tested, (model, model), 50) is None
    assert wanted(table(10, 1), table(500, 3), tested, (model, model), 0) is None


def test_of_several_labels_the_closest_call_counts(tested) -> None:
    model = Model("binary", lambda frame: np.column_stack([sigmoid(frame), np.full(frame.height, 0.99)]))
    model.task = SimpleNamespace(labels=["u", "v"], exclusive=False)
    model.cut = lambda _: (0.3, 0.5)
    found = wanted(table(3000, 1), table(1000, 3), tested, (model, model), 100)
    assert found is not None
    close = found.rows.filter(pl.col("reason").str.contains("close"))
    assert np.abs(sigmoid(close) - 0.3).max() < 0.1
