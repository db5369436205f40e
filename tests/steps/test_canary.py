from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from milepost.learners.base import Batch
from milepost.steps.baseline import Baseline
from milepost.steps.canary import blind, canary, sample, shuffled, signal
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.training.material import Material, Prepared


def rows_of(bench) -> Material:
    bench.run(Prepare())
    bench.run(Protocol())
    return material(bench.work(Baseline()))


@dataclass
class Leaking(Material):
    """A material whose features hold the answers, as a statistic over the rows to be judged would."""

    def _make(self, fold: int, view: str, rows: int) -> Prepared:
        made = super()._make(fold, view, rows)
        assert made.valid is not None
        parts = []
        for batch, place in (
            (made.train, self.train_rows(fold, rows)),
            (made.valid, self.folds[fold].valid),
        ):
            answers = self.truth[place].astype(np.float32)[:, None]
            parts.append(Batch(np.hstack([batch.x, answers]), batch.y, batch.weight))
        return Prepared(made.head, made.transform, parts[0], parts[1])


@pytest.mark.parametrize("kind", ["binary", "multiclass", "number"])
def test_shuffled_labels_score_chance_though_there_is_a_relation(road, related, kind) -> None:
    task = {"binary": "binary", "multiclass": "multiclass", "number": "regression"}[kind]
    metric = {"binary": "roc_auc", "multiclass": "log_loss", "number": "rmse"}[kind]
    bird = canary(rows_of(road(related(kind=kind), task, metric)), 0)
    assert bird.sings
    assert bird.loss == pytest.approx(bird.chance, rel=0.4)
    assert "no better than chance" in bird.says


def test_a_leak_on_the_way_is_heard(road, related) -> None:
    plain = rows_of(road(related()))
    leaking = Leaking(
        plain.frame, plain.truth, plain.task, plain.recipe, plain.folds, None, None, plain.seed, "leaking"
    )
    bird = canary(leaking, 0)
    assert not bird.sings
    assert "leak" in bird.says


def test_a_sample_keeps_rows_and_labels_together(road, related) -> None:
    data = rows_of(road(related()))
    few = sample(data, 50, 20, 0)
    assert [len(fold.train) for fold in few.folds] == [50]
    assert few.frame["y"].to_list() == [("no", "yes")[t] for t in few.truth]
    mixed = shuffled(few, 0)
    assert sorted(mixed.truth) == sorted(few.truth)
    assert (mixed.truth != few.truth).any()
    assert mixed.key != few.key


def test_features_that_know_labels_are_told_from_others(road, related) -> None:
    frame = related(400)
    assert blind(rows_of(road(frame)), "dense", 0)
    many = frame.with_columns(pl.Series("shop", [f"s{i % 80}" for i in range(400)]))
    assert not blind(rows_of(road(many)), "dense", 0)


@pytest.mark.slow
def test_few_rows_are_tested_exactly(road, related, monkeypatch) -> None:
    monkeypatch.setattr("milepost.steps.canary.MOST", 39)
    clear = signal(rows_of(road(related(60, noise=0.2))), 0, 600.0)
    assert clear is not None
    assert clear.p == 1 / 40, "none of the shuffles comes up to it"
    rng = np.random.default_rng(3)
    nothing = related(60).with_columns(pl.Series("y", rng.choice(["no", "yes"], 60)))
    empty = signal(rows_of(road(nothing)), 0, 600.0)
    assert empty is not None
    assert empty.p > 0.05
    assert signal(rows_of(road(related(60))), 0, 0.0) is None
