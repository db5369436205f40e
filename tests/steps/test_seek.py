"""The portfolio is tried, every look is counted once, and progress is told."""

from __future__ import annotations

from dataclasses import replace

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


def test_the_search_takes_what_the_end_does_not_need(searching) -> None:
    search = searching()
    search.portfolio()
    clock = search.work.clock
    timed = Search(search.work, search.data, QUICK, None)
    before = timed.queue.deadline
    assert before < clock.deadline
    for done in search.tried:
        timed.note(replace(done, seconds=0.01))
    whole = clock.deadline + 0.2 * clock.total  # tune's time and that of the last step
    assert clock.deadline < timed.queue.deadline < whole - 0.06 * clock.total
    large = Search(search.work, search.data, QUICK, None)
    large.note(replace(search.tried[0], seconds=0.01, bytes=2_000_000))
    small = Search(search.work, search.data, QUICK, None)
    small.note(replace(search.tried[0], seconds=0.01, bytes=1_000))
    assert small.queue.deadline - large.queue.deadline == pytest.approx(1.0, abs=0.01), "proofs take time"
    own = Search(search.work, search.data, QUICK, None, own=True)
    own.note(replace(search.tried[0], seconds=0.01))
    assert before < own.queue.deadline < clock.deadline, "a budget of its own is not gone beyond"
    slow = Search(search.work, search.data, QUICK, None)
    slow.note(replace(search.tried[0], seconds=100.0))
    assert slow.queue.deadline < before - 5, "the best one has to be fitted again"
    several = Search(search.work, search.data, QUICK, None)
    several.note(replace(search.tried[0], seconds=0.01))
    for number in range(4):
        config = replace(search.tried[0].config, params={"number": number})
        several.note(
            replace(search.tried[0], config=config, seconds=100.0, losses=search.tried[0].losses + 1)
        )
    assert several.queue.deadline == pytest.approx(before, abs=0.5), "worse ones that are slow need not ship"
