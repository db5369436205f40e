"""The loop stops where validation says, keeps the best step and thins its curve."""

import math
import time
from itertools import pairwise

from milepost.learners.base import Job
from milepost.learners.loop import Loop


def follow(loop, losses):
    for step, loss in enumerate(losses, start=1):
        if not loop.on(step, loss):
            return step
    return math.inf


def test_patience_and_best(heads):
    loop = Loop(Job({}, heads[0]), limit=100, patience=3, validated=True)
    assert follow(loop, [3.0, 2.0, 1.0, 1.5, 1.2, 1.1, 0.5]) == 6
    assert loop.best == 3


def test_fixed_rounds_and_no_early_stop(heads):
    fixed = Loop(Job({}, heads[0], rounds=4), limit=100, patience=1, validated=True)
    assert follow(fixed, [1.0, 2.0, 3.0, 4.0, 5.0]) == 4
    assert fixed.best == 4
    full = Loop(Job({}, heads[0], stop_early=False), limit=5, patience=1, validated=True)
    assert follow(full, range(10)) == 5
    assert full.best == 5


def test_deadline_and_watch(heads):
    shares = []
    job = Job(
        {}, heads[0], deadline=time.monotonic() - 1, watch=lambda step, loss: shares.append((step, loss))
    )
    loop = Loop(job, limit=10, patience=3, validated=True)
    assert follow(loop, [1.0, 2.0]) == 1
    assert loop.best == 1
    assert shares == [(1, 1.0)]


def test_nan_losses_end_the_run(heads):
    loop = Loop(Job({}, heads[0]), limit=100, patience=3, validated=True)
    assert follow(loop, [math.nan] * 50) == 4
    assert loop.best == 1


def test_curve_is_thinned_evenly(heads):
    loop = Loop(Job({}, heads[0]), limit=5000, patience=5000, validated=True)
    for step in range(1, 5001):
        if loop.due(step):
            loop.add(step, 1 / step, 1.0)
    steps = [point.step for point in loop.curve]
    assert 100 <= len(steps) <= 200
    assert steps[0] == 1
    assert len({b - a for a, b in pairwise(steps[1:-1])}) == 1


def test_a_loop_goes_on_from_its_state():
    job = Job({}, None)
    one = Loop(job, 400, 5, True)
    for step in range(1, 301):
        one.add(step, 1 / step, 2 / step)
        one.on(step, abs(step - 297) + 1.0)
    two = Loop(job, 400, 5, True)
    two.load(one.state())
    assert (two.best, two.step, two.curve) == (297, 300, one.curve)
    assert [one.on(step, 99.0) for step in (301, 302)] == [two.on(step, 99.0) for step in (301, 302)]
