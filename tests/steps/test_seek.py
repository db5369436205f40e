"""The portfolio is tried, every look is counted once, and progress is told."""

from __future__ import annotations

import pytest

from milepost.errors import MilepostError
from milepost.steps.material import material
from milepost.steps.prepare import Prepare
from milepost.steps.protocol import Protocol
from milepost.steps.seek import Search
from milepost.steps.tune import Tune
from milepost.training.fit import Config
from milepost.training.race import Dropped

QUICK = ("linear", "lightgbm")


@pytest.fixture
def searching(road, related):
    way = road(related())
    way.run(Prepare())
    way.run(Protocol())
    work = way.work(Tune())
    return lambda trials=3: Search(work, material(work), QUICK, trials)


def test_the_portfolio_is_tried_in_order_and_looks_say_what_they_saw(searching) -> None:
    search = searching()
    search.portfolio()
    assert [e.config.name for e in search.tried] == search.queue.order[:3]
    assert [name for name, _, _ in search.history] == search.queue.order[:3]
    look = search.work.ledger.looks()[0]
    assert look["state"] == "complete"
    assert look["learner"] in QUICK
    assert look["loss"] == pytest.approx(sum(look["folds"]) / len(look["folds"]), rel=0.05)
    assert not look["suggested"]


def test_dropped_and_failed_ones_are_looks_too(searching) -> None:
    search = searching()
    search.drop(Dropped(Config("linear", {"C": 9.0}), 3, 0.6, 1.0, "behind"))
    search.fail(Config("linear", {"C": 8.0}), ArithmeticError("no"))
    search.fail(Config("linear", {"C": 8.0}), ArithmeticError("no"))
    looks = search.work.ledger.looks()
    assert [look["state"] for look in looks] == ["dropped", "failed"]
    assert looks[0]["why"] == "behind"
    assert search.count == 3
    assert len(search.names) == 2


def test_a_replay_is_exact_and_one_that_cannot_be_is_an_error(searching) -> None:
    search = searching(2)
    search.replay([Config("linear", {"C": 0.5}), Config("linear", {"C": 0.2})])
    assert [dict(e.config.params) for e in search.tried] == [{"C": 0.5}, {"C": 0.2}]
    with pytest.raises(MilepostError, match="no configuration"):
        searching(1).replay([Config("lightgbm", {"num_leaves": 1})])
