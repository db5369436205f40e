"""A network in training: its weights begin as they should, and fold into what it answers."""

import numpy as np
import pytest

from milepost.learners.base import Batch
from milepost.learners.deep import DEFAULTS
from milepost.learners.deeptrainer import form_of
from milepost.testing.signals import rows

torch = pytest.importorskip("torch", reason="needs the extra [network]")
from milepost.learners.torchops import TorchOps, generators  # noqa: E402


def net(seed=0, train=None, **params):
    form = form_of(train or rows("word", 20), {**DEFAULTS, "channels": 4, **params}, 2)
    return TorchOps(form, np.array([0.25, -1.0]), seed, "cpu", (0.5, 1.0, True))


def test_answers_begin_at_the_constant():
    made = net()
    found = made(torch.from_numpy(rows("word", 9).x), training=False)
    assert found.dtype == torch.float32
    assert np.allclose(found.detach().numpy(), [[0.25, -1.0]] * 9)


def test_a_residual_branch_begins_at_nothing():
    made = net(depth=2)
    assert made.gains["1 1 0 second"].abs().sum() == 0
    assert made.weights["0 0 0 second"].abs().sum() == 0
    assert made.gains["1 1 0 first"].min() == 1


def test_weights_follow_the_seed_and_have_names():
    one, two = net(1), net(1)
    assert all(torch.equal(a, b) for a, b in zip(one.tensors, two.tensors, strict=True))
    assert not torch.equal(one.weights["joint"], net(2).weights["joint"])
    assert set(one.fold()) == {*one.weights, *one.tables}


def test_training_moves_statistics_and_draws_noise_answers_do_neither():
    made, x = net(), torch.from_numpy(rows("word", 30).x)
    before, noise = made.means["1 stem"].clone(), generators(made)["noise"]
    made(x, training=False)
    assert torch.equal(made.means["1 stem"], before)
    assert torch.equal(generators(made)["noise"], noise)
    made(x, training=True)
    assert not torch.equal(made.means["1 stem"], before)
    assert not torch.equal(generators(made)["noise"], noise)


def test_a_state_comes_back():
    made, x = net(), torch.from_numpy(rows("word", 30).x)
    saved = made.state()
    made(x, training=True)
    made.load(saved)
    assert all(torch.equal(a, b) for a, b in zip(made.tensors, saved, strict=True))


def test_a_row_alone_can_be_trained_on():
    assert torch.isfinite(net()(torch.from_numpy(rows("word", 1).x), training=True)).all()


def test_rows_without_signals_are_seen_by_the_encoder_alone():
    plain = Batch(np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32), np.zeros(20))
    made = net(train=plain)
    assert set(made.weights) == {"joint", "last", "beside"}
    assert len(made.form.columns) == 3
