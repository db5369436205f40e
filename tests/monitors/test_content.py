"""Drift of texts: quiet without a change, loud for new words and lengths, in the column that changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.data.test_neartext import sentences

from milepost import metrics
from milepost.data.infer import infer_schema
from milepost.data.schema import Column, Schema
from milepost.monitors.base import Reference, Window, monitors
from milepost.monitors.content import Content
from milepost.monitors.drift import Drift
from milepost.steps.blame import cost, shown
from milepost.tasks.infer import infer


def rows(count: int, seed: int) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    yes = random.random(count) < 0.5
    texts = [f"{t} {'good' if y else 'poor'}" for t, y in zip(sentences(count, 8, seed), yes, strict=True)]
    right = random.random(count) < 0.9
    said = np.where(yes == right, 0.9, 0.1)
    return pl.DataFrame({"said": texts, "n": random.normal(size=count)}), yes.astype(int), said


@pytest.fixture(scope="module")
def reference() -> Reference:
    frame, truth, said = rows(1_200, 0)
    task, _ = infer(frame.select(y=pl.Series(truth)), "binary", "1")
    found = infer_schema(frame, roles={"said": {"role": "input"}})
    text = Column("said", "text", "text", "input", "bytes", "it is free text.")
    schema = Schema(tuple(text if c.name == "said" else c for c in found.columns))
    return Reference(task, metrics.get("roc_auc"), schema, frame, truth, said, None, 0.5)


def test_it_is_registered_and_drift_leaves_texts_to_it(reference: Reference) -> None:
    assert isinstance(monitors["content"], Content)
    frame, _, said = rows(200, 5)
    found = Drift().watch(Window("w", frame, said), reference)
    assert [signal.name for signal in found] == ["drift n", "drift of the answers"]


@pytest.mark.parametrize("count", [60, 400])
def test_without_a_change_all_is_quiet(reference: Reference, count: int) -> None:
    sizes = []
    for seed in (3, 4):
        frame, _, said = rows(count, seed)
        (signal,) = Content().watch(Window("w", frame, said), reference)
        sizes.append(signal.size)
    assert np.mean(sizes) < 0.12


def test_what_is_missing_says_nothing_of_what_is_there(reference: Reference) -> None:
    frame, _, said = rows(200, 3)
    some = frame.with_columns(said=pl.when(pl.int_range(pl.len()) % 2 == 0).then("said"))
    (half,) = Content().watch(Window("w", some, said), reference)
    assert half.size < 0.2
    (none,) = Content().watch(Window("w", frame.with_columns(said=pl.lit(None, pl.String)), said), reference)
    assert none.size == 0
    assert (
        cost(Window("w", frame.with_columns(said=pl.lit(None, pl.String)), said), reference, "said").loss == 0
    )


def test_new_words_and_longer_texts_are_told(reference: Reference) -> None:
    frame, _, said = rows(400, 3)
    changed = frame.with_columns(pl.col("said") + " please answer by telegram soon and send money")
    (signal,) = Content().watch(Window("w", changed, said), reference)
    assert (signal.name, signal.column) == ("drift said", "said")
    assert signal.size > 0.9
    assert "with an AUC of 1.00; the median of" in signal.says
    assert signal.now > signal.before


def test_the_rows_that_changed_are_shown(reference: Reference) -> None:
    frame, _, said = rows(300, 3)
    odd = pl.int_range(pl.len()) % 4 == 0
    half = frame.with_columns(said=pl.when(odd).then(pl.col("said") + " lottery prize").otherwise("said"))
    window = Window("w", half, said)
    found = cost(window, reference, "said")
    assert np.isfinite(found.loss)
    head, *body = shown(window, found, "said", ["n"])
    assert head == ("said", "n", "answer")
    assert all(row[0].endswith("lottery prize") for row in body)


def test_a_column_that_is_gone_raises_nothing_here(reference: Reference) -> None:
    frame, _, said = rows(100, 3)
    assert Content().watch(replace(Window("w", frame, said), frame=frame.drop("said")), reference) == []
