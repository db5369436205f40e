"""Copies learn what one network would have learnt from the whole batch, with randomness of their own."""

import threading

import numpy as np
import pytest

from milepost.learners.copies import TOGETHER, Copies
from milepost.learners.deep import DEFAULTS
from milepost.learners.deeptrainer import form_of
from milepost.testing.signals import rows

torch = pytest.importorskip("torch", reason="needs the extra [network]")
from milepost.learners.torchops import TorchOps  # noqa: E402


def net(channels=4, augment=0.0, dropout=0.0):
    form = form_of(rows("word", 20), {**DEFAULTS, "channels": channels}, 1)
    return TorchOps(form, np.array([0.25]), 0, "cpu", (dropout, augment, False))


def learn(copies, batch, training=False):
    x, y = torch.from_numpy(batch.x), torch.from_numpy(np.asarray(batch.y, np.float32))

    def loss(one, places):
        return ((one(x[places], training)[:, 0] - y[places]) ** 2).mean()

    with copies.working():
        copies.learn(loss, torch.arange(len(x)))
    return [tensor.grad for tensor in (*copies.net.decayed, *copies.net.rest)]


def test_gradients_are_those_of_the_whole_batch():
    batch = rows("bright", 65)
    one, two = (learn(Copies(net(), threads, 64), batch) for threads in (1, 2))
    assert sum(grad is not None for grad in one) > 10
    for whole, parts in zip(one, two, strict=True):
        assert (whole is None) == (parts is None)
        if whole is not None:
            assert torch.allclose(whole, parts, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("threads", "batch", "many"), [(1, 128, 1), (2, 128, 2), (8, 64, 2), (4, 16, 1)])
def test_each_copy_has_rows_enough(threads, batch, many):
    copies = Copies(net(), threads, batch)
    assert copies.many == len(copies.all) == many
    assert batch // many >= min(batch, TOGETHER)


def test_a_batch_of_one_row_is_no_problem():
    batch = rows("bright", 1)
    assert all(grad is None or torch.isfinite(grad).all() for grad in learn(Copies(net(), 2, 64), batch))


def test_copies_work_in_threads_of_their_own():
    copies = Copies(net(), 2, 64)
    with copies.working():
        met = threading.Barrier(2, timeout=20)
        assert sorted(copies.map(lambda one, at: (met.wait(), at)[1], range(2))) == [0, 1]


def test_statistics_of_normalisation_agree_and_randomness_differs():
    copies = Copies(net(augment=1.0, dropout=0.5), 2, 64)
    learn(copies, rows("bright", 64), training=True)
    first, second = copies.all
    assert first.weights is second.weights
    assert not torch.equal(first.means["1 stem"], second.means["1 stem"])
    middle = (first.means["1 stem"] + second.means["1 stem"]) / 2
    copies.agree()
    for one in copies.all:
        assert torch.allclose(one.means["1 stem"], middle)
    states = copies.noise()
    assert not torch.equal(*states)
    again = Copies(net(augment=1.0, dropout=0.5), 2, 64)
    again.load_noise(states)
    assert all(torch.equal(a, b) for a, b in zip(again.noise(), states, strict=True))
