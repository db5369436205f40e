"""Epochs of any network: rounds before the first one count, the best round's state is kept."""

import math
import time
from copy import copy

import numpy as np
import pytest

from milepost.learners.base import Batch, Job
from milepost.learners.epochs import Epochs
from milepost.tasks.heads import IdentityHead

torch = pytest.importorskip("torch", reason="needs the extra [network]")

PARAMS = {"half": False, "learning_rate": 0.05, "batch": 16, "epochs": 5}
HEAD = IdentityHead(1, (0.0,), (1.0,), True)


class Slope:
    """One number that is learnt: what x is multiplied by."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)
        self.noise = torch.Generator().manual_seed(seed)
        self.slope = torch.zeros(1, 1).requires_grad_(True)
        self.decayed, self.rest = [self.slope], []

    def __call__(self, x, training):  # noqa: ARG002
        return x @ self.slope

    def beside(self, place):
        twin = copy(self)
        twin.noise = torch.Generator().manual_seed(place)
        return twin

    def agree(self, others):
        """It sees nothing by itself."""

    def state(self):
        return [self.slope.detach().clone()]

    def load(self, state):
        with torch.no_grad():
            self.slope.copy_(state[0])


class Line(Epochs[Slope]):
    """Learns that number."""

    def network(self, train):  # noqa: ARG002
        return Slope(self.job.seed)


class Led(Line):
    """Has a round before its first epoch."""

    lead = 1

    def begin(self):
        return self.judge(1)


def rows(slope=2.0, count=64, seed=0):
    x = np.random.default_rng(seed).normal(size=(count, 1)).astype(np.float32)
    return Batch(x, slope * x)


def test_it_learns_and_keeps_the_best_round():
    run = Line(rows(), rows(0.3, seed=1), {**PARAMS, "epochs": 40}, Job({}, HEAD))
    net, loop = run.run()
    losses = {point.step: point.valid for point in loop.curve}
    assert loop.best == min(losses, key=losses.get) < len(losses) < 40
    assert 0.15 < net.slope.item() < 0.45, "the state where it was nearest to what validation asks for"


def test_a_round_before_the_first_epoch_counts():
    first, led = (kind(rows(), rows(), PARAMS, Job({}, HEAD)) for kind in (Line, Led))
    assert [run.run()[1].step for run in (first, led)] == [5, 6]
    assert first.step == led.step == 5 * 4
    assert led.loop.curve[0].valid == pytest.approx(float((rows().y ** 2).mean()), rel=1e-5)


@pytest.mark.parametrize(("kind", "steps"), [(Line, 12), (Led, 8)])
def test_rounds_that_are_asked_for_are_made(kind, steps):
    run = kind(rows(), None, PARAMS, Job({}, HEAD, rounds=3))
    _, loop = run.run()
    assert (loop.best, run.step) == (3, steps)
    single = Led(rows(), None, PARAMS, Job({}, HEAD, rounds=1))
    net, loop = single.run()
    assert (loop.best, single.step, net.slope.item()) == (1, 0, 0.0)


def test_what_a_former_fit_left_is_where_it_begins():
    first = Line(rows(), None, {**PARAMS, "epochs": 40}, Job({}, HEAD))
    net, _ = first.run()
    again = Line(rows(), None, PARAMS, Job({}, HEAD, rounds=1, begin=first.left()))
    begun = again.net.slope.item()
    found, loop = again.run()
    assert (begun, loop.best) == (0.0, 1)
    assert abs(found.slope.item() - net.slope.item()) < 0.2 < abs(net.slope.item())
    led = Led(rows(), None, PARAMS, Job({}, HEAD, rounds=2, begin=first.left()))
    assert led.run()[1].best == 1, "what comes before the first epoch is left out"


def test_what_has_another_form_is_no_beginning():
    first = Line(rows(), None, PARAMS, Job({}, HEAD))
    first.net.slope = torch.zeros(2, 1)
    begun = Line(rows(), None, PARAMS, Job({}, HEAD, rounds=1, begin=first.left()))
    plain = Line(rows(), None, PARAMS, Job({}, HEAD, rounds=1))
    assert begun.run()[0].slope.item() == plain.run()[0].slope.item()


def test_it_says_whether_the_clock_ended_it():
    late = Line(rows(), None, {**PARAMS, "epochs": 10**6}, Job({}, HEAD, deadline=time.monotonic() + 0.3))
    whole = Line(rows(), None, PARAMS, Job({}, HEAD))
    worn = Line(rows(), rows(0.0, seed=1), {**PARAMS, "epochs": 1000}, Job({}, HEAD))
    for run in (late, whole, worn):
        run.run()
    assert worn.loop.step < 1000
    assert [late.short, whole.short, worn.short] == [True, False, False]


def test_decay_is_left_out_where_it_is_not_asked_for():
    ends = []
    for decay in ({}, {"weight_decay": 0.0}, {"weight_decay": 5.0}):
        net, _ = Line(rows(), None, {**PARAMS, **decay}, Job({}, HEAD)).run()
        ends.append(net.slope.item())
    assert ends[0] == ends[1] > ends[2]


def test_a_deadline_ends_it_with_what_there_is():
    job = Job({}, HEAD, deadline=time.monotonic() + 0.5)
    net, loop = Line(rows(), None, {**PARAMS, "epochs": 10**6}, job).run()
    assert time.monotonic() < job.deadline + 1.0
    assert loop.step < 10**6
    assert math.isfinite(net.slope.item())
