from __future__ import annotations

import numpy as np

from milepost.steps.baseline import Baseline
from milepost.steps.contenders import FAMILIES, LEAST, affordable, contenders
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
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


def test_many_rows_are_cut_to_what_the_clock_allows(road, related, monkeypatch) -> None:
    monkeypatch.setattr("milepost.steps.contenders.SMALL", 1000)
    data = material(ready(road(related(20_000))))
    config = Config("lightgbm", {"learning_rate": 0.1, "num_leaves": 31})
    assert affordable(data, config, 1000.0, 2) == 0
    assert affordable(data, config, 0.01, 1) == LEAST
