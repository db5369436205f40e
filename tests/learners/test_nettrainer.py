"""A run keeps to its time, judges the mean of its weights, and each member learns by its own loss."""

import time

import numpy as np
import pytest

from milepost.learners.base import Batch, Job
from milepost.learners.network import DEFAULTS, PORTFOLIO
from milepost.testing.learners import make_toy

torch = pytest.importorskip("torch", reason="needs the extra [network]")
from milepost.learners.nettrainer import FEWEST, HORIZON, MOST, Trainer  # noqa: E402


def trainer(head, deadline=float("inf"), rounds=None, **params):
    toy = make_toy(head, missing=False)
    job = Job(params, head, deadline=deadline, rounds=rounds)
    return Trainer(toy.train, toy.valid, {**DEFAULTS, **params}, job)


def test_few_rows_have_more_epochs(heads):
    rng = np.random.default_rng(0)

    def made(rows):
        batch = Batch(rng.normal(size=(rows, 3)).astype(np.float32), np.zeros(rows))
        return Trainer(batch, None, DEFAULTS, Job({}, heads[0]))

    few, many = made(300), made(30_000)
    assert FEWEST <= many.plan.epochs < few.plan.epochs <= MOST
    assert few.batch < many.batch


@pytest.mark.parametrize("place", range(len(PORTFOLIO)))
def test_the_schedule_ends_when_the_time_does(heads, place):
    run = trainer(heads[0], time.monotonic() + 1e6, **PORTFOLIO[place])
    run.plan.fit(10, (run.plan.deadline - time.monotonic()) / 200, 0.0)
    assert 10 < run.plan.total < 200
    rates = []
    run.optimizer.step = lambda rate, share=1.0: rates.append(rate)
    while run.step < run.plan.total:
        run._epoch(2)
    assert max(rates) == pytest.approx(run.params["learning_rate"], rel=0.2)
    assert rates[-1] < 0.05 * max(rates)


def test_a_late_fit_is_a_model_and_says_that_it_was_cut(heads):
    run = trainer(heads[0], deadline=time.monotonic() - 1)
    _, loop = run.run()
    assert run.step == 1 == loop.step
    assert run.short
    whole = trainer(heads[0], epochs=2)
    whole.run()
    assert not whole.short


def test_a_refit_stops_on_the_same_schedule_or_goes_beyond_it(heads):
    for rounds, part in ((5, 0.5), (20, 1.0)):
        run = trainer(heads[0], rounds=rounds, epochs=10)
        assert run.plan.total == rounds * run.each
        assert run.part == part
    _, loop = trainer(heads[0], rounds=3, epochs=10).run()
    assert loop.best == 3


def test_what_is_judged_is_the_mean_of_the_last_steps(heads):
    run = trainer(heads[2])
    start = [tensor.clone() for tensor in run.mean]
    with torch.no_grad():
        for tensor in run.net.tensors:
            tensor.add_(1.0)
    run.step = 10_000
    run._average()
    moved = [float((mean - old).mean()) for mean, old in zip(run.mean, start, strict=True)]
    assert moved == pytest.approx([1 / HORIZON] * len(moved), rel=1e-2)
    run.step = 0
    run._average()
    assert all(torch.equal(mean, now) for mean, now in zip(run.mean, run.net.tensors, strict=True))


def test_each_member_learns_by_its_own_loss(heads):
    for head in heads:
        run = trainer(head)
        y = run.train[1][:50]
        raw = torch.randn(3, 50, head.width, generator=torch.Generator().manual_seed(0))
        alone = torch.stack([run._losses(raw[[place]], y) for place in range(3)])
        assert torch.allclose(run._losses(raw, y), alone.mean(dim=0), atol=1e-6)
        assert (run._losses(raw.mean(dim=0, keepdim=True), y) <= alone.mean(dim=0) + 1e-6).all()
