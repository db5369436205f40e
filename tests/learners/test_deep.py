"""The common network learns from every kind of signal, beside other columns, and is its own graph."""

import pickle
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from milepost.learners.base import Batch, Job, learners
from milepost.learners.deep import FEWEST, DeepNetwork
from milepost.learners.loss import mean_loss
from milepost.modalities.base import Block
from milepost.tasks.heads import SigmoidHead, SoftmaxHead
from milepost.testing.learners import check_learner, check_space, graph_gap
from milepost.testing.signals import BLOCKS, rows

torch = pytest.importorskip("torch", reason="needs the extra [network]")

LIGHT = {"channels": 8, "width": 32, "dropout": 0.0, "epochs": 12, "learning_rate": 0.01, "batch": 32}


def test_passes_the_checks(heads):
    check_learner(DeepNetwork(), heads, {**LIGHT, "epochs": 6})


def test_its_space_is_sound(heads):
    check_space(DeepNetwork(), heads[0], draws=1)


@pytest.mark.parametrize("decides", ["word", "bright", "tone", "number", "code"])
def test_learns_from_each_kind_of_signal_beside_the_others(decides):
    train, valid = rows(decides, 600), rows(decides, 200, seed=1)
    params = {**LIGHT, "dropout": 0.2, "augment": 0.5}
    model = DeepNetwork().fit(train, valid, Job(params, SigmoidHead(), seed=2))
    right = ((model.raw(valid.x)[:, 0] > 0) == (valid.y > 0.5)).mean()
    least = 0.8 if decides == "number" else 0.9  # the best rule on that number is right in 0.93
    assert right > least, f"only {right:.2f} of the answers that {decides} decides are right"
    assert graph_gap(model, valid.x, 1) < 1e-5


def test_the_graph_gives_what_pytorch_gives_at_any_batch():
    """Folded normalisation, masked pooling and paddings against the layers that were trained."""
    from milepost.learners.deep import DEFAULTS
    from milepost.learners.deeptrainer import Trainer

    train = rows("word", 120)
    params = {**DEFAULTS, **LIGHT, "epochs": 2, "half": False}
    net, _ = Trainer(train, None, params, Job({}, SigmoidHead())).run()
    model = DeepNetwork().fit(train, None, Job(params, SigmoidHead()))
    with torch.no_grad():
        expected = net(torch.from_numpy(train.x), False).numpy()
    assert np.abs(expected).max() > 0.01
    for size in (1, 5, 16):
        found = np.concatenate([model.raw(train.x[at : at + size]) for at in range(0, 48, size)])
        assert np.abs(found[:48] - expected[:48]).max() <= 1e-5


def test_learns_classes_and_numbers_of_pictures():
    train, valid = rows("bright", 300), rows("bright", 100, seed=1)
    codes = replace(train, y=train.y.astype(np.int64)), replace(valid, y=valid.y.astype(np.int64))
    model = DeepNetwork().fit(*codes, Job(LIGHT, SoftmaxHead(2)))
    assert model.raw(valid.x).shape == (100, 2)
    assert mean_loss(model.raw(valid.x), codes[1], "softmax") < 0.6


def test_the_length_of_a_text_block_changes_nothing():
    """What lies beyond the end of a text has no say, however long the block is."""
    train = rows("word", 60)
    short = Batch(train.x[:, 2:42], train.y, blocks=(Block("bytes", 0, (40,)),))
    padded = np.pad(short.x, ((0, 0), (0, 24)))
    long = Batch(padded, train.y, blocks=(Block("bytes", 0, (64,)),))
    params = {**LIGHT, "epochs": 2, "augment": 0.0}
    one, two = (DeepNetwork().fit(b, None, Job(params, SigmoidHead())) for b in (short, long))
    assert np.abs(one.raw(short.x) - two.raw(long.x)).max() < 1e-5


def test_says_where_it_does_not_suit(heads, monkeypatch):
    learner = DeepNetwork()
    assert str(FEWEST) in learner.objection(FEWEST - 1, 1_000, heads[0])
    assert learner.objection(FEWEST, 1_000, heads[0]) == ""
    assert "memory" in learner.objection(100_000, 150_528, heads[0])
    monkeypatch.setattr("milepost.learners.deep.find_spec", lambda _: None)
    assert "pip install" in learner.objection(FEWEST, 1_000, heads[0])


def test_needs_a_signal_and_is_registered_without_torch():
    assert learners["deep"].needs == {"text", "image", "sound"}
    code = "import sys, milepost.learners.base as b; b.learners['deep']; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_answers_after_pickling_in_constant_memory():
    blocks = (Block("pixels", 0, (32, 32, 3)),)
    rng = np.random.default_rng(0)
    train = Batch(rng.integers(0, 256, (64, 3072)).astype(np.float32), rng.random(64).round(), blocks=blocks)
    model = pickle.loads(
        pickle.dumps(DeepNetwork().fit(train, None, Job({**LIGHT, "epochs": 1}, SigmoidHead())))
    )
    many = np.broadcast_to(train.x[:1], (8_000, 3072))
    tracemalloc.start()
    assert model.raw(many).shape == (8_000, 1)
    assert tracemalloc.get_traced_memory()[1] < 40e6  # all rows at once would take 98 MB
    tracemalloc.stop()


def test_blocks_are_the_toys():
    assert BLOCKS[-1].columns.stop == rows("word", 2).x.shape[1]
