"""A promise that holds is left alone, also where days are bad as a whole; a broken one is dated."""

import numpy as np
import polars as pl
import pytest

from milepost import metrics
from milepost.data.infer import infer_schema
from milepost.monitors.base import Reference
from milepost.steps.vigil import Came, Level, bounded, vigil
from milepost.tasks.infer import infer

TASK, _ = infer(pl.DataFrame({"y": [0, 1, 0] * 9}), "binary", "1")


def rows(count, seed, storm=0.0, flips=0.0, by=50):
    """Days of some rows each; on some of them the truth is nearly noise."""
    rng = np.random.default_rng(seed)
    p = rng.uniform(0, 1, count)
    truth = (rng.random(count) < p).astype(int)
    day = np.arange(count) // by
    bad = rng.random(day.max() + 1) < storm
    lost = bad[day] | (rng.random(count) < flips)
    return np.where(lost, (rng.random(count) > p).astype(int), truth), p, day.astype(float)


def normal(truth, p):
    frame = pl.DataFrame({"x": p, "z": p})
    return Reference(TASK, metrics.get("roc_auc"), infer_schema(frame), frame, truth, p, None, 0.5)


def seen(past, came, by_day=False, level=None):
    truth, p, day = past
    names = [f"d{d:.0f}" for d in came[2]]
    arrived = Came(came[0], came[1], names, came[2] if by_day else None)
    return vigil(normal(truth, p), day if by_day else None, (truth[:500], p[:500]), arrived, level or Level())


def test_a_promise_that_holds_raises_no_alarm() -> None:
    past = rows(4000, 0)
    alarms = [seen(past, rows(2000, 1 + s)).alarm for s in range(40)]
    assert sum(alarms) <= 2
    found = seen(past, rows(2000, 1))
    assert found.seen == pytest.approx(1 / 6, abs=0.02)
    assert found.normal < found.promised < 0.25
    assert len(found.says) == 1


def test_a_broken_promise_is_found_and_dated() -> None:
    before, after = rows(1500, 2), rows(1500, 3, flips=0.35)
    came = tuple(np.concatenate([a, b]) for a, b in zip(before, after, strict=True))
    came = (came[0], came[1], np.arange(3000) // 50 * 1.0)
    found = seen(rows(4000, 0), came)
    assert found.alarm
    assert 1500 < found.changed < 2300 or 1500 < (found.broken or 0) < 2300
    assert abs(int(found.moment[1:]) - 30) <= 6
    assert "rose from" in found.says[-1]
    assert found.path[-1][0] == 3000


def test_bad_days_are_no_change_where_the_past_had_them_too() -> None:
    past = rows(6000, 0, storm=0.12)
    single = [seen(past, rows(4000, 1 + s, storm=0.12)).alarm for s in range(25)]
    daily = [seen(past, rows(4000, 1 + s, storm=0.12), by_day=True) for s in range(25)]
    assert sum(single) > 5  # rows of a day hang together: single rows cry wolf
    assert sum(found.alarm for found in daily) <= 1
    assert (daily[0].unit, daily[0].units) == ("day", 80)
    broken = [seen(past, rows(8000, 1 + s, storm=0.75), by_day=True).alarm for s in range(10)]
    assert sum(broken) >= 9


def test_losses_lie_between_nothing_and_one() -> None:
    told = bounded(TASK, np.array([1, 0]), np.array([0.8, 0.8]), np.ones(1))
    assert told.tolist() == pytest.approx([0.04, 0.64])
    classes, _ = infer(pl.DataFrame({"y": ["a", "b", "c"] * 9}), "multiclass", "")
    told = bounded(classes, np.array([0, 1]), np.array([[1.0, 0, 0], [1.0, 0, 0]]), np.ones(1))
    assert told.tolist() == [0.0, 1.0]
    several, _ = infer(pl.DataFrame({"a": [0, 1] * 9, "b": [1, 0, 0] * 6}), "multilabel", "")
    told = bounded(several, np.array([[0, 1], [1, 1]]), np.array([[0.5, 0.5], [1.0, 1.0]]), np.ones(1))
    assert told.tolist() == [0.25, 0.0]
    numbers, _ = infer(pl.DataFrame({"y": [0.5 * (i % 9) for i in range(30)]}), "regression", "")
    assert bounded(numbers, np.array([1.0, 9.0]), np.array([2.0, 0.0]), np.array(4.0)).tolist() == [0.25, 1.0]


def test_few_outcomes_say_nothing() -> None:
    truth, p, day = rows(29, 4)
    assert seen(rows(500, 0), (truth, p, day)) is None
