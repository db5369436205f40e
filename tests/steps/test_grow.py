from __future__ import annotations

import math

import pytest

from milepost.steps.grow import grow
from milepost.steps.material import material
from milepost.steps.overfit import Overfit
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.rungs import Climb, Rung


def grown(bench, climbs=()):
    bench.run(Prepare())
    bench.run(Protocol())
    work = bench.work(Overfit())
    return grow(work, material(work), "linear", climbs)


def ladder(losses) -> Climb:
    rungs = tuple(Rung(f"{i}", {}, 0.1, loss, loss, 1, 1, 0.0, 0.0, 60.0) for i, loss in enumerate(losses))
    return Climb("lightgbm", 10, 10, rungs, "", "", "no", "", (), "")


def test_more_rows_lower_the_loss_and_nothing_is_said_beyond_four_times(road, related) -> None:
    found = grown(road(related(1500), seconds=60.0), [ladder([0.6, 0.5, 0.45, 0.44, 0.44, 0.44])])
    assert found is not None
    assert len(found.sizes) == 7
    assert all(3 <= len(row) <= 5 for row in found.losses)
    assert found.losses[0] != found.losses[-1]
    assert len(set(found.losses[0])) == len(found.losses[0])
    if found.kind != "ill-behaved":
        assert [a.rows for a in found.ahead] == [k * found.sizes[-1] for k in (2, 4, 8)]
        assert found.ahead[0].low <= found.ahead[0].loss <= found.ahead[0].high
        assert found.ahead[2].loss is None
        assert found.choice in ("data", "model", "undecided")
        assert found.advice.startswith("Twice the rows would lower the loss by")
    assert math.isfinite(sum(map(sum, found.losses)))


def test_few_rows_have_no_learning_curve(road, related) -> None:
    assert grown(road(related(90))) is None


@pytest.mark.parametrize("kind", ["multiclass", "number"])
def test_every_task_has_a_learning_curve(road, related, kind) -> None:
    task, metric = ("multiclass", "log_loss") if kind == "multiclass" else ("regression", "rmse")
    found = grown(road(related(600, kind=kind), task, metric, seconds=60.0))
    assert found is not None
    assert sum(found.losses[0]) / len(found.losses[0]) > sum(found.losses[-1]) / len(found.losses[-1])
