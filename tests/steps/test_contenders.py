from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from milepost.learners.base import learners
from milepost.steps.baseline import Baseline
from milepost.steps.contenders import FAMILIES, LEAST, PILOT, affordable, contenders
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.tune import Tune
from milepost.training.fit import Config


def ready(bench):
    bench.run(Prepare())
    bench.run(Protocol())
    return bench.work(Baseline())


def test_a_stump_a_line_and_trees_answer_for_every_row(road, related) -> None:
    work = ready(road(related()))
    data = material(work)
    found = contenders(work, data, 10.0)
    assert tuple(found) == FAMILIES
    for answer in found.values():
        assert answer.prediction.shape == (len(data.scored),)
        assert answer.rows == 0
    losses = {n: data.task.losses(data.truth[data.scored], a.prediction).mean() for n, a in found.items()}
    assert losses["linear"] < losses["stump"] < np.log(2)


def test_a_model_that_cannot_be_fitted_leaves_the_others(road, related, monkeypatch) -> None:
    work = ready(road(related()))

    def fails(*_: object) -> None:
        raise ArithmeticError("no numbers")

    monkeypatch.setattr(type(learners["linear"]), "fit", fails)
    assert tuple(contenders(work, material(work), 10.0)) == ("stump", "lightgbm")
    monkeypatch.setattr("milepost.steps.contenders.FAMILIES", ("linear",))
    with pytest.raises(ArithmeticError, match="no numbers"):
        contenders(work, material(work), 10.0)


def test_many_rows_are_cut_to_what_the_clock_allows(road, related, monkeypatch) -> None:
    monkeypatch.setattr("milepost.steps.contenders.SMALL", 1000)
    data = material(ready(road(related(20_000))))
    config = Config("lightgbm", {"learning_rate": 0.1, "num_leaves": 31})
    assert affordable(data, config, 1000.0, 2) == 0
    assert affordable(data, config, 0.01, 1) == LEAST


def test_texts_are_few_features_that_take_long(road) -> None:
    rng = np.random.default_rng(0)
    words = np.array([f"word{n}" for n in range(500)])
    lines = [" ".join(rng.choice(words, 12)) for _ in range(9_000)]
    frame = pl.DataFrame({"note": lines, "y": np.where(["word7 " in line for line in lines], "yes", "no")})
    data = material(ready(road(frame)))
    config = Config("linear", {"C": 1.0})
    assert affordable(data, config, 1000.0, 2) == 0
    assert affordable(data, config, 0.01, 1) == PILOT


def test_a_contender_is_a_candidate_of_the_search_without_any_time(road, related) -> None:
    bench = road(related(400))
    for step in (Prepare(), Protocol(), Baseline()):
        bench.run(step)
    compared = bench.evidence["baseline"].findings
    loss = {answer["name"]: answer["loss"] for answer in compared["answers"]}
    bench.brief = bench.brief.changed({"budget.seconds": 0.001})
    found = bench.run(Tune(families=("linear", "lightgbm"))).findings
    best: dict[str, float] = {}
    for tried in found.tried:
        best[tried.learner] = min(tried.loss, best.get(tried.learner, 9.0))
    assert set(best) == {"linear", "lightgbm"}
    assert best["lightgbm"] <= loss["lightgbm"] + 1e-6
    assert any("longer than the time left" in text for text in found.skipped)
